import type { World } from '../ports.ts'
import { isCertificate, readStages } from '../secrets/certificate.ts'
import { withEvent, withFailures } from '../state/document.ts'
import { withDiscarded } from '../state/rejected.ts'
import type { CertificateSpec } from '../types.ts'
import { claim } from './claim.ts'

/**
 * Drops what is pending, so that no run brings it to a target any more; the next order takes its place in the store. Resolves to
 * its fingerprint; undefined: no certificate is pending.
 */
export async function discard({ id }: CertificateSpec, world: World): Promise<string | undefined> {
  const held = await claim(id, world)
  let dropped: string | undefined
  try {
    const { pending } = await readStages(id, world)
    if (pending !== undefined && isCertificate(pending)) dropped = pending.stored.certificate.fingerprint
  } finally {
    const now = world.clock.now()
    const fingerprint = dropped
    await held.release((document) => {
      if (fingerprint === undefined) return document
      const without = withFailures(document, { ...document.failures, deploy: undefined })
      return withEvent(withDiscarded(without, fingerprint, now), now, 'discarded', fingerprint.slice(0, 16))
    })
  }
  return dropped
}
