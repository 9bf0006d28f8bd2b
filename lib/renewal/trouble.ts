import { after } from '../platform/clock.ts'
import { adviceFor } from '../policy/advice.ts'
import { uncovered } from '../secrets/intent.ts'
import { ATTEMPTS, type CertificateDocument, type Told } from '../state/document.ts'
import type { CertificateFacts, CertificateSpec, Notice } from '../types.ts'
import { lifetime, shareLeft } from '../x509/lifetime.ts'

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

/** All that is wrong with a certificate now, each code once: what keeps it from being renewed, and that it ends soon. Pure. */
export function problemsOf(
  { failures = {}, rejected, unfinished }: Pick<CertificateDocument, 'failures' | 'rejected' | 'unfinished'>,
  spec: Pick<CertificateSpec, 'names'>,
  current: CertificateFacts | undefined,
  now: Date,
): Problem[] {
  const problems: Problem[] = []
  for (const attempt of ATTEMPTS) {
    const failure = failures[attempt]
    if (failure === undefined || problems.some(({ code }) => code === failure.code)) continue
    const { code, step, at, since = at } = failure
    const advice = adviceFor(code)
    const without = attempt === 'widen' ? uncovered(spec, current) : []
    const message = `${without.length > 0 ? `the certificate does without ${without.join(', ')}: ` : ''}${failure.message}`
    problems.push({ code, message, since, ...(step && { step }), ...(advice && { advice }) })
  }
  if (rejected?.givenUp === 'tries') {
    const message = `a new certificate was not taken in ${rejected.tries} tries, and is not tried again; the current one stays`
    problems.push({ code: 'GIVEN_UP', message, since: rejected.since, advice: GIVEN_UP })
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
export const news = (problems: readonly Problem[], told: Told | undefined): Problem[] =>
  problems.filter(({ code }) => told?.problems.includes(code) !== true)
