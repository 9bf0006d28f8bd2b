import { createHash, randomBytes } from 'node:crypto'
import { accountUrl } from './accounts.ts'
import { checkCaa } from './caa.ts'
import type { Answer, Office, SignedRequest } from './office.ts'
import { Problem } from './problem.ts'
import type { Profile } from './profiles.ts'
import type { AccountRecord, AuthorizationRecord } from './state.ts'

const split = (name: string) => ({ domain: name.replace(/^\*\./, ''), wildcard: name.startsWith('*.') })

export function newAuthorization(office: Office, { id }: AccountRecord, name: string, profile: Profile) {
  const authorization: AuthorizationRecord = {
    id: office.nextId(),
    account: id,
    ...split(name),
    status: 'pending',
    challenge: 'pending',
    token: randomBytes(32).toString('base64url'),
    error: undefined,
    validatedAt: undefined,
    expires: new Date(office.now().getTime() + profile.pendingLife).toISOString(),
    validFor: profile.validLife,
  }
  office.state.authorizations.push(authorization)
  return authorization
}

/** A valid one that this account has already, where the CA is set to reuse them. */
export function reusableAuthorization(office: Office, { id }: AccountRecord, name: string) {
  if (!office.reuseAuthorizations) return undefined
  const { domain, wildcard } = split(name)
  return office.state.authorizations.find(
    (each) =>
      each.account === id && each.domain === domain && each.wildcard === wildcard && statusOf(office, each) === 'valid',
  )
}

export const statusOf = (office: Office, { status, expires }: AuthorizationRecord) =>
  (status === 'pending' || status === 'valid') && new Date(expires) <= office.now() ? 'expired' : status

/** RFC 8555 §7.5 and §7.5.2. */
export async function authorization(office: Office, request: SignedRequest): Promise<Answer> {
  const own = ownAuthorization(office, request)
  if (request.payload !== undefined) {
    if (request.payload.status !== 'deactivated') {
      throw new Problem('malformed', 'An authorization can be deactivated, and nothing else')
    }
    own.status = 'deactivated'
    office.save()
  }
  await office.background.settled(own.id)
  const done = own.challenge !== 'pending'
  if (done && office.faults.take('authorization', ['stillProcessing'])) {
    return { status: 200, headers: again(office), body: view(office, { ...own, ...WORKING }) }
  }
  const headers = own.challenge === 'processing' ? again(office) : {}
  return { status: 200, headers, body: view(office, own) }
}

const WORKING = { status: 'pending', challenge: 'processing', error: undefined, validatedAt: undefined } as const

const again = ({ pollSeconds }: Office) => ({ 'retry-after': String(pollSeconds) })

/** RFC 8555 §7.5.1: an object as payload tells the CA to look; it answers before it has. */
export async function challenge(office: Office, request: SignedRequest): Promise<Answer> {
  const own = ownAuthorization(office, request)
  const headers = { link: `<${authorizationUrl(office, own.id)}>;rel="up"` }
  if (request.payload === undefined) {
    await office.background.settled(own.id)
    return { status: 200, headers, body: challengeView(office, own) }
  }
  const status = statusOf(office, own)
  if (status === 'expired') throw new Problem('malformed', 'The authorization has expired', { status: 404 })
  if (own.challenge !== 'pending' || status !== 'pending') {
    return { status: 200, headers, body: challengeView(office, own) }
  }
  own.challenge = 'processing'
  office.save()
  const body = challengeView(office, own)
  office.background.start(own.id, () => validate(office, own, request.account))
  return { status: 200, headers: { ...headers, ...again(office) }, body }
}

async function validate(office: Office, own: AuthorizationRecord, account: AccountRecord): Promise<void> {
  try {
    await checkRecord(office, own, account)
    await checkCaa(office, own, accountUrl(office, account.id))
    own.validatedAt = office.now().toISOString()
    own.expires = new Date(office.now().getTime() + own.validFor).toISOString()
  } catch (error) {
    const problem =
      error instanceof Problem ? error : new Problem('serverInternal', `The validation broke down: ${error}`)
    own.error = problem.document
  }
  own.challenge = own.error === undefined ? 'valid' : 'invalid'
  if (own.status === 'pending') own.status = own.challenge
  office.save()
}

/** RFC 8555 §8.4: one of the values must be right. */
async function checkRecord(office: Office, { domain, token }: AuthorizationRecord, { thumbprint }: AccountRecord) {
  const name = `_acme-challenge.${domain}`
  const expected = createHash('sha256').update(`${token}.${thumbprint}`).digest('base64url')
  const values = await office.resolveTxt(name).catch((error: { code?: string }) => {
    throw new Problem('dns', `DNS problem: ${error.code ?? 'trouble'} looking up TXT for ${name}`)
  })
  if (values.length === 0) throw new Problem('unauthorized', `No TXT record found at ${name}`)
  if (!values.includes(expected)) throw new Problem('unauthorized', `Incorrect TXT record found at ${name}`)
}

function ownAuthorization(office: Office, { account, id }: SignedRequest): AuthorizationRecord {
  const found = office.state.authorizations.find((each) => each.id === id)
  if (found === undefined) throw new Problem('malformed', 'The authorization does not exist', { status: 404 })
  if (found.account !== account.id) throw new Problem('unauthorized', 'The authorization is of another account')
  return found
}

const authorizationUrl = (office: Office, id: string) => office.url(`/authorization/${id}`)

const view = (office: Office, own: AuthorizationRecord) => ({
  status: statusOf(office, own),
  expires: own.expires,
  identifier: { type: 'dns', value: own.domain },
  ...(own.wildcard ? { wildcard: true } : {}),
  challenges: [challengeView(office, own)],
})

const challengeView = (office: Office, own: AuthorizationRecord) => ({
  type: 'dns-01',
  url: office.url(`/challenge/${own.id}`),
  status: own.challenge,
  token: own.token,
  ...(own.validatedAt === undefined ? {} : { validated: own.validatedAt }),
  ...(own.error === undefined ? {} : { error: own.error }),
})
