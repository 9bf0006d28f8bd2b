/** A new certificate that its targets do not take. Pure. */
import { type FailureCode, isFailure } from '../errors.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { TargetResult } from '../types.ts'

/** So often one and the same certificate is brought to targets that refuse it: over a day, as a failure is tried again. */
const MOST_TRIES = 5

/** A certificate that a target refuses for what it is, or that does not come to be served: trouble of an API is none of these. */
const REFUSALS: FailureCode[] = ['VERIFY_FAILED', 'TARGET_REFUSED', 'REJECTED', 'DEPLOY_FAILED']

/** Whether what is pending is not tried any more; one that was given up by itself is tried again when a person asks by name. */
export function isSetAside(
  { rejected }: Pick<CertificateDocument, 'rejected'>,
  pending: { readonly kind: string; readonly certificate?: { readonly fingerprint: string } } | undefined,
  isAsked: boolean,
): boolean {
  if (rejected?.givenUp === undefined || pending?.certificate?.fingerprint !== rejected.fingerprint) return false
  return rejected.givenUp === 'by hand' || !isAsked
}

/** The document once a new certificate was brought to its targets and did not become current. */
export function withRejection(
  document: CertificateDocument,
  fingerprint: string,
  results: Readonly<Record<string, TargetResult>>,
  now: Date,
): CertificateDocument {
  const refused = Object.values(results).some(
    (result) => result.state === 'failed' && isFailure(result.error, ...REFUSALS),
  )
  if (!refused) return document
  const earlier = document.rejected?.fingerprint === fingerprint ? document.rejected : undefined
  const tries = (earlier?.tries ?? 0) + 1
  const rejected = { fingerprint, tries, since: earlier?.since ?? now }
  return { ...document, rejected: tries < MOST_TRIES ? rejected : { ...rejected, givenUp: 'tries' } }
}

/** The document once another certificate, or this one, has become current. */
export const withoutRejection = ({ rejected: _over, ...document }: CertificateDocument): CertificateDocument => document

/** The document once a person has dropped what is pending. */
export const withDiscarded = (document: CertificateDocument, fingerprint: string, now: Date): CertificateDocument => ({
  ...document,
  rejected: { fingerprint, tries: document.rejected?.tries ?? 0, since: now, givenUp: 'by hand' },
})
