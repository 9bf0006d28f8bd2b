import { createAuthority } from '../../lib/acme/authority.ts'
import type { Http, HttpRequest } from '../../lib/platform/http.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { Clock, SecretStore } from '../../lib/ports.ts'
import { type Spoiling, spoiled } from './spoiling.ts'

export const CA = 'https://ca.test'

const directory = {
  newNonce: `${CA}/nonce`,
  newAccount: `${CA}/account`,
  newOrder: `${CA}/order`,
  revokeCert: `${CA}/revoke`,
  renewalInfo: `${CA}/info`,
  keyChange: `${CA}/key-change`,
  meta: { termsOfService: `${CA}/terms`, website: CA, profiles: { tlsserver: 'a', shortlived: 'b' } },
}
const order = {
  status: 'pending',
  expires: '2026-11-29T06:00:00Z',
  identifiers: [
    { type: 'dns', value: 'shop.test' },
    { type: 'dns', value: '*.shop.test' },
  ],
  authorizations: [`${CA}/authz/1`, `${CA}/authz/2`],
  finalize: `${CA}/finalize/1`,
}
const authorization = (number: number, status: string) => ({
  status,
  expires: '2026-11-29T06:00:00Z',
  identifier: { type: 'dns', value: 'shop.test' },
  wildcard: number === 2,
  challenges: [
    { type: 'dns-01', url: `${CA}/challenge/${number}`, status, token: 'abc_DEF-123' },
    { type: 'http-01', url: `${CA}/challenge/http`, status: 'pending', token: 'abc' },
  ],
})

export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A CA that plays one order from its beginning to its end, in memory. `chainPem` is what it issues. */
export function scriptedCa(chainPem: string) {
  let proved = false
  let finalized = false
  const known = () => ({
    ...order,
    ...(proved && { status: 'ready' }),
    ...(finalized && { status: 'valid', certificate: `${CA}/certificate/1` }),
  })
  return ({ url, method, body }: HttpRequest): ScriptedAnswer => {
    const path = new URL(url).pathname
    const kid = body === undefined ? undefined : kidOf(body)
    if (method === 'POST' && kid !== undefined && kid !== `${CA}/account/1`) {
      return { status: 400, body: { type: 'urn:ietf:params:acme:error:accountDoesNotExist', detail: 'unknown' } }
    }
    const [, number] = /^\/authz\/(\d)$/.exec(path) ?? []
    if (number !== undefined) return { status: 200, body: authorization(Number(number), proved ? 'valid' : 'pending') }
    switch (path) {
      case '/directory':
        return { status: 200, body: directory }
      case '/account':
        return {
          status: 201,
          headers: { location: `${CA}/account/1` },
          body: { status: 'valid', contact: [], orders: `${CA}/orders` },
        }
      case '/order':
        return { status: 201, headers: { location: `${CA}/order/1` }, body: order }
      case '/order/1':
        return { status: 200, body: known() }
      case '/challenge/1':
      case '/challenge/2':
        proved = true
        return { status: 200, body: authorization(1, 'pending').challenges[0] }
      case '/finalize/1':
        finalized = true
        return { status: 200, headers: { 'retry-after': '1' }, body: { ...order, status: 'processing' } }
      case '/certificate/1':
        return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: chainPem }
      case '/nonce':
      case '/revoke':
        return { status: 200, body: '' }
      default:
        return path.startsWith('/info/')
          ? {
              status: 200,
              headers: { 'retry-after': '21600' },
              body: {
                suggestedWindow: { start: '2027-01-01T00:00:00Z', end: '2027-01-03T00:00:00Z' },
                explanationURL: `${CA}/why`,
              },
            }
          : { status: 404, body: { type: 'urn:ietf:params:acme:error:malformed', detail: 'there is no such place' } }
    }
  }
}

const kidOf = (jws: string): string | undefined => {
  const { protected: header } = JSON.parse(jws) as { protected: string }
  return (JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { kid?: string }).kid
}

/** Never waits: a sleep sets the time on. */
export function virtualClock(start = new Date('2026-11-22T06:00:00Z')): Clock {
  let now = start.getTime()
  return {
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      now += milliseconds
    },
  }
}

/** Our authority in front of that CA, whose answers `spoiling` spoils, and `instead` replaces. What was sent is kept. */
export function spoiledAuthority(
  chainPem: string,
  secrets: SecretStore,
  spoiling: Spoiling | undefined,
  instead: (request: HttpRequest) => ScriptedAnswer | undefined = () => undefined,
) {
  const clock = virtualClock()
  const began = clock.now().getTime()
  const requests: HttpRequest[] = []
  const answer = scriptedCa(chainPem)
  const http: Http = {
    async send(request) {
      const index = requests.push(request) - 1
      const plain = instead(request) ?? answer(request)
      const sound = {
        ...plain,
        headers: { 'content-type': 'application/json', 'replay-nonce': `nonce-${index}`, ...plain.headers },
      }
      const { status, headers, body } =
        spoiling === undefined
          ? spoiled(sound, { answer: 1, status: undefined, changes: [], cuts: [], headers: {} }, 0)
          : spoiled(sound, spoiling, index)
      return { status, headers, body, receivedAt: clock.now() }
    },
    close: async () => {},
  }
  const authority = createAuthority(
    'practice',
    { directory: `${CA}/directory`, agreeToTerms: true },
    {
      secrets,
      http,
      resolve: async () => new Secret('canary-token-hmac'),
      requireUnbound: async () => {},
      clock,
      random: () => 0.5,
      log: createLog(silent, clock),
      timeLeft: () => 600_000 - (clock.now().getTime() - began),
    },
  )
  return { authority, requests, clock }
}
