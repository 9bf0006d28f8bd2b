import { after } from '../platform/clock.ts'
import type { CertificateDocument, Notified } from '../state/document.ts'
import { allFailures } from '../state/failures.ts'
import type { CertificateFacts, CertificateSpec, Notice } from '../types.ts'
import { lifetime, shareLeft } from '../x509/lifetime.ts'
import { type AdvisedCode, adviceFor, adviceOn } from './advice.ts'
import { uncovered } from './order-spec.ts'
import { expired, expiresSoon, givenUp, leftBehind, unrenewed, validationLapses } from './sentences.ts'

/** Something that is wrong with a certificate, as far as its notice says it. */
export interface Problem extends Pick<Notice, 'message' | 'since' | 'step' | 'advice'> {
  readonly code: string
}

/** Renewals begin with a third of the life left: less than this means that something keeps them from succeeding. The worst one first. */
const SHORT_LIVES = [
  { code: 'EXPIRED', share: 0, sentence: expired },
  { code: 'EXPIRES_VERY_SOON', share: 1 / 12, sentence: (of: CertificateFacts) => expiresSoon(of, 'twelfth') },
  { code: 'EXPIRES_SOON', share: 1 / 6, sentence: (of: CertificateFacts) => expiresSoon(of, 'sixth') },
] as const

/** From a third on, when it would have been renewed: nobody does that, and whoever is told needs the time. */
const UNRENEWED = [
  { code: 'UNCONFIGURED_EXPIRED', share: 0, tense: 'has ended' },
  { code: 'UNCONFIGURED_EXPIRES_VERY_SOON', share: 1 / 12, tense: 'ends' },
  { code: 'UNCONFIGURED_EXPIRES_SOON', share: 1 / 3, tense: 'ends' },
] as const

/** One may be a restart, two may be chance. */
const MANY_UNFINISHED = 3

type Remembered = Pick<CertificateDocument, 'failures' | 'rejected' | 'unfinished' | 'leftBehind' | 'persistUntil'>

/** Told once, and never over: nobody here can see whether a person has looked after it. */
export const ONCE: readonly string[] = ['LEFT_BEHIND']

/** All that is wrong with a certificate now, each code once: what keeps it from being renewed, and that it ends soon. Pure. */
export function problemsOf(
  { failures, rejected, unfinished, leftBehind: left, persistUntil }: Remembered,
  spec: Pick<CertificateSpec, 'id' | 'names'>,
  current: CertificateFacts | undefined,
  now: Date,
): Problem[] {
  const problem = (code: AdvisedCode, message: string, since: Date): Problem => {
    const advice = adviceOn(code, spec.id)
    return { code, message, since, ...(advice && { advice }) }
  }
  const lapsing = validationLapses(persistUntil, now)
  const short = current && SHORT_LIVES.find(({ share }) => shareLeft(current, now) < share)
  return [
    ...failed(failures, uncovered(spec, current)),
    ...(rejected?.givenUp === 'tries' ? [problem('GIVEN_UP', givenUp(rejected, current), rejected.since)] : []),
    ...(left === undefined ? [] : [problem('LEFT_BEHIND', leftBehind(left), left.since)]),
    ...(lapsing ? [problem('VALIDATION_LAPSES', lapsing.message, lapsing.since)] : []),
    ...(unfinished === undefined || unfinished.count < MANY_UNFINISHED
      ? []
      : [problem('OUT_OF_TIME', outOfTime(unfinished), unfinished.since)]),
    ...(current === undefined || short === undefined
      ? []
      : [problem(short.code, short.sentence(current), after(current.notAfter, -short.share * lifetime(current)))]),
  ]
}

/** That a certificate which has left the configuration ends soon, and was brought to these targets. Pure. */
export function unconfiguredProblems(
  {
    id,
    current,
    targets,
  }: { readonly id: string; readonly current: CertificateFacts | undefined; readonly targets: readonly string[] },
  now: Date,
): Problem[] {
  if (current === undefined || targets.length === 0) return []
  const left = shareLeft(current, now)
  const short = UNRENEWED.find(({ share }) => left < share)
  if (short === undefined) return []
  const { code, share, tense } = short
  const advice = adviceOn(code, id)
  const since = after(current.notAfter, -share * lifetime(current))
  return [{ code, message: unrenewed(current, targets, tense), since, ...(advice && { advice }) }]
}

/** What is remembered of failures, each code once. `without`: the names that the current certificate lacks. */
function failed(failures: Remembered['failures'], without: readonly string[]): Problem[] {
  const problems = allFailures(failures).map(({ attempt, code, message, step, at, since = at }): Problem => {
    const advice = adviceFor(code)
    const lacking = attempt === 'expand' && without.length > 0
    return {
      ...{ code, message: `${lacking ? `missing names: ${without.join(', ')}: ` : ''}${message}`, since },
      ...(step && { step }),
      ...(advice && { advice }),
    }
  })
  return problems.filter(({ code }, index) => problems.findIndex((each) => each.code === code) === index)
}

const outOfTime = ({ count }: NonNullable<Remembered['unfinished']>) =>
  `${count} runs in a row had not enough time to come to an end`

/** Those of the problems that somebody who was told this much has not heard of. Pure. */
export const unheard = (problems: readonly Problem[], notified: Notified | undefined): Problem[] =>
  problems.filter(({ code }) => notified?.problems.includes(code) !== true)
