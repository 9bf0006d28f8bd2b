import { Failure } from '../errors.ts'
import type { DnsChallenge, Order } from '../ports.ts'
import { type PollResult, poll, pollResult } from './poll.ts'
import { verdictFailure } from './problem.ts'
import { retryWithReadback } from './readback.ts'
import { type Authorization, authorizationResource, parseAnswer } from './resources.ts'
import { orderGone, type Session, unlessGone } from './session.ts'

/** The challenges that wait for us. Each authorization is read once, and none of an order that needs no proof. */
export async function pendingChallenges(order: Order, session: Session): Promise<DnsChallenge[]> {
  const challenges: DnsChallenge[] = []
  for (const url of order.status === 'pending' ? order.authorizations : []) {
    const { value: authorization } = await fetchAuthorization(url, session)
    if (authorization.status === 'valid') continue
    if (authorization.status !== 'pending') throw authorizationFailure(authorization, session)
    challenges.push(await dnsChallenge(url, authorization, order, session))
  }
  return challenges
}

/** Responds to all of them, and waits until the CA has validated each (RFC 8555 §7.5.1). */
export async function validate(challenges: readonly DnsChallenge[], session: Session): Promise<void> {
  for (const challenge of challenges) await respondToChallenge(challenge, session)
  let waiting = challenges
  const round = async (): Promise<PollResult<undefined>> => {
    const results: PollResult<Authorization>[] = []
    for (const { authorization } of waiting) results.push(await fetchAuthorization(authorization, session))
    const failed = results.map(({ value }) => value).filter(({ status }) => status !== 'pending' && status !== 'valid')
    if (failed.length > 0) throw combined(failed.map((each) => authorizationFailure(each, session)))
    waiting = waiting.filter((_, at) => results[at]?.pending)
    const pauses = results.flatMap(({ retryAfter }) => retryAfter?.getTime() ?? [])
    const retryAfter = pauses.length === 0 ? undefined : new Date(Math.max(...pauses))
    return { value: undefined, pending: waiting.length > 0, retryAfter }
  }
  if (challenges.length > 0) await poll(round, session)
}

/** Why an order became invalid, as far as its authorizations tell; undefined when they do not. */
export async function authorizationsFailure(urls: readonly string[], session: Session): Promise<Failure | undefined> {
  for (const url of urls) {
    const { value } = await fetchAuthorization(url, session)
    if (value.status === 'invalid') return authorizationFailure(value, session)
  }
  return undefined
}

async function fetchAuthorization(url: string, { authority, account }: Session): Promise<PollResult<Authorization>> {
  const operation = 'show an authorization'
  const answer = await unlessGone(authority, account.read(url, operation))
  const authorization = parseAnswer(authorizationResource, answer.data, { authority, operation })
  return pollResult(authorization, authorization.status === 'pending', answer)
}

/** A token that is something else could leave the record it is written to (RFC 8555 §8.4: base64url). */
const TOKEN = /^[A-Za-z0-9_-]{1,256}$/

type PendingAuthorization = Extract<Authorization, { status: 'pending' }>

async function dnsChallenge(
  authorization: string,
  { identifier, challenges }: PendingAuthorization,
  { names }: Order,
  { authority, account }: Session,
): Promise<DnsChallenge> {
  const domain = identifier.value.replace(/^\*\./, '')
  const fields = { authority, domain }
  if (names.length > 0 && !names.includes(domain) && !names.includes(`*.${domain}`)) {
    throw new Failure('ANSWER_INVALID', `${authority} asks for a proof of a name that is not in the order`, { fields })
  }
  const [challenge] = challenges
  if (challenge === undefined) {
    throw new Failure('ACME_NAME_REFUSED', `${authority} offers no dns-01 challenge for ${domain}`, { fields })
  }
  const { url, token = '' } = challenge
  if (!TOKEN.test(token)) {
    throw new Failure('ANSWER_INVALID', `${authority} sent a challenge for ${domain} with a malformed token`, {
      fields,
    })
  }
  return { url, authorization, domain, value: await account.txtValue(token) }
}

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

function authorizationFailure({ status, identifier, challenges }: Authorization, { authority }: Session): Failure {
  const name = identifier?.value ?? 'a name'
  if (status !== 'invalid') return orderGone(authority, `the authorization of ${name} is ${status}`)
  const error = challenges.find((each) => each.error !== undefined)?.error
  const fields = { authority, names: identifier === undefined ? [] : [name] }
  return verdictFailure('ACME_VALIDATION_FAILED', `${authority} could not validate ${name}`, error, fields)
}

/** The first failure, with the names of all. */
function combined([first, ...rest]: readonly Failure[]): Failure | undefined {
  if (first === undefined || rest.length === 0) return first
  const names = [first, ...rest].flatMap(({ fields }) => (Array.isArray(fields.names) ? fields.names : []))
  return new Failure(first.code, first.message, { fields: { ...first.fields, names } })
}
