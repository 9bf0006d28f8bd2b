import { Failure, isFailure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import type { Certificate, Deployment } from '../../../types.ts'
import { sendOnce } from '../../send-once.ts'
import type { FrontendObject, ScalewayApi } from './api.ts'
import { changedSettings, isSameUpdate, type OwnCertificate, settingsWith } from './frontend.ts'
import type { Found } from './listener.ts'

type Context = Pick<DriverContext, 'log'>

/** What one frontend is to serve. */
export interface Swap {
  readonly found: Found
  readonly deployment: Deployment<Certificate>
  /** Names of objects that must stay. */
  readonly keep: readonly string[]
}

/** A swap, and its certificate as an object of the load balancer. */
export interface Imported {
  readonly swap: Swap
  readonly own: OwnCertificate
}

export type ArrangeOwn = (before: FrontendObject, own: readonly OwnCertificate[]) => readonly string[]

interface AllBound {
  /** Whether anything had to be changed. */
  readonly isChanged: boolean
  readonly errors: readonly (readonly [Swap, unknown])[]
}

/** With one update of the frontend; one by one if that is refused, so that one that cannot be bound keeps none from it. */
export async function bindAll(
  group: readonly Imported[],
  arrange: ArrangeOwn,
  api: ScalewayApi,
  context: Context,
): Promise<AllBound> {
  const [first] = group
  if (first === undefined) return { isChanged: false, errors: [] }
  const own = group.map((each) => each.own)
  try {
    return { isChanged: await bind(first.swap.found, own, arrange, api, context), errors: [] }
  } catch (error) {
    if (group.length === 1) return { isChanged: false, errors: [[first.swap, error]] }
    if (!isFailure(error, 'REJECTED', 'CONFLICT', 'NOT_FOUND', 'DEPLOY_FAILED'))
      return { isChanged: true, errors: group.map(({ swap }) => [swap, error]) }
  }
  const each: AllBound[] = []
  for (const one of group) each.push(await bindAll([one], arrange, api, context))
  return { isChanged: each.some(({ isChanged }) => isChanged), errors: each.flatMap(({ errors }) => errors) }
}

/** So often a frontend is given certificates when somebody else's update takes them away at once. */
const ROUNDS = 3

/** Resolves to whether anything had to be changed. */
async function bind(
  { lb, frontend: { id, name } }: Found,
  own: readonly OwnCertificate[],
  arrange: ArrangeOwn,
  api: ScalewayApi,
  { log }: Context,
): Promise<boolean> {
  for (let round = 1; round <= ROUNDS; round++) {
    const before = await api.frontend(id)
    const ids = arrange(before, own)
    if (ids.join() === before.certificate_ids.join()) return round > 1
    const { now, isOwnUpdate, outcomeUnknown } = await update(before, ids, api)
    const where = { loadBalancer: lb.name, frontend: now.name }
    const settings = changedSettings(before, now)
    if (settings.length > 0) {
      log.warn(
        isOwnUpdate
          ? 'the update of a frontend changed other settings as well'
          : 'somebody changed other settings of a frontend during its update; they stay as they are now',
        { ...where, settings },
      )
    }
    if (own.every((each) => now.certificate_ids.includes(each.id))) {
      if (now.certificate_ids.join() !== ids.join()) {
        log.warn('a frontend holds other certificates, or in another order, than it was told', where)
      }
      return true
    }
    if (outcomeUnknown) throw outcomeUnknown
    log.warn('somebody else took the new certificate from a frontend during its update', where)
  }
  throw new Failure('DEPLOY_FAILED', `the frontend "${name}" does not have the new certificate after its update`)
}

/** A frontend has no version to hold on to: it is read right before its update, and again after. */
export async function update(before: FrontendObject, ids: readonly string[], api: ScalewayApi) {
  const answer = api.updateFrontend(before.id, settingsWith(before, ids))
  const outcomeUnknown = await sendOnce(answer)
  const now = await api.frontend(before.id)
  return { now, outcomeUnknown, isOwnUpdate: outcomeUnknown === undefined && isSameUpdate(await answer, now) }
}
