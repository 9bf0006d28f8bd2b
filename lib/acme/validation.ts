import { Failure } from '../errors.ts'
import { after, SECOND } from '../platform/clock.ts'
import type { DnsChallenge } from '../ports.ts'
import { fetchAuthorization, validationFailure, verdictOn } from './authorizations.ts'
import { type PollResult, poll } from './poll.ts'
import { retryWithReadback } from './readback.ts'
import type { Authorization } from './resources.ts'
import { type Session, unlessGone } from './session.ts'

/** How many that are pending are looked at in one round: a CA that never decides is not asked the more, the more names there are. */
const MOST_PENDING = 4
/** So long after it has looked in vain a CA is asked to look again, and three times as long each time after: DNS may be slow to show a value. */
const AGAIN_AFTER = 10 * SECOND

/** A challenge that the CA was told to look at, and when it may be told again. */
interface Answered {
  readonly challenge: DnsChallenge
  readonly pause: number
  readonly notBefore: Date
}

interface Look extends PollResult<Authorization> {
  readonly answered: Answered
}

/**
 * Responds to all of them, and waits until the CA has validated each (RFC 8555 §7.5.1). A CA that has looked in vain and leaves a
 * challenge pending is asked to look again (§8.2).
 */
export async function validate(challenges: readonly DnsChallenge[], session: Session): Promise<void> {
  for (const challenge of challenges) await respondToChallenge(challenge, session)
  const notBefore = after(session.clock.now(), AGAIN_AFTER)
  let waiting = challenges.map((challenge): Answered => ({ challenge, pause: AGAIN_AFTER, notBefore }))
  async function round(): Promise<PollResult<undefined>> {
    const looks = await lookedAt(waiting, session)
    const pending = looks.filter((look) => look.pending)
    const answered: Answered[] = []
    for (const look of pending) answered.push(await answeredAgain(look, session))
    waiting = [...waiting.slice(looks.length), ...answered]
    const pauses = pending.flatMap(({ retryAfter }) => retryAfter?.getTime() ?? [])
    const retryAfter = pauses.length === 0 ? undefined : new Date(Math.max(...pauses))
    const complaint = pending.find(({ value, answered }) => errorIn(value, answered) !== undefined)
    const reason = complaint && validationFailure(complaint.value, session).message
    return { value: undefined, pending: waiting.length > 0, retryAfter, reason }
  }
  if (challenges.length > 0) await poll(round, session)
}

/** One look at those that wait, in their order, until enough are pending. Rejects with what the CA has refused for good. */
async function lookedAt(waiting: readonly Answered[], session: Session): Promise<Look[]> {
  const looks: Look[] = []
  const failures: Failure[] = []
  for (const answered of waiting) {
    if (failures.length === 0 && looks.filter(({ pending }) => pending).length === MOST_PENDING) break
    const seen = await fetchAuthorization(answered.challenge.authorization, session)
    const failure = verdictOn(seen.value, session)
    if (failure !== undefined) failures.push(failure)
    looks.push({ ...seen, answered })
  }
  const failure = combined(failures)
  if (failure !== undefined) throw failure
  return looks
}

/** A challenge that is pending with an error waits to be told again; without one, or being processed, it waits for the CA. */
async function answeredAgain({ value, answered }: Look, session: Session): Promise<Answered> {
  const { challenge, pause, notBefore } = answered
  const now = session.clock.now()
  if (errorIn(value, answered) === undefined || now < notBefore) return answered
  await respondToChallenge(challenge, session)
  return { challenge, pause: 3 * pause, notBefore: after(now, 3 * pause) }
}

const errorIn = ({ challenges }: Authorization, { challenge: { url } }: Answered) =>
  challenges.find((each) => each.url === url && each.status === 'pending')?.error

/** RFC 8555 §7.5.1. Some CAs refuse a second response, so that one whose outcome is unknown is read back. */
async function respondToChallenge({ url, authorization }: DnsChallenge, session: Session): Promise<void> {
  const { authority, account, retry } = session
  await retryWithReadback(
    async () => {
      await unlessGone(authority, account.post(url, {}, 'check a challenge'))
      return true
    },
    async () => {
      const { value } = await fetchAuthorization(authorization, session)
      const challenge = value.challenges.find((each) => each.url === url)
      return value.status !== 'pending' || challenge?.status === 'processing' ? true : undefined
    },
    retry,
  )
}

/** The first failure, with the names of all. */
function combined([first, ...rest]: readonly Failure[]): Failure | undefined {
  if (first === undefined || rest.length === 0) return first
  const names = [first, ...rest].flatMap(({ fields }) => (Array.isArray(fields.names) ? fields.names : []))
  return new Failure(first.code, first.message, { fields: { ...first.fields, names } })
}
