/** The order that an earlier run has begun: whether it is gone on with, and when it is let go, so that another one is made. */
import { Failure, type FailureCode, toFailure } from '../errors.ts'
import { after, HOUR, MINUTE } from '../platform/clock.ts'
import { isFrom } from '../policy/order-spec.ts'
import type { CertificateAuthority, Clock, Log, Order } from '../ports.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'
import type { Issuer } from '../types.ts'
import type { Lease } from './lease.ts'
import { ofAuthority } from './of-authority.ts'

type Known = NonNullable<CertificateDocument['order']>
type Context = { readonly lease: Lease; readonly clock: Clock; readonly log: Log }

/** A CA that has not decided on an order by then is asked for another one. */
const GIVEN_UP_AFTER = 6 * HOUR
/** A run that has not waited for so long has not had the time. */
const PATIENCE = 10 * MINUTE

/** These say nothing of the order: the run, its stores or the account are in trouble, or it goes on. What is tried again soon or at a named time is none either. */
const NOT_OF_THE_ORDER: readonly FailureCode[] = [
  ...(['OUT_OF_TIME', 'LOCKED', 'CLOCK_WRONG', 'LOCAL_TROUBLE', 'REFERENCE_UNRESOLVED', 'DENIED'] as const),
  ...(['STORE_FAILED', 'STORE_UNREADABLE', 'STORE_FOREIGN', 'STORE_OUTDATED', 'STATE_CONFLICT'] as const),
  ...(['SECRET_CONFLICT', 'ACME_PAUSED', 'ACME_TERMS_CHANGED', 'ACME_ORDER_NOT_READY', 'ACME_UNDECIDED'] as const),
]

/** Whether asking again would come to the same, so that only another order is a way on. */
const isLastWord = (failure: Failure): boolean =>
  failure.retry !== 'soon' && failure.retry !== 'after' && !NOT_OF_THE_ORDER.includes(failure.code)

/** The order of an earlier run at this issuer, while it can be gone on with. Another one, should there be none, is for the caller to make. */
export async function knownOrder(
  issuer: Issuer,
  authority: Pick<CertificateAuthority, 'readOrder'>,
  context: Context,
): Promise<Order | undefined> {
  const { order: known } = context.lease.document
  if (known === undefined || !isFrom(known, issuer)) return undefined
  const now = context.clock.now()
  const seen = await authority.readOrder(known.url).catch((thrown: unknown) => {
    const failure = toFailure(thrown)
    if (isLastWord(failure) || hasExpired(known.expires, now)) return failure
    throw thrown
  })
  const why = seen instanceof Failure ? seen.code : whyOver(seen, known, now)
  if (why !== undefined) await letGo(why, context)
  return why !== undefined || seen instanceof Failure ? undefined : seen
}

const hasExpired = (expires: Date | undefined, now: Date): boolean => expires !== undefined && expires <= now

/** Why an order that was read is not gone on with; one that was issued may still be fetched. */
function whyOver({ status, expires }: Order, known: Known, now: Date): string | undefined {
  if (status === 'valid') return undefined
  if (status === 'invalid') return 'invalid'
  if (hasExpired(expires ?? known.expires, now)) return 'expired'
  const { undecided } = known
  const isGivenUp = undecided !== undefined && after(undecided.since, GIVEN_UP_AFTER) <= now
  return isGivenUp && status !== 'ready' ? 'undecided' : undefined
}

/** What becomes of an order whose step has failed. Always rejects, with what it failed with or, where the CA has had its time, with ACME_UNDECIDED. */
export async function stepFailed(
  step: 'validate' | 'finalize' | 'download',
  thrown: unknown,
  issuer: Issuer,
  context: Context,
): Promise<never> {
  const failure = toFailure(thrown)
  const { order } = context.lease.document
  if (failure.fields.authority !== issuer.authority || order === undefined) throw thrown
  const { code } = failure
  if (code === 'OUT_OF_TIME' || code === 'ACME_UNDECIDED') throw await undecided(step, failure, order, issuer, context)
  if (isLastWord(failure) && mayLetGo(step, failure, order, context.clock.now())) await letGo(code, context)
  throw thrown
}

/** With these a CA says that nothing comes of the order, or knows nothing of it. */
const ENDED: readonly FailureCode[] = ['ACME_ORDER_GONE', 'ACME_ORDER_INVALID', 'ACME_CSR']

/** What has been issued is asked for again, as long as the CA knows of it. */
function mayLetGo(step: string, failure: Failure, order: Known, now: Date): boolean {
  if (step === 'validate' || ENDED.includes(failure.code)) return true
  if (step === 'finalize') return failure.code !== 'ANSWER_INVALID'
  return hasExpired(order.expires, now)
}

/** Runs that end before the CA decides count together: none of them may have the time that the CA is given. */
async function undecided(
  step: string,
  failure: Failure,
  { undecided: earlier }: Known,
  { authority }: Issuer,
  { lease, clock }: Context,
): Promise<Failure> {
  const now = clock.now()
  const isKnown = earlier?.step === step && earlier.since <= now
  const since = isKnown ? earlier.since : now
  if (!isKnown)
    await lease.save(({ order, ...rest }) => ({
      ...rest,
      ...(order && { order: { ...order, undecided: { step, since } } }),
    }))
  if (failure.code === 'ACME_UNDECIDED' || after(since, PATIENCE) > now) return failure
  const message = `${authority} has not decided since ${since.toISOString()}; a later run asks again`
  return ofAuthority(authority, new Failure('ACME_UNDECIDED', message))
}

/** Nothing of it was paid for, unless it was finalized. */
async function letGo(why: string, { lease, clock, log }: Context): Promise<void> {
  log.warn('an order is let go; another one takes its place', { why })
  await lease.save(({ order: _gone, ...rest }) => withEvent(rest, clock.now(), 'order let go', why))
}
