/** What keeps from being done now what is to be done: a failure that is remembered, a cooldown, or a budget. Pure. */
import { retryOf } from '../errors.ts'
import { after, DAY } from '../platform/clock.ts'
import { type Attempt, type FailureMemory, failuresAt } from '../state/failures.ts'
import type { Decision } from '../types.ts'
import { cooldownOf } from './cooldowns.ts'
import { budgetSpent, type LimitedIssuer } from './issuance-budget.ts'
import type { DecisionInput, Observed, RequestFlags } from './observed.ts'
import { orderKindOf, reduced } from './order-spec.ts'
import { suggestsNow } from './renewal-time.ts'
import { budgetText } from './sentences.ts'

export type WaitDecision = Extract<Decision, { action: 'wait' }>

/** Whether a person waits for just this certificate. */
export const isAsked = ({ only, force, deploy = false, attended = true }: RequestFlags): boolean =>
  force || deploy || (only !== undefined && attended)

/** What holds back another try of what has failed; undefined: nothing does. */
export const holdOf = (input: DecisionInput, attempt: Attempt): WaitDecision | undefined =>
  heldBy(input.observed.document.failures?.[attempt], input)

/**
 * Those authorities that may be asked now, in the order of the configuration; or, when there is none, what holds back the one
 * that may be asked first.
 */
export function issuersFree(
  input: DecisionInput,
  isDegraded: boolean,
): readonly [LimitedIssuer, ...LimitedIssuer[]] | WaitDecision {
  const holds = input.observed.issuers.map((issuer) => ({ issuer, held: orderHeld(input, issuer, isDegraded) }))
  const [first, ...others] = holds.flatMap(({ issuer, held }) => (held === undefined ? [issuer] : []))
  if (first !== undefined) return [first, ...others]
  const [soonest] = holds
    .flatMap(({ held }) => held ?? [])
    .sort((one, other) => one.until.getTime() - other.until.getTime())
  return soonest ?? wait('paused', after(input.now, DAY), 'the configuration names no authority; nothing is ordered')
}

/** What keeps a certificate from being ordered from this authority now. */
function orderHeld(input: DecisionInput, issuer: LimitedIssuer, isDegraded: boolean): WaitDecision | undefined {
  const { spec, observed, now } = input
  const { document, current, window } = observed
  const failures = failuresAt(document.failures ?? {}, issuer)
  const kept = reduced(spec, current?.orderSpec)
  const order = orderKindOf(spec, current?.orderSpec, isDegraded)
  const urgent = isNewlySuggested(observed, now)
  const held =
    heldBy(failures[order], input, urgent, issuer.authority) ??
    [failures.issue, failures.expand]
      .filter((failure) => failure !== undefined && isTheCasWord(failure))
      .map((failure) => heldBy(failure, input, urgent, issuer.authority))
      .find((each) => each !== undefined)
  if (held !== undefined) return held
  const cooldown = cooldownOf(document, issuer, now)
  if (cooldown !== undefined) return wait('retry-after', cooldown, `${issuer.authority} asked newleaf to wait`)
  const names = (isDegraded ? kept : spec)?.names ?? []
  const spent = budgetSpent(document, names, issuer, { current: current?.certificate, window }, now)
  return spent && wait('budget', spent.until, budgetText(issuer.authority, spent))
}

/**
 * A remembered failure holds until its time, unless the configuration has changed since or a person waits; the word of
 * whoever was asked about when to come back holds for everybody, and a paused account until somebody asks by name.
 */
function heldBy(
  failure: FailureMemory | undefined,
  { spec, now, request }: DecisionInput,
  urgent = false,
  authority?: string,
): WaitDecision | undefined {
  if (failure === undefined) return undefined
  const { code, notBefore: until, configHash } = failure
  if (retryOf(code) === 'after' && until > now)
    return wait(
      'retry-after',
      until,
      `${code === 'ACME_RATE_LIMITED' ? (authority ?? 'the authority') : 'the last answer'} asked newleaf to wait (${code})`,
    )
  if (isAsked(request) || configHash !== spec.configHash) return undefined
  if (code === 'ACME_PAUSED')
    return { action: 'wait', reason: 'paused', until: after(now, DAY), message: 'the authority has paused the account' }
  if (until <= now || urgent || request.attended) return undefined
  return wait('back-off', until, `it failed (${code}), and newleaf does not try again by itself`)
}

/** A CA that asks for patience, or wants to see a person, means every order. */
const isTheCasWord = ({ code }: FailureMemory): boolean => retryOf(code) === 'after' || code === 'ACME_PAUSED'

/**
 * The CA has suggested since the last look that it be replaced now, when its window still lay ahead: then a back-off is broken,
 * once for each certificate, however often the CA changes its mind.
 */
const isNewlySuggested = ({ knownWindow: known, current, window }: Observed, now: Date): boolean =>
  suggestsNow(window, now) &&
  known !== undefined &&
  known.fingerprint === current?.certificate.fingerprint &&
  known.suggestedNow !== true &&
  !suggestsNow(known, now)

const wait = (reason: WaitDecision['reason'], until: Date, message: string): WaitDecision => ({
  action: 'wait',
  reason,
  until,
  message: `${message} until ${until.toISOString()}`,
})
