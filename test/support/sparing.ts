import fc from 'fast-check'
import { hostileJson } from './hostile.ts'

/** How CAs write their answers: what may be absent is null, empty or left out, and anything may stand beside. */

type Json = Record<string, unknown>

/** In the place of a member that may be left out. */
const NOTHING = ['as it is', null, '', 'left out'] as const

export interface Sparing {
  /** What becomes of the members that may be left out, one after the other, and again from the first. */
  readonly members: readonly (typeof NOTHING)[number][]
  /** Of all kinds but the one that is answered. */
  readonly otherChallenges: readonly unknown[]
  readonly label: string | undefined
  readonly dotted: boolean
  readonly capitals: boolean
}

const KINDS = [
  'http-01',
  'tls-alpn-01',
  'dns-account-01',
  'dns-persist-01',
  'onion-csr-01',
  'tkauth-01',
  'email-reply-00',
  'device-attest-01',
  'bp-nfs-01',
]
const member = fc.oneof(fc.constantFrom(null, '', 'pending', 'https://ca.test/challenge/9', 7, []), hostileJson)

const otherChallenge = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom(...KINDS, null, '', 7),
      url: member,
      status: member,
      token: member,
      error: member,
      validated: member,
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom(null, '', 'http-01', 7, []),
)

export const sparing: fc.Arbitrary<Sparing> = fc.record({
  members: fc.array(fc.constantFrom(...NOTHING), { minLength: 1, maxLength: 40 }),
  otherChallenges: fc.array(otherChallenge, { maxLength: 4 }),
  label: fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'application/problem+json',
    'text/plain',
    'text/html',
    'application/octet-stream',
    '',
    undefined,
  ),
  dotted: fc.boolean(),
  capitals: fc.boolean(),
})

const ORDER = ['expires', 'notBefore', 'notAfter', 'error', 'replaces']
/** What may be left out of the answer with this path, as far as the next step goes (RFC 8555 §7.1). */
function spare(path: string, { status }: Json): readonly string[] {
  if (path === '/directory') return ['revokeCert', 'renewalInfo', 'keyChange', 'newAuthz', 'meta']
  if (path === '/account') return ['status', 'contact', 'orders', 'termsOfServiceAgreed', 'externalAccountBinding']
  if (path.startsWith('/order') && status === 'pending') return [...ORDER, 'identifiers', 'finalize', 'certificate']
  if (path.startsWith('/order') && status === 'ready') return [...ORDER, 'identifiers', 'authorizations', 'certificate']
  if (path.startsWith('/order') || path.startsWith('/finalize'))
    return [...ORDER, 'identifiers', 'authorizations', 'finalize']
  if (path.startsWith('/authz') && status === 'pending') return ['expires', 'wildcard']
  return ['expires', 'wildcard', 'identifier', 'challenges', 'explanationURL']
}

/** The body of an answer as this CA writes it. */
export function written(path: string, body: unknown, { members, otherChallenges, dotted, capitals }: Sparing): unknown {
  if (typeof body !== 'object' || body === null) return body
  let at = 0
  const without = (whole: Json, names: readonly string[]): Json => {
    const changed = { ...whole }
    for (const name of names) {
      const becomes = members[at++ % members.length]
      if (becomes === 'left out') delete changed[name]
      else if (becomes !== 'as it is') changed[name] = becomes
    }
    return changed
  }
  const identifier = (whole: unknown): unknown => {
    const { type, value } = whole as { type: string; value: string }
    return { type, value: `${capitals ? value.toUpperCase() : value}${dotted ? '.' : ''}` }
  }
  const answer = structuredClone(body) as Json
  if (answer.identifier) answer.identifier = identifier(answer.identifier)
  if (Array.isArray(answer.identifiers)) answer.identifiers = answer.identifiers.map(identifier)
  if (typeof answer.meta === 'object')
    answer.meta = without(answer.meta as Json, [
      'termsOfService',
      'externalAccountRequired',
      'profiles',
      'website',
      'caaIdentities',
    ])
  if (Array.isArray(answer.challenges))
    answer.challenges = [
      ...otherChallenges,
      ...answer.challenges.map((each: Json) =>
        without(each, ['validated', 'error', ...(each.type === 'dns-01' ? ['status'] : ['url', 'status', 'token'])]),
      ),
      ...otherChallenges,
    ]
  return without(answer, spare(path, answer))
}
