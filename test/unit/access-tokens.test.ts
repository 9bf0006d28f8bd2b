import { expect, test } from 'vitest'
import { accessTokens } from '../../lib/platform/access-tokens.ts'
import { HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { anyAnswer, createRest, type Explanation, type RestOptions } from '../../lib/platform/rest.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { tokenEndpoint } from '../../lib/platform/token-endpoint.ts'
import type { Reply } from '../support/driver-context.ts'

const START = Date.parse('2026-11-22T06:00:00Z')
const SECRET = 'canary-secret-of-a-client'
const TOKEN_URL = 'https://login.test/tenant/token'

const issued = (access_token: string, more: object = {}): Reply => ({
  status: 200,
  body: { access_token, token_type: 'Bearer', expires_in: 3600, ...more },
})

interface Site {
  /** What the token endpoint says, one after the other; after these it issues `token-1`, `token-2` and so on. */
  readonly issuing?: readonly Reply[]
  /** What the API says to a request with this header. */
  api?(authorization: string | undefined): Reply
}

/** An API whose tokens a token endpoint issues, and a clock that only goes when told to. */
function site({ issuing = [], api = () => ({ status: 200, body: {} }) }: Site = {}) {
  const requests: HttpRequest[] = []
  let now = START
  const clock = {
    now: () => new Date(now),
    async sleep(milliseconds: number) {
      now += milliseconds
    },
  }
  const asked = () => requests.filter(({ url }) => url === TOKEN_URL).length
  async function send(request: HttpRequest) {
    requests.push(request)
    const isForToken = request.url === TOKEN_URL
    const reply = isForToken
      ? (issuing[asked() - 1] ?? issued(`token-${asked()}`))
      : api(request.headers?.authorization)
    await Promise.resolve()
    return { headers: {}, receivedAt: clock.now(), ...reply, body: JSON.stringify(reply.body ?? {}) }
  }
  const http = { send, close: async () => {} }
  const open = (options: RestOptions) => createRest(http, options, { clock, random: () => 0.5, timeLeft: () => HOUR })
  const grant = () => ({ grant_type: 'client_credentials', client_secret: new Secret(SECRET) })
  const authorization = accessTokens(
    tokenEndpoint({ vendor: 'Acme Login', url: TOKEN_URL, grant }, { rest: open }),
    clock,
  )
  const explain = (_status: number, body: unknown) => body as Explanation
  const rest = open({ vendor: 'Acme Cloud', endpoint: 'https://api.test', headers: {}, authorization, explain })
  return {
    authorization,
    requests,
    asked,
    pass: clock.sleep,
    call: (method: 'GET' | 'POST' = 'GET') => rest.call({ method, path: '/things', answer: anyAnswer }),
    /** The headers that the API has seen, oldest first. */
    seen: () => requests.filter(({ url }) => url !== TOKEN_URL).map(({ headers }) => headers?.authorization),
  }
}

const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

test('a token is asked for with a form, and nothing is asked for before it is needed', async () => {
  const { requests, call } = site()
  expect(requests).toEqual([])
  await call()
  expect(requests[0]).toMatchObject({
    method: 'POST',
    url: TOKEN_URL,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=client_credentials&client_secret=${SECRET}`,
  })
})

test('requests share a token, those that need it at once as well', async () => {
  const { asked, call, seen } = site()
  await Promise.all([call(), call('POST'), call()])
  await call()
  expect(asked()).toBe(1)
  expect(seen()).toEqual(Array(4).fill('Bearer token-1'))
})

test('a token is fetched again in its last minute, and not sooner', async () => {
  const { call, pass, seen } = site()
  await call()
  await pass(HOUR - MINUTE - 1)
  await call()
  await pass(1)
  await Promise.all([call(), call()])
  expect(seen()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2', 'Bearer token-2'])
})

test('a request that is refused with 401 is sent once more with another token, whatever it is', async () => {
  const { call, seen } = site({ api: (held) => ({ status: held === 'Bearer token-1' ? 401 : 200 }) })
  await call('POST')
  expect(seen()).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('requests that are refused together share the next token', async () => {
  const { asked, call } = site({ api: (held) => ({ status: held === 'Bearer token-1' ? 401 : 200 }) })
  await Promise.all([call(), call('POST'), call('POST')])
  expect(asked()).toBe(2)
})

test('a refusal that comes late costs nobody the token that was fetched since', async () => {
  const { asked, authorization } = site()
  const first = await authorization.current()
  authorization.discard(first)
  const second = await authorization.current()
  authorization.discard(first)
  expect([await authorization.current(), asked()]).toEqual([second, 2])
})

test('a request whose second token is refused as well is DENIED', async () => {
  const { call, seen } = site({ api: () => ({ status: 401 }) })
  await expect(call()).rejects.toMatchObject({ code: 'DENIED', fields: { vendor: 'Acme Cloud', status: 401 } })
  expect(seen()).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('a request that is refused with 403 is DENIED with the token that it has', async () => {
  const { asked, call } = site({ api: () => ({ status: 403 }) })
  await expect(call()).rejects.toMatchObject({ code: 'DENIED' })
  expect(asked()).toBe(1)
})

test.each(['invalid_client', 'invalid_grant', 'unauthorized_client'])(
  'credentials that are refused with %s are DENIED in the words of the token endpoint, and the API is not asked',
  async (error) => {
    const refusal = { status: 400, body: { error, error_description: `who is ${SECRET}?` } }
    const { call, seen } = site({ issuing: [refusal] })
    const refused = await failure(call())
    expect(refused).toMatchObject({ code: 'DENIED', message: expect.stringContaining(`${error}: who is …?`) })
    expect(JSON.stringify([refused, String(refused)])).not.toContain(SECRET)
    expect(seen()).toEqual([])
    await call()
    expect(seen()).toEqual(['Bearer token-2'])
  },
)

test('a token endpoint that breaks down is asked again for a request that may be sent again', async () => {
  const { call, seen } = site({ issuing: [{ status: 503 }] })
  await call()
  expect(seen()).toEqual(['Bearer token-2'])
})

test.each([
  ['no lifetime', { expires_in: undefined }],
  ['another type', { token_type: 'mac' }],
  ['a line break', { access_token: 'a\r\nx-other: b' }],
])('a token with %s is not used', async (_what, more) => {
  const { call, seen } = site({ issuing: [issued('token', more)] })
  await expect(call()).rejects.toMatchObject({ code: 'ANSWER_INVALID', fields: { vendor: 'Acme Login' } })
  expect(seen()).toEqual([])
})

test('a token that the API repeats is not told', async () => {
  const repeats = (held = '') => ({ status: 400, body: { reason: `who is ${held.replace('Bearer ', '')}?` } })
  const { call } = site({ issuing: [issued('canary-access-token')], api: repeats })
  const refused = await failure(call())
  expect((refused as Error).message).toBe('Acme Cloud answered GET /things with 400: who is …?')
})
