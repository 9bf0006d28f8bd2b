/** What the secrets store holds, compared with what the state knows was current. Pure. */
import { Failure } from '../errors.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { CertificateFacts, Decision } from '../types.ts'
import type { DecisionInput } from './observed.ts'
import type { Stored } from './order-spec.ts'

/**
 * The newer certificate that was current before, where the store holds it no more: an older copy of the store was put back.
 * Who activates notes what is to be current before it is, so that a run that ends in between is none of this.
 */
export function newerThanStored(
  { current: known }: Pick<CertificateDocument, 'current'>,
  { current, pending }: Stored,
  now: Date,
): CertificateFacts | undefined {
  if (known === undefined || current === undefined || known.notAfter <= now) return undefined
  const held = [current.certificate, ...(pending?.kind === 'certificate' ? [pending.certificate] : [])]
  if (held.some(({ fingerprint }) => fingerprint === known.fingerprint)) return undefined
  return known.notBefore > current.certificate.notBefore ? known : undefined
}

/** The certificate that was current before, where the store holds none at all any more: it was emptied, or is another one. */
export const lostFromStore = (
  { current: known }: Pick<CertificateDocument, 'current'>,
  { current, pending }: Stored,
): CertificateFacts | undefined => {
  // Who activates the first one notes it before it is current.
  const isToCome = pending?.kind === 'certificate' && pending.certificate.fingerprint === known?.fingerprint
  return current === undefined && !isToCome ? known : undefined
}

/** What is stored as current was superseded before. */
export function isOutdated({ spec: { id }, observed, now }: DecisionInput): BlockedDecision | undefined {
  const newer = newerThanStored(observed.document, observed, now)
  if (newer === undefined) return undefined
  const which = newer.fingerprint.slice(0, 16)
  const message = `the secrets store holds an older certificate of ${id} than ${which}, which was current before: it is not deployed over the newer one`
  return { action: 'blocked', error: new Failure('STORE_OUTDATED', message) }
}

type BlockedDecision = Extract<Decision, { action: 'blocked' }>
