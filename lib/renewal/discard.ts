import { withDiscarded } from '../policy/rejected.ts'
import type { Dependencies } from '../ports.ts'
import { isCertificate, readStages } from '../secrets/certificate.ts'
import { withEvent } from '../state/document.ts'
import { withFailure, withFailures } from '../state/failures.ts'
import type { CertificateSpec } from '../types.ts'
import { withLease } from './lease.ts'

/**
 * Drops what is pending, so that no run brings it to a target any more; the next order takes its place in the store. Resolves to
 * its fingerprint; undefined: no certificate is pending.
 */
export const discard = ({ id }: CertificateSpec, deps: Dependencies): Promise<string | undefined> =>
  withLease(id, deps, async () => {
    const { pending } = await readStages(id, deps)
    if (pending === undefined || !isCertificate(pending)) return { value: undefined, change: (document) => document }
    const { fingerprint } = pending.stored.certificate
    const now = deps.clock.now()
    return {
      value: fingerprint,
      change(document) {
        const without = withFailures(document, withFailure(document.failures ?? {}, 'deploy', undefined))
        return withEvent(withDiscarded(without, fingerprint, now), now, 'discarded', fingerprint.slice(0, 16))
      },
    }
  })
