import { randomBytes } from 'node:crypto'
import { accountUrl } from './accounts.ts'
import { checkCaa } from './caa.ts'
import type { Answer, CaContext, SignedRequest } from './context.ts'
import { look, offered } from './methods.ts'
import { Problem } from './problem.ts'
import type { Profile } from './profiles.ts'
import type { AccountRecord, AuthorizationRecord } from './state.ts'

const split = (name: string) => ({ domain: name.replace(/^\*\./, ''), wildcard: name.startsWith('*.') })

export function newAuthorization(context: CaContext, { id }: AccountRecord, name: string, profile: Profile) {
  const authorization: AuthorizationRecord = {
    id: context.nextId(),
    account: id,
    ...split(name),
    status: 'pending',
    challenge: 'pending',
    token: randomBytes(32).toString('base64url'),
    error: undefined,
    validatedAt: undefined,
    expires: new Date(context.now().getTime() + profile.pendingLife).toISOString(),
    validFor: profile.validLife,
  }
  context.state.authorizations.push(authorization)
  return authorization
}

/** A valid one that this account has already, where the CA is set to reuse them. */
export function reusableAuthorization(context: CaContext, { id }: AccountRecord, name: string) {
  if (!context.reuseAuthorizations) return undefined
  const { domain, wildcard } = split(name)
  return context.state.authorizations.find(
    (each) =>
      each.account === id &&
      each.domain === domain &&
      each.wildcard === wildcard &&
      statusOf(context, each) === 'valid',
  )
}

export const statusOf = (context: CaContext, { status, expires }: AuthorizationRecord) =>
  (status === 'pending' || status === 'valid') && new Date(expires) <= context.now() ? 'expired' : status

/** RFC 8555 §7.5 and §7.5.2. */
export async function authorization(context: CaContext, request: SignedRequest): Promise<Answer> {
  const own = ownAuthorization(context, request)
  if (request.payload !== undefined) {
    if (request.payload.status !== 'deactivated') {
      throw new Problem('malformed', 'An authorization can be deactivated, and nothing else')
    }
    own.status = 'deactivated'
    context.save()
  }
  await context.background.settled(own.id)
  const done = own.challenge !== 'pending'
  const habit = done ? context.faults.take('authorization', ['stillProcessing', 'invalidInPending']) : undefined
  if (habit?.how === 'stillProcessing') {
    return { status: 200, headers: again(context, habit.retryAfter), body: view(context, { ...own, ...WORKING }) }
  }
  if (habit) return { status: 200, body: view(context, { ...own, ...REFUSED }) }
  const headers = own.challenge === 'processing' ? again(context) : {}
  return { status: 200, headers, body: view(context, own) }
}

const WORKING = { status: 'pending', challenge: 'processing', error: undefined, validatedAt: undefined } as const

const IN_VAIN = new Problem('dns', 'DNS problem: SERVFAIL looking up TXT').document
const REFUSED = { status: 'pending', challenge: 'invalid', error: IN_VAIN, validatedAt: undefined } as const

const again = ({ pollSeconds }: CaContext, retryAfter = String(pollSeconds)) => ({ 'retry-after': retryAfter })

/** RFC 8555 §7.5.1: an object as payload tells the CA to look; it answers before it has. */
export async function challenge(context: CaContext, request: SignedRequest): Promise<Answer> {
  const own = ownAuthorization(context, request)
  const headers = { link: `<${authorizationUrl(context, own.id)}>;rel="up"` }
  if (request.payload === undefined) {
    await context.background.settled(own.id)
    return { status: 200, headers, body: challengeView(context, own) }
  }
  const status = statusOf(context, own)
  if (status === 'expired') throw new Problem('malformed', 'The authorization has expired', { status: 404 })
  if (own.challenge !== 'pending' || status !== 'pending') {
    return { status: 200, headers, body: challengeView(context, own) }
  }
  own.error = context.faults.take('challenge', ['looksInVain']) ? IN_VAIN : undefined
  if (own.error === undefined) own.challenge = 'processing'
  context.save()
  const body = challengeView(context, own)
  if (own.error !== undefined) return { status: 200, headers, body }
  context.background.start(own.id, () => validate(context, own, request.account))
  return { status: 200, headers: { ...headers, ...again(context) }, body }
}

async function validate(context: CaContext, own: AuthorizationRecord, account: AccountRecord): Promise<void> {
  try {
    const accountUri = accountUrl(context, account.id)
    await look(context, own, { accountUri, thumbprint: account.thumbprint })
    await checkCaa(context, own, accountUri)
    own.validatedAt = context.now().toISOString()
    own.expires = new Date(context.now().getTime() + own.validFor).toISOString()
  } catch (error) {
    const problem =
      error instanceof Problem ? error : new Problem('serverInternal', `The validation broke down: ${error}`)
    own.error = problem.document
  }
  own.challenge = own.error === undefined ? 'valid' : 'invalid'
  if (own.status === 'pending') own.status = own.challenge
  context.save()
}

function ownAuthorization(context: CaContext, { account, id }: SignedRequest): AuthorizationRecord {
  const found = context.state.authorizations.find((each) => each.id === id)
  if (found === undefined) throw new Problem('malformed', 'The authorization does not exist', { status: 404 })
  if (found.account !== account.id) throw new Problem('unauthorized', 'The authorization is of another account')
  return found
}

const authorizationUrl = (context: CaContext, id: string) => context.url(`/authorization/${id}`)

const view = (context: CaContext, own: AuthorizationRecord) => ({
  status: statusOf(context, own),
  expires: own.expires,
  identifier: { type: 'dns', value: own.domain },
  ...(own.wildcard ? { wildcard: true } : {}),
  challenges: [challengeView(context, own)],
})

const challengeView = (context: CaContext, own: AuthorizationRecord) => ({
  type: context.method,
  url: context.url(`/challenge/${own.id}`),
  status: own.challenge,
  ...offered(context, own, accountUrl(context, own.account)),
  ...(own.validatedAt === undefined ? {} : { validated: own.validatedAt }),
  ...(own.error === undefined ? {} : { error: own.error }),
})
