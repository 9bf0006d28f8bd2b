/** When somebody must look at a certificate again. Pure. */
import { retryOf } from '../errors.ts'
import { after, DAY, HOUR, MINUTE } from '../platform/clock.ts'
import type { CertificateDocument } from '../state/document.ts'
import { allFailures, failuresAt } from '../state/failures.ts'
import type { CertificateSpec, Decision, Issuer } from '../types.ts'
import { isHeldBack, nextOrder } from './back-off.ts'

/** A CA that gives no window is asked again after this (RFC 9773 §4.3.3). */
const WITHOUT_WINDOW = 6 * HOUR

/** After a swap: whether it stays, and what its authority says of a new certificate, which is not waited for while it is brought to its targets. */
const AFTER_SWAP = HOUR

/** What the next look depends on, beside what is remembered. */
export interface Upcoming {
  readonly spec: Pick<CertificateSpec, 'targets'>
  readonly issuers: readonly Issuer[]
  /** When the certificate is to be renewed, if there is one. */
  readonly renewAt: Date | undefined
  /** It became current a moment ago. */
  readonly isNew?: boolean
}

/** By the next run of an hourly schedule. */
export const WHILE_HELD_BACK = 30 * MINUTE

/** The first moment at which something falls due and may be tried: within a minute and a day. */
export function nextLook(document: CertificateDocument, upcoming: Upcoming, now: Date): Date {
  const { failures = {} } = document
  const moments = failures.observe === undefined ? momentsOf(document, upcoming, now) : unseen(document, upcoming, now)
  const all = [...moments, ...whileHeldBack(document, now)]
  return soon(new Date(Math.min(...all.map((moment) => moment.getTime()))), now)
}

/** When to see whether a person has mended by another value of a reference what only a person can mend. */
const whileHeldBack = ({ failures }: CertificateDocument, now: Date): Date[] =>
  allFailures(failures).some(
    (failure) => failure.references && retryOf(failure.code) === 'never' && isHeldBack(failure, now),
  )
    ? [after(now, WHILE_HELD_BACK)]
    : []

/** What cannot be looked at can be neither ordered nor repaired: an overdue renewal waits for the next try to look. */
function unseen({ failures }: CertificateDocument, { issuers, renewAt }: Upcoming, now: Date): Date[] {
  const isAhead = renewAt !== undefined && renewAt > now && nextOrder(failures ?? {}, issuers) === undefined
  return [...(failures?.observe ? [failures.observe.notBefore] : []), ...(isAhead ? [renewAt] : [])]
}

/** All that falls due while it can be looked at; some of it may be past. */
export function momentsOf(
  document: CertificateDocument,
  { spec, issuers, renewAt, isNew }: Upcoming,
  now: Date,
): Date[] {
  const { failures = {}, targets, orphans } = document
  const { deploy, repair, cleanUp } = failures
  const retried = [deploy, repair, cleanUp].flatMap((failure) => failure?.notBefore ?? [])
  const order = nextOrder(failures, issuers)
  const expanding = issuers.flatMap((issuer) => failuresAt(failures, issuer).expand?.notBefore ?? [])
  // What is overdue waits for the next try to deploy what there is.
  const isWaiting = renewAt !== undefined && renewAt <= now && deploy !== undefined
  const renewal = renewAt === undefined || isWaiting ? undefined : renewAt
  const superseded = [
    ...spec.targets.flatMap(({ id }) => targets[id]?.superseded ?? []),
    ...orphans.flatMap(({ objects }) => objects),
  ]
  return [
    ...retried,
    ...expanding,
    ...(order ? [order] : renewal ? [renewal] : []),
    nextAdvice(document, now),
    ...(isNew ? [after(now, AFTER_SWAP)] : []),
    ...(deploy === undefined ? superseded.map((entry) => entry.after) : []),
  ]
}

/** When to ask the CA again for its window: it may revoke a certificate at any time, also while its renewal is held back. */
const nextAdvice = ({ window }: Pick<CertificateDocument, 'window'>, now: Date): Date =>
  window !== undefined && window.checkAfter > now ? window.checkAfter : after(now, WITHOUT_WINDOW)

type Wait = Extract<Decision, { action: 'wait' }>

/** As long as a certificate can be looked at, its CA is asked for its window, whatever holds the renewal back. */
export function nextLookWhileHeld({ until }: Wait, document: CertificateDocument, now: Date): Date {
  const asked = document.failures?.observe === undefined ? nextAdvice(document, now) : until
  const all = [asked, until, ...whileHeldBack(document, now)]
  return soon(new Date(Math.min(...all.map((moment) => moment.getTime()))), now)
}

/** Within a minute and a day. */
const soon = (moment: Date, now: Date): Date =>
  new Date(Math.min(Math.max(moment.getTime(), after(now, MINUTE).getTime()), after(now, DAY).getTime()))
