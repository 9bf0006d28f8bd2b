import { Failure } from '../errors.ts'
import type { DnsChallenge, Order } from '../ports.ts'
import { type PollResult, pollResult } from './poll.ts'
import { verdictFailure } from './problem.ts'
import { type Authorization, authorizationResource, parseAnswer } from './resources.ts'
import { orderGone, type Session, unlessGone } from './session.ts'

/** The challenges that wait for us. Each authorization is read once, and none of an order that needs no proof. */
export async function pendingChallenges(order: Order, session: Session): Promise<DnsChallenge[]> {
  const challenges: DnsChallenge[] = []
  for (const url of order.status === 'pending' ? order.authorizations : []) {
    const { value: authorization } = await fetchAuthorization(url, session)
    const failure = verdictOn(authorization, session)
    if (failure !== undefined) throw failure
    if (authorization.status === 'pending') challenges.push(await dnsChallenge(url, authorization, order, session))
  }
  return challenges
}

/** Why an order became invalid, as far as its authorizations tell; undefined when they do not. */
export async function authorizationsFailure(urls: readonly string[], session: Session): Promise<Failure | undefined> {
  for (const url of urls) {
    const { value } = await fetchAuthorization(url, session)
    if (value.status === 'invalid') return verdictOn(value, session)
  }
  return undefined
}

export async function fetchAuthorization(
  url: string,
  { authority, account, validation }: Session,
): Promise<PollResult<Authorization>> {
  const operation = 'show an authorization'
  const answer = await unlessGone(authority, account.read(url, operation))
  const authorization = parseAnswer(authorizationResource(validation), answer.data, { authority, operation })
  return pollResult(authorization, authorization.status === 'pending', answer)
}

/** A token that is something else could leave the record it is written to (RFC 8555 §8.4: base64url). */
const TOKEN = /^[A-Za-z0-9_-]{1,256}$/

type PendingAuthorization = Extract<Authorization, { status: 'pending' }>

async function dnsChallenge(
  authorization: string,
  { identifier, challenges }: PendingAuthorization,
  { names }: Order,
  { authority, account, validation }: Session,
): Promise<DnsChallenge> {
  const domain = identifier.value.replace(/^\*\./, '')
  const fields = { authority, domain }
  if (names.length > 0 && !names.includes(domain) && !names.includes(`*.${domain}`)) {
    throw new Failure('ANSWER_INVALID', `${authority} asks for a proof of a name that is not in the order`, { fields })
  }
  const [challenge] = challenges
  if (challenge === undefined) {
    throw new Failure('ACME_NAME_REFUSED', `${authority} offers no ${validation} challenge for ${domain}`, { fields })
  }
  const { url, token = '', 'issuer-domain-names': issuers } = challenge
  if (validation === 'dns-persist-01') {
    // Draft -02 calls it otherwise, and takes no account's URL any more.
    if (issuers !== undefined) return { url, authorization, domain }
    const message = `${authority} offers dns-persist-01 for ${domain} in another form than that of draft -01`
    throw new Failure('ACME_NAME_REFUSED', message, { fields })
  }
  if (!TOKEN.test(token)) {
    throw new Failure('ANSWER_INVALID', `${authority} sent a challenge for ${domain} with a malformed token`, {
      fields,
    })
  }
  return { url, authorization, domain, value: await account.txtValue(token) }
}

/**
 * Why nothing comes of an authorization; undefined: it is valid, or may become so. Where our challenge is invalid the CA has
 * decided, though not every CA then says so of the authorization.
 */
export function verdictOn(authorization: Authorization, session: Session): Failure | undefined {
  const { status, identifier, challenges } = authorization
  const isRefused = challenges.some((each) => each.status === 'invalid')
  if (status === 'valid' || (status === 'pending' && !isRefused)) return undefined
  if (status === 'pending' || status === 'invalid') return validationFailure(authorization, session)
  return orderGone(session.authority, `the authorization of ${identifier?.value ?? 'a name'} is ${status}`)
}

/** What the CA has said of its looks at a name. */
export function validationFailure({ identifier, challenges }: Authorization, { authority }: Session): Failure {
  const name = identifier?.value ?? 'a name'
  const { error } = challenges.find((each) => each.error !== undefined) ?? {}
  const fields = { authority, names: identifier === undefined ? [] : [name] }
  return verdictFailure('ACME_VALIDATION_FAILED', `${authority} could not validate ${name}`, error, fields)
}
