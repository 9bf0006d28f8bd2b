/** What is remembered of what went wrong, and when it is tried again. Pure. */
import { type Failure, retryOf } from '../errors.ts'
import { after, DAY, HOUR, MINUTE } from '../platform/clock.ts'
import type { SaltedDigest } from '../platform/salted-digest.ts'
import {
  type FailureMemory,
  type Failures,
  failureIn,
  failuresAt,
  mapFailures,
  type OrderKind,
  type Slot,
  withFailure,
} from '../state/failures.ts'
import type { CertificateFacts, Issuer } from '../types.ts'
import { lastSixth } from '../x509/lifetime.ts'

/** What a run has come to, as far as it changes what is remembered of failures. */
export type AttemptResult =
  /** A certificate and its targets could not be looked at. */
  | { readonly kind: 'not-observed'; readonly error: Failure }
  /** They were looked at, and all is as it should be, as far as it may be now. */
  | { readonly kind: 'fresh' }
  | { readonly kind: 'not-issued'; readonly order: OrderKind; readonly issuer: Issuer; readonly error: Failure }
  /** `isWhole`: for all names that are asked for. */
  | { readonly kind: 'issued'; readonly isWhole: boolean }
  /** A new certificate was brought to its targets. */
  | { readonly kind: 'deployed'; readonly error: Failure | undefined }
  /** The current one was brought to them again. `isPending`: while a new one waits for its next try. */
  | { readonly kind: 'repaired'; readonly isPending: boolean; readonly error: Failure | undefined }
  | { readonly kind: 'cleaned-up'; readonly error: Failure | undefined }

/** What the pauses depend on. */
export interface FailureContext {
  readonly configHash: string
  readonly references?: SaltedDigest | undefined
  readonly current: CertificateFacts | undefined
  readonly now: Date
  /** The longest pause of our own, in milliseconds. */
  readonly atMost?: number
}

/** The one table of what sets and what ends a remembered failure. Each row says what becomes of which slot; the others stay. */
export function transition(failures: Failures, happened: AttemptResult, at: FailureContext): Failures {
  const set = (of: Failures, slot: Slot, error: Failure | undefined): Failures =>
    withFailure(
      of,
      slot,
      error && remember(error, failureIn(failures, slot), slot === 'repair' ? { ...at, atMost: TO_PUT_BACK } : at),
    )
  const over = (of: Failures, ...slots: Slot[]): Failures =>
    slots.reduce((left, slot) => set(left, slot, undefined), of)

  switch (happened.kind) {
    case 'not-observed':
      return set(failures, 'observe', happened.error)
    case 'fresh': // of what failed, only what nobody may try again yet is still of interest
      return mapFailures(over(failures, 'observe', 'deploy', 'repair'), (failure) =>
        isLasting(failure, at) ? failure : undefined,
      )
    case 'not-issued':
      return set(over(failures, 'observe'), { order: happened.order, issuer: happened.issuer }, happened.error)
    case 'issued':
      return issued(over(failures, 'observe', 'repair'), happened.isWhole)
    case 'deployed':
      return set(over(failures, 'observe', 'repair'), 'deploy', happened.error)
    case 'repaired': {
      const others = over(failures, 'observe', ...(happened.isPending ? [] : (['deploy'] as const)))
      return set(others, 'repair', happened.error)
    }
    case 'cleaned-up':
      return set(over(failures, 'observe'), 'cleanUp', happened.error)
  }
}

/** Whoever issued it, nothing is left to be ordered but the names that it does without. */
function issued({ authorities = {}, ...others }: Failures, isWhole: boolean): Failures {
  if (isWhole) return others
  const expanding = Object.entries(authorities).flatMap(([name, { issue: _over, ...each }]) =>
    each.expand === undefined ? [] : [[name, each] as const],
  )
  return expanding.length === 0 ? others : { ...others, authorities: Object.fromEntries(expanding) }
}

const isLasting = ({ notBefore, configHash }: FailureMemory, at: FailureContext): boolean =>
  notBefore > at.now && configHash === at.configHash

/** Whether newleaf's own word keeps it from being tried now: that of a CA or a vendor counts whatever has changed here. */
export const isHeldBack = ({ notBefore, code }: FailureMemory, now: Date): boolean =>
  notBefore > now && retryOf(code) !== 'after'

/** What costs no authority anything: a zone that is published now and then is looked at soon after, and each night is one time. */
const LOOKED_AT_AGAIN = 15 * MINUTE
const PUBLISHED_WITHIN = 30 * HOUR

const PAUSES = [1 * MINUTE, 10 * MINUTE, 100 * MINUTE] as const

/** While the current certificate is not where it belongs, handshakes may fail: each run of an hourly schedule tries to put it back. */
const TO_PUT_BACK = 30 * MINUTE

/**
 * What is remembered of a failure: 1, 10, 100 minutes before the next try, then a day (Let's Encrypt, integration guide), and
 * sooner as the last sixth of the life comes near. What only a person can mend is tried once a day, and sooner likewise. A
 * CA's own `Retry-After` is never undercut.
 */
export function remember(
  failure: Failure,
  earlier: FailureMemory | undefined,
  { configHash, references, current, now, atMost = DAY }: FailureContext,
): FailureMemory {
  const again = earlier?.configHash === configHash ? earlier.count : 0
  const since = (again === 0 ? undefined : earlier?.since) ?? now
  const usual = usualPause(failure, again, now.getTime() - since.getTime())
  const own = after(now, Math.min(usual, longestPause(current, now), atMost))
  const asked = failure.retry === 'after' ? failure.retryAfter : undefined
  return {
    count: again + 1,
    code: failure.code,
    message: failure.message,
    ...(failure.step === undefined ? {} : { step: failure.step }),
    since,
    at: now,
    notBefore: asked !== undefined && asked > now ? asked : own,
    configHash,
    ...(references && { references }),
  }
}

function usualPause({ code, retry }: Failure, again: number, failing: number): number {
  if (code === 'DNS_NOT_PROPAGATED' && failing < PUBLISHED_WITHIN) return LOOKED_AT_AGAIN
  return retry === 'never' ? DAY : (PAUSES[again] ?? DAY)
}

/** Half of the time until the last sixth, so that an outage which ends before that is found over before that; an hour at least. */
function longestPause(current: CertificateFacts | undefined, now: Date): number {
  if (current === undefined) return DAY
  return Math.max(HOUR, (lastSixth(current).getTime() - now.getTime()) / 2)
}

/** When an order may be tried again that has failed at every one of these authorities; undefined: at some it has not. */
export function nextOrder(failures: Failures, issuers: readonly Issuer[]): Date | undefined {
  const times = issuers.map((issuer) => failuresAt(failures, issuer).issue?.notBefore)
  const known = times.flatMap((time) => (time === undefined ? [] : [time.getTime()]))
  return known.length < times.length || known.length === 0 ? undefined : new Date(Math.min(...known))
}
