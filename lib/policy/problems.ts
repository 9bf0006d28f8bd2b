import { after } from '../platform/clock.ts'
import type { CertificateDocument, Notified } from '../state/document.ts'
import { allFailures } from '../state/failures.ts'
import type { CertificateFacts, CertificateSpec, Notice } from '../types.ts'
import { lifetime, shareLeft } from '../x509/lifetime.ts'
import { adviceFor } from './advice.ts'
import { CONDITIONS } from './conditions.ts'
import { uncovered } from './order-spec.ts'

/** Something that is wrong with a certificate, as far as its notice says it. */
export interface Problem extends Pick<Notice, 'message' | 'since' | 'step' | 'advice'> {
  readonly code: string
}

/** Renewals begin with a third of the life left: less than this means that something keeps them from succeeding. The worst one first. */
const SHORT_LIVES = [
  { code: 'EXPIRED', share: 0, message: 'the certificate has expired' },
  { code: 'EXPIRES_VERY_SOON', share: 1 / 12, message: 'less than a twelfth of the certificate’s life is left' },
  { code: 'EXPIRES_SOON', share: 1 / 6, message: 'less than a sixth of the certificate’s life is left' },
] as const

const NOT_RENEWED = 'see what keeps it from being renewed with `newleaf status`, mend it, and run `newleaf renew`'

const GIVEN_UP =
  'mend the load balancer and run `newleaf renew --only` with the certificate, which tries it again, or drop it with `newleaf discard`'
const UNFINISHED = 'give the function more time, or see in its log what it waits for'
/** One may be a restart, two may be chance. */
const MANY_UNFINISHED = 3

type Remembered = Pick<CertificateDocument, 'failures' | 'rejected' | 'unfinished' | 'leftBehind'>

/** Told once, and never over: nobody here can see whether a person has looked after it. */
export const ONCE: readonly string[] = ['LEFT_BEHIND']

/** All that is wrong with a certificate now, each code once: what keeps it from being renewed, and that it ends soon. Pure. */
export function problemsOf(
  { failures, rejected, unfinished, leftBehind }: Remembered,
  spec: Pick<CertificateSpec, 'names'>,
  current: CertificateFacts | undefined,
  now: Date,
): Problem[] {
  const without = uncovered(spec, current)
  const problems: Problem[] = []
  for (const failure of allFailures(failures)) {
    const { attempt, code, step, at, since = at } = failure
    if (problems.some((each) => each.code === code)) continue
    const advice = adviceFor(code)
    const lacking = attempt === 'expand' && without.length > 0
    const message = `${lacking ? `missing names: ${without.join(', ')}: ` : ''}${failure.message}`
    problems.push({ code, message, since, ...(step && { step }), ...(advice && { advice }) })
  }
  if (rejected?.givenUp === 'tries') {
    const message = `a new certificate was not taken in ${rejected.tries} tries, and is not tried again; the current one stays`
    problems.push({ code: 'GIVEN_UP', message, since: rejected.since, advice: GIVEN_UP })
  }
  if (leftBehind !== undefined) {
    const message = `newleaf has left behind, and does not try any more to remove: ${leftBehind.what.join(', ')}`
    problems.push({ code: 'LEFT_BEHIND', message, since: leftBehind.since, advice: CONDITIONS.LEFT_BEHIND.advice })
  }
  if (unfinished !== undefined && unfinished.count >= MANY_UNFINISHED) {
    const message = `${unfinished.count} runs in a row had not enough time to come to an end`
    problems.push({ code: 'OUT_OF_TIME', message, since: unfinished.since, advice: UNFINISHED })
  }
  const short = current && SHORT_LIVES.find(({ share }) => shareLeft(current, now) < share)
  if (current !== undefined && short !== undefined) {
    const { code, message, share } = short
    problems.push({ code, message, since: after(current.notAfter, -share * lifetime(current)), advice: NOT_RENEWED })
  }
  return problems
}

/** Those of the problems that somebody who was told this much has not heard of. Pure. */
export const unheard = (problems: readonly Problem[], told: Notified | undefined): Problem[] =>
  problems.filter(({ code }) => told?.problems.includes(code) !== true)
