import { Failure, isFailure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import type { Certificate, Deployment } from '../../../types.ts'
import { sendOnce } from '../../send-once.ts'
import type { CertificateObject, FrontendObject, ScalewayApi } from './api.ts'
import { discard } from './delete.ts'
import { changedSettings, idsWith, idsWithout, isSameUpdate, type OwnCertificate, settingsWith } from './frontend.ts'
import type { Found } from './listener.ts'
import { untilImported, untilReady } from './ready.ts'
import { upload, versionsOf } from './upload.ts'

type Context = Pick<DriverContext, 'environment' | 'clock' | 'timeLeft' | 'log'>

/** Import, wait, bind, wait. What an earlier run has done of it is found and not done again. */
export const swapAt = (
  found: Found,
  deployment: Deployment<Certificate>,
  keep: readonly string[],
  api: ScalewayApi,
  context: Context,
): Promise<void> => {
  const arrange: Arrange = ({ certificate_ids: ids }, own, known) => idsWith(own, { ids, known })
  return deployAt(found, deployment, { keep, arrange }, api, context)
}

/** The same for a frontend without any certificate, which is looked at again right before it is given one. */
export const secureAt = (
  found: Found,
  deployment: Deployment<Certificate>,
  api: ScalewayApi,
  context: Context,
): Promise<void> => {
  requireNone(found.frontend)
  const arrange: Arrange = (frontend, own) => {
    requireNone(frontend)
    return [own.id]
  }
  return deployAt(found, deployment, { keep: [], arrange }, api, context)
}

/** Takes a certificate off a frontend, unless that would leave it without any. Resolves to whether it is off. */
export async function withdrawAt(
  { lb, frontend }: Found,
  name: string,
  api: ScalewayApi,
  context: Context,
): Promise<boolean> {
  await untilReady(lb, api, context)
  const known = await api.certificatesOf(lb.id)
  const before = await api.frontend(frontend.id)
  const ids = idsWithout(name, { ids: before.certificate_ids, known })
  if (ids.length === 0) return false
  if (ids.join() === before.certificate_ids.join()) return true
  const { now, outcomeUnknown } = await update(before, ids, api)
  if (now.certificate_ids.join() !== ids.join() && outcomeUnknown !== undefined) throw outcomeUnknown
  await untilReady(lb, api, context)
  return now.certificate_ids.join() === ids.join()
}

function requireNone({ name, certificate_ids }: FrontendObject): void {
  if (certificate_ids.length === 0) return
  throw new Failure('TARGET_REFUSED', `the frontend "${name}" has a certificate already; nothing was changed`)
}

/** The list that a frontend is to have, from what it is right before the update. */
type Arrange = (frontend: FrontendObject, own: OwnCertificate, known: readonly CertificateObject[]) => string[]

async function deployAt(
  found: Found,
  deployment: Deployment<Certificate>,
  { keep, arrange }: { readonly keep: readonly string[]; readonly arrange: Arrange },
  api: ScalewayApi,
  context: Context,
): Promise<void> {
  const { lb, frontend } = found
  await untilReady(lb, api, context)
  const known = await api.certificatesOf(lb.id)
  const certificate =
    usable(versionsOf(deployment, known), frontend.certificate_ids) ??
    (await upload(deployment, { lb: lb.id, known, keep }, api, context))
  try {
    await untilImported(certificate, api, context)
  } catch (error) {
    if (isFailure(error, 'DEPLOY_FAILED')) await discard(certificate, api, context)
    throw error
  }
  await untilReady(lb, api, context)
  const own = ownCertificate(certificate.id, deployment)
  const changed = await bind(found, own, (before) => arrange(before, own, known), api, context)
  if (changed) await untilReady(lb, api, context)
}

export const ownCertificate = (id: string, { name, certificate }: Deployment): OwnCertificate => ({
  id,
  name,
  names: certificate.names,
})

/** A lost answer may have left several of one name; the one in use is preferred. */
function usable(versions: readonly CertificateObject[], bound: readonly string[]): CertificateObject | undefined {
  const good = versions.filter(({ status }) => status !== 'error')
  return good.find(({ id }) => bound.includes(id)) ?? good[0]
}

/** So often a frontend is given the certificate when somebody else's update takes it away at once. */
const ROUNDS = 3

/** Resolves to whether anything had to be changed. */
async function bind(
  { lb, frontend: { id, name } }: Found,
  own: OwnCertificate,
  arrange: (before: FrontendObject) => string[],
  api: ScalewayApi,
  { log }: Context,
): Promise<boolean> {
  for (let round = 1; round <= ROUNDS; round++) {
    const before = await api.frontend(id)
    const ids = arrange(before)
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
    if (now.certificate_ids.includes(own.id)) {
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
async function update(before: FrontendObject, ids: readonly string[], api: ScalewayApi) {
  const answer = api.updateFrontend(before.id, settingsWith(before, ids))
  const outcomeUnknown = await sendOnce(answer)
  const now = await api.frontend(before.id)
  return { now, outcomeUnknown, isOwnUpdate: outcomeUnknown === undefined && isSameUpdate(await answer, now) }
}
