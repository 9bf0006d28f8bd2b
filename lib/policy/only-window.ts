/** Whether all that is due is to ask an authority for its renewal window (RFC 9773 §4.3). Pure. */
import type { CertificateDocument } from '../state/document.ts'
import type { CertificateFacts, CertificateSpec, Issuer } from '../types.ts'
import { momentsOf } from './next-look.ts'
import { renewalTime } from './renewal-time.ts'

/** That all was looked at, and was well. */
export type Looked = NonNullable<CertificateDocument['looked']>

type Configured = Pick<CertificateSpec, 'configHash'>

/** A day begins as that of the full scan does: what was looked at yesterday is looked at again, whoever asks for it. */
const dayOf = (at: Date) => at.toISOString().slice(0, 10)

/** Whether this was so today, by the configuration as it is. */
export const wasWellToday = (looked: Looked | undefined, { configHash }: Configured, now: Date): looked is Looked =>
  looked !== undefined && looked.configHash === configHash && looked.at <= now && dayOf(looked.at) === dayOf(now)

/** What its authority has said of this certificate. */
export const windowOf = ({ window }: CertificateDocument, { fingerprint }: Pick<CertificateFacts, 'fingerprint'>) =>
  window?.fingerprint === fingerprint ? window : undefined

export interface Waking {
  readonly spec: Configured & Pick<CertificateSpec, 'targets' | 'imported'>
  readonly issuers: readonly Issuer[]
}

/** Of a certificate that was well today when all was looked at, with which nothing is under way, and nothing else falls due. */
export function isOnlyWindowDue({ spec, issuers }: Waking, document: CertificateDocument, now: Date): boolean {
  const { looked, current } = document
  if (spec.imported || current === undefined || !wasWellToday(looked, spec, now)) return false
  const known = windowOf(document, current)
  if (isUnderWay(document) || (known !== undefined && known.checkAfter > now)) return false
  const renewAt = renewalTime(current, known)
  const moments = [renewAt, ...momentsOf(document, { spec, issuers, renewAt }, now)]
  return moments.every((moment) => moment > now)
}

const isUnderWay = (document: CertificateDocument): boolean => {
  const { lease, order, challengeRecords, failures, unfinished, rejected, cooldowns, notified } = document
  const held = [lease, order, failures, unfinished, rejected, cooldowns, notified]
  return challengeRecords.length > 0 || held.some((each) => each !== undefined)
}
