import { Failure, toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import { secretName } from '../secrets/certificate.ts'
import { type CertificateDocument, documentKey } from '../state/document.ts'
import { removeMarkersOf } from '../state/schedule.ts'
import type { Forgotten, Listener } from '../types.ts'
import { openLease } from './lease.ts'

/**
 * Removes a certificate's secret, and what the state remembers of it: its markers and its document, which goes last, so that
 * another `forget` ends what this one has left. What a listener serves stays; `deletesUnused` deletes what is bound nowhere.
 * Rejects with EVENT_INVALID where nothing is remembered, and with LOCKED while a run works on it.
 */
export async function forget(id: string, deletesUnused: boolean, deps: Dependencies): Promise<Forgotten> {
  const { state, secrets } = deps
  if ((await state.read(documentKey(id))) === undefined)
    throw new Failure('EVENT_INVALID', `newleaf remembers nothing of a certificate "${id}"`)
  const lease = await openLease(id, deps)
  await lease.hold((document) => document)
  try {
    const noted = objectsIn(lease.document)
    const gone = deletesUnused ? await deleteUnbound(noted, deps) : new Set<string>()
    const all = noted.flatMap(({ name, objects }) => objects.map((object) => `${object} at ${name}`))
    await lease.ensureHeld()
    const secretBecame = await secrets.remove(secretName(id))
    await lease.ensureHeld()
    await removeMarkersOf(state, id)
    await state.remove(documentKey(id))
    return {
      ...{ id, secret: secretName(id), secretBecame },
      deleted: all.filter((each) => gone.has(each)),
      left: all.filter((each) => !gone.has(each)),
    }
  } catch (error) {
    // What went wrong is what must be heard; a lease that stays ends by itself.
    await lease.release((document) => document).catch(() => {})
    throw error
  }
}

interface Noted {
  readonly name: string
  readonly balancer: string
  readonly listener: Listener | undefined
  readonly objects: readonly string[]
}

const objectsIn = ({ targets, orphans }: CertificateDocument): Noted[] => [
  ...Object.values(targets).map(({ name, balancer, listener, objects }) => ({ name, balancer, listener, objects })),
  ...orphans.map(({ name, balancer, listener, objects }) => ({
    ...{ name, balancer, listener },
    objects: objects.map(({ object }) => object),
  })),
]

/** Side by side; a load balancer that cannot be asked, or is not configured any more, keeps what it has. */
async function deleteUnbound(
  noted: readonly Noted[],
  { balancers, log }: Pick<Dependencies, 'balancers' | 'log'>,
): Promise<ReadonlySet<string>> {
  const gone = await Promise.all(
    noted.map(async ({ name, balancer, listener, objects }) => {
      if (listener === undefined || !Object.hasOwn(balancers, balancer)) return []
      try {
        return (await lookup(balancers, balancer).deleteUnused(listener, objects)).map((each) => `${each} at ${name}`)
      } catch (error) {
        const { code, message } = toFailure(error)
        log.warn('certificates of it could not be deleted', { target: name, code, reason: message })
        return []
      }
    }),
  )
  return new Set(gone.flat())
}
