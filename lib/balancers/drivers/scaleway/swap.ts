import { Failure, isFailure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import type { Certificate, Deployment } from '../../../types.ts'
import type { CertificateObject, FrontendObject, ScalewayApi } from './api.ts'
import { bindAll, type Imported, type Swap } from './bind.ts'
import { discard } from './delete.ts'
import { idsWith, type OwnCertificate } from './frontend.ts'
import type { Found } from './listener.ts'
import { untilImported, untilReady } from './ready.ts'
import { type LoadBalancerContent, upload, versionsOf } from './upload.ts'

type Context = Pick<DriverContext, 'environment' | 'clock' | 'timeLeft' | 'log'>

/**
 * Import, wait, bind, wait: all that is to be swapped at one load balancer in one go, with one update for each frontend. What an
 * earlier run has done of it is found and not done again. Resolves to what went wrong with each, in their order; undefined:
 * nothing.
 */
export async function swapAt(swaps: readonly Swap[], api: ScalewayApi, context: Context): Promise<unknown[]> {
  const arrange: Arrange = ({ certificate_ids: ids }, own, known) =>
    own.reduce((bound: readonly string[], each) => idsWith(each, { ids: bound, known }), ids)
  return deployAt(swaps, arrange, api, context)
}

/** One, for a frontend without any certificate, which is looked at again right before it is given one. */
export async function secureAt(
  found: Found,
  deployment: Deployment<Certificate>,
  api: ScalewayApi,
  context: Context,
): Promise<void> {
  requireNone(found.frontend)
  const arrange: Arrange = (frontend, own) => {
    requireNone(frontend)
    return own.map(({ id }) => id)
  }
  const [error] = await deployAt([{ found, deployment, keep: [] }], arrange, api, context)
  if (error !== undefined) throw error
}

function requireNone({ name, certificate_ids }: FrontendObject): void {
  if (certificate_ids.length === 0) return
  throw new Failure('TARGET_REFUSED', `the frontend "${name}" has a certificate already; nothing was changed`)
}

/** The list that a frontend is to have, from what it is right before the update. */
type Arrange = (
  frontend: FrontendObject,
  own: readonly OwnCertificate[],
  known: readonly CertificateObject[],
) => readonly string[]

async function deployAt(
  swaps: readonly Swap[],
  arrange: Arrange,
  api: ScalewayApi,
  context: Context,
): Promise<unknown[]> {
  const [lb] = swaps.map(({ found }) => found.lb)
  if (lb === undefined) return []
  const errors = new Map<Swap, unknown>()
  const trying = async <T>(swap: Swap, work: () => Promise<T>): Promise<T[]> => {
    try {
      return [await work()]
    } catch (error) {
      errors.set(swap, error)
      return []
    }
  }
  await untilReady(lb, api, context)
  const content = { lb: lb.id, known: await api.certificatesOf(lb.id), keep: namesToKeep(swaps) }
  const imported: Imported[] = []
  for (const swap of swaps)
    imported.push(...(await trying(swap, async () => ({ swap, own: await importedFor(swap, content, api, context) }))))
  if (imported.length > 0) await untilReady(lb, api, context)

  let isChanged = false
  for (const [, group] of Map.groupBy(imported, ({ swap }) => swap.found.frontend.id)) {
    const bound = await bindAll(group, (before, own) => arrange(before, own, content.known), api, context)
    isChanged ||= bound.isChanged
    for (const [swap, error] of bound.errors) errors.set(swap, error)
  }
  if (isChanged) await untilReady(lb, api, context)
  return swaps.map((swap) => errors.get(swap))
}

/** What any of them needs, and what is on its way to be bound. */
const namesToKeep = (swaps: readonly Swap[]) => [
  ...new Set(swaps.flatMap(({ keep, deployment }) => [...keep, deployment.name])),
]

async function importedFor(
  { found: { frontend }, deployment }: Swap,
  content: LoadBalancerContent,
  api: ScalewayApi,
  context: Context,
): Promise<OwnCertificate> {
  const certificate =
    usable(versionsOf(deployment, content.known), frontend.certificate_ids) ??
    (await upload(deployment, content, api, context))
  try {
    await untilImported(certificate, api, context)
  } catch (error) {
    if (isFailure(error, 'DEPLOY_FAILED')) await discard(certificate, api, context)
    throw error
  }
  return ownCertificate(certificate.id, deployment)
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
