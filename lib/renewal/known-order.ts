/** The order that an earlier run has begun: whether it is gone on with, and when it is let go, so that another one is made. */
import { Failure, type FailureCode, toFailure } from '../errors.ts'
import { after, HOUR, MINUTE, SECOND } from '../platform/clock.ts'
import { isFrom } from '../policy/order-spec.ts'
import type { CertificateAuthority, Clock, Log, Order } from '../ports.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'
import type { Issuer } from '../types.ts'
import type { Lease } from './lease.ts'
import { ofAuthority } from './of-authority.ts'

type Known = NonNullable<CertificateDocument['order']>

/**
 * An order is given up when it has come to nothing by then, in so many runs, for no reason that the CA has told. Hours alone say
 * nothing: who was not asked meanwhile may have issued the certificate, and would issue another one.
 */
const GIVEN_UP = { after: 6 * HOUR, runs: 3 }
/** A run that has not waited for a CA so long has not had the time. */
const TIMEOUT = 10 * MINUTE
/** What cannot be understood may come from something in between: it is asked for so often, with a pause between. */
const READS = 6
const PAUSE = 2 * SECOND

/** Of what a call to an authority fails with, this says nothing of the order: the run or the account is in trouble, or the order goes on. */
export const NOT_OF_THE_ORDER: readonly FailureCode[] = [
  ...(['CLOCK_WRONG', 'REFERENCE_UNRESOLVED', 'STORE_UNREADABLE'] as const),
  ...(['ACME_PAUSED', 'ACME_TERMS_CHANGED', 'ACME_ORDER_NOT_READY'] as const),
]

/** Whether asking again would come to the same. What is tried again soon, or at a time that was named, is none of these. */
const isLasting = ({ retry, code }: Failure): boolean =>
  retry !== 'soon' && retry !== 'after' && !NOT_OF_THE_ORDER.includes(code)

/** Whether nobody can tell that it was the CA who said this: no problem document of ACME's, or nothing that fits. */
const isUnclear = ({ code, fields }: Failure): boolean =>
  code === 'ANSWER_INVALID' || code === 'UNEXPECTED' || (code === 'ACME_PROBLEM' && fields.type === undefined)

/** The order of an earlier run at this issuer, or why it is not gone on with; neither, where there is none. */
export async function knownOrder(
  issuer: Issuer,
  { order: known }: Pick<CertificateDocument, 'order'>,
  { authority, clock }: { readonly authority: Pick<CertificateAuthority, 'readOrder'>; readonly clock: Clock },
): Promise<{ readonly order?: Order; readonly over?: string }> {
  if (known === undefined || !isFrom(known, issuer)) return {}
  for (let read = 1; ; read++) {
    try {
      const order = await authority.readOrder(known.url)
      const over = whyOver(order, known, clock.now())
      return over === undefined ? { order } : { over }
    } catch (thrown) {
      const failure = toFailure(thrown)
      // A store or the run is in trouble: nobody has said anything of the order.
      if (failure.fields.authority !== issuer.authority) throw thrown
      if (failure.retry === 'after') throw thrown // nothing more is asked before that, no other order either
      if (!isLasting(failure) && !hasExpired(known.expires, clock.now())) throw thrown
      if (!isUnclear(failure) || read === READS) return { over: failure.code }
    }
    await clock.sleep(PAUSE)
  }
}

const hasExpired = (expires: Date | undefined, now: Date): boolean => expires !== undefined && expires <= now

/** Why an order that was read is not gone on with. One that was issued may still be fetched. */
function whyOver({ status, expires }: Order, { undecided, ...known }: Known, now: Date): string | undefined {
  if (status === 'valid') return undefined
  if (status === 'invalid') return 'invalid'
  if (hasExpired(expires ?? known.expires, now)) return 'expired'
  if (undecided === undefined || status === 'ready') return undefined
  const isGivenUp = after(undecided.since, GIVEN_UP.after) <= now && undecided.runs >= GIVEN_UP.runs
  return isGivenUp ? 'undecided' : undefined
}

interface Context {
  readonly lease: Lease
  readonly clock: Clock
  readonly log: Log
}

/** What becomes of an order whose step has failed. Always rejects, with what it failed with or, where the CA has had its time, with ACME_UNDECIDED. */
export async function stepFailed(
  step: 'validate' | 'finalize' | 'download',
  thrown: unknown,
  issuer: Issuer,
  { lease, clock, log }: Context,
): Promise<never> {
  const failure = toFailure(thrown)
  const { order } = lease.document
  if (failure.fields.authority !== issuer.authority || order === undefined) throw thrown
  const { code } = failure
  if (code === 'OUT_OF_TIME' || code === 'ACME_UNDECIDED' || isUnclear(failure)) {
    const since = await undecidedSince(step, order, lease, clock)
    const hadItsTime = code === 'OUT_OF_TIME' && after(since, TIMEOUT) <= clock.now()
    throw hadItsTime ? undecided(issuer, since) : thrown
  }
  // What has been issued is asked for again, as long as the CA knows of it.
  if (
    isLasting(failure) &&
    (step !== 'download' || code === 'ACME_ORDER_GONE' || hasExpired(order.expires, clock.now()))
  ) {
    log.warn('an order is let go; the next run makes another', { why: code })
    await lease.save(({ order: _gone, ...rest }) => withEvent(rest, clock.now(), LET_GO, code))
  }
  throw thrown
}

/** The event in the state document. */
export const LET_GO = 'order let go'

/** Since when nothing comes of this step. Runs that end before the CA decides count together: none of them may have the time that it is given. */
async function undecidedSince(step: string, { undecided: noted }: Known, lease: Lease, clock: Clock): Promise<Date> {
  const now = clock.now()
  const earlier = noted?.step === step && noted.since <= now ? noted : { since: now, runs: 0 }
  const undecided = { step, since: earlier.since, runs: earlier.runs + 1 }
  await lease.save(({ order, ...rest }) => ({ ...rest, ...(order && { order: { ...order, undecided } }) }))
  return undecided.since
}

const undecided = ({ authority }: Issuer, since: Date): Failure =>
  ofAuthority(
    authority,
    new Failure('ACME_UNDECIDED', `${authority} has not decided since ${since.toISOString()}; a later run asks again`),
  )
