/** Which of the TXT values that are noted stay where they are. Pure. */
import { after, DAY } from '../platform/clock.ts'
import type { CertificateDocument, ChallengeRecord } from '../state/document.ts'

/** A zone that is published once a night shows them by then. */
const KEPT_FOR = 3 * DAY

/**
 * A value stays until the authority has looked at it: as long as its order is under way, whose next run goes on with the same
 * challenges, and for some days at most. Whoever has a verdict removes it before.
 */
export const isKept = (
  { order: url, since }: ChallengeRecord,
  { order }: Pick<CertificateDocument, 'order'>,
  now: Date,
): boolean =>
  order !== undefined &&
  order.url === url &&
  (order.expires === undefined || order.expires > now) &&
  after(since, KEPT_FOR) > now

/** Those that are to be removed. */
export const removable = (document: CertificateDocument, now: Date): readonly ChallengeRecord[] =>
  document.challengeRecords.filter((record) => !isKept(record, document, now))
