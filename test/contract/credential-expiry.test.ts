/** What drivers tell of the end of the credential that they were opened with, at fakes that answer as their vendors document it. */
import { describe, expect, test } from 'vitest'
import { driver as linodeBalancer } from '../../lib/balancers/drivers/linode/driver.ts'
import { driver as scalewayBalancer } from '../../lib/balancers/drivers/scaleway/driver.ts'
import { driver as cloudflare } from '../../lib/dns/drivers/cloudflare.ts'
import { driver as gandi } from '../../lib/dns/drivers/gandi.ts'
import { driver as linode } from '../../lib/dns/drivers/linode.ts'
import { driver as ovh } from '../../lib/dns/drivers/ovh.ts'
import { driver as scaleway } from '../../lib/dns/drivers/scaleway.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { Expiring } from '../../lib/ports.ts'
import { driver as scalewaySecrets } from '../../lib/secrets/drivers/scaleway-secret-manager/driver.ts'
import { answering, contextOver, type Reply } from '../support/driver-context.ts'

const TOKEN = '0123456789abcdef-canary-of-an-expiring-token'
const token = { from: 'env', name: 'TOKEN' } as const
const at = new Date('2026-12-31T10:00:00Z')

type Open = (context: DriverContext) => Promise<Expiring>

/** Answers by method and URL; what nobody documents is refused. `asked`: where, in order. */
async function opened(open: Open, answers: Readonly<Record<string, Reply>>) {
  const http = answering(({ method, url }) => answers[`${method} ${url}`] ?? { status: 404 })
  const { context, requests } = contextOver(http, TOKEN)
  const { expiresAt } = await open(context)
  return { expiresAt: async () => expiresAt?.(), asked: () => requests.map(({ url }) => url), requests }
}

const VERIFY = 'GET https://api.cloudflare.com/client/v4/user/tokens/verify'
const ZONES = 'GET https://api.cloudflare.com/client/v4/zones?per_page=5'
const ACCOUNT = '023e105f4ecef8ad9ca31a8372d0c353'
const verified = (more: object): Reply => ({
  status: 200,
  body: { success: true, errors: [], messages: [], result: { id: 'ed17574386854bf78a67040be0a770b0', ...more } },
})
const refused = (status: number, code: number, message: string): Reply => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
})

describe('a token of Cloudflare', () => {
  const open: Open = (context) => cloudflare.open({ token }, context)

  test('has itself verified, with the user whose it is', async () => {
    const { expiresAt } = await opened(open, {
      [VERIFY]: verified({ status: 'active', expires_on: '2026-12-31T10:00:00Z' }),
    })
    expect(await expiresAt()).toEqual(at)
  })

  test('that has no end is said to have none', async () => {
    const { expiresAt, asked } = await opened(open, { [VERIFY]: verified({ status: 'active' }) })
    expect(await expiresAt()).toBeUndefined()
    expect(asked()).toHaveLength(1)
  })

  test('of an account is verified by the account of its zones', async () => {
    const { expiresAt } = await opened(open, {
      [VERIFY]: refused(401, 1000, 'Invalid API Token'),
      [ZONES]: {
        status: 200,
        body: { result: [{ id: '1', name: 'example.com', account: { id: ACCOUNT, name: 'one' } }] },
      },
      [`GET https://api.cloudflare.com/client/v4/accounts/${ACCOUNT}/tokens/verify`]: verified({
        status: 'active',
        expires_on: '2026-12-31T10:00:00Z',
      }),
    })
    expect(await expiresAt()).toEqual(at)
  })

  test('that is valid nowhere is denied', async () => {
    const { expiresAt } = await opened(open, {
      [VERIFY]: refused(401, 1000, 'Invalid API Token'),
      [ZONES]: refused(403, 10000, 'Authentication error'),
    })
    await expect(expiresAt()).rejects.toMatchObject({ code: 'DENIED' })
  })
})

const TOKENS = 'GET https://api.linode.com/v4/profile/tokens?page=1'
const tokens = (...data: object[]): Reply => ({ status: 200, body: { data, page: 1, pages: 1, results: data.length } })
const listed = (shown: string, expiry: string | null) => ({ id: 123, label: 'one', scopes: '*', token: shown, expiry })

describe.each<[string, Open]>([
  ['DNS', (context) => linode.open({ token }, context)],
  ['NodeBalancers', (context) => linodeBalancer.open({ token }, context)],
])('a token of Linode for %s', (_kind, open) => {
  test('is found among those of the profile by the 16 characters that are shown, in a time without a zone', async () => {
    const { expiresAt } = await opened(open, {
      [TOKENS]: tokens(
        listed('fedcba9876543210', '2026-12-01T00:00:00'),
        listed(TOKEN.slice(0, 16), '2026-12-31T10:00:00'),
      ),
    })
    expect(await expiresAt()).toEqual(at)
  })

  test.each([
    ['that never expires', [listed(TOKEN.slice(0, 16), null)]],
    ['that the profile does not list', [listed('fedcba9876543210', '2026-12-31T10:00:00')]],
    ['of which too little is shown to tell it from others', [listed(TOKEN.slice(0, 4), '2026-12-31T10:00:00')]],
    [
      'that begins like another one',
      [listed(TOKEN.slice(0, 16), '2026-12-31T10:00:00'), listed(TOKEN.slice(0, 16), '2027-12-31T10:00:00')],
    ],
  ])('%s is told to have no end', async (_which, all) => {
    const { expiresAt } = await opened(open, { [TOKENS]: tokens(...all) })
    expect(await expiresAt()).toBeUndefined()
  })

  test('that may not read the profile is denied', async () => {
    const { expiresAt } = await opened(open, {
      [TOKENS]: {
        status: 401,
        body: { errors: [{ reason: 'Your OAuth token is not authorized to use this endpoint.' }] },
      },
    })
    await expect(expiresAt()).rejects.toMatchObject({ code: 'DENIED' })
  })
})

const ACCESS_KEY = 'SCW0123456789ABCDEFG'
const KEY = `GET https://api.scaleway.com/iam/v1alpha1/api-keys/${ACCESS_KEY}`
const project = '11111111-1111-4111-8111-111111111111'

describe.each<[string, (accessKey: string | undefined) => Open]>([
  ['DNS', (accessKey) => (context) => scaleway.open({ token, accessKey }, context)],
  [
    'load balancers',
    (accessKey) => (context) => scalewayBalancer.open({ token, accessKey, zone: 'fr-par-1' }, context),
  ],
  [
    'Secret Manager',
    (accessKey) => (context) =>
      scalewaySecrets.open({ token, accessKey, region: 'fr-par', projectId: project }, context),
  ],
])('an API key of Scaleway for %s', (_kind, openWith) => {
  test('is asked for by its access key', async () => {
    const { expiresAt, requests } = await opened(openWith(ACCESS_KEY), {
      [KEY]: {
        status: 200,
        body: { access_key: ACCESS_KEY, secret_key: null, expires_at: '2026-12-31T10:00:00.000Z' },
      },
    })
    expect(await expiresAt()).toEqual(at)
    expect(requests[0]?.headers).toMatchObject({ 'x-auth-token': TOKEN })
  })

  test('that never expires is told to have no end', async () => {
    const { expiresAt } = await opened(openWith(ACCESS_KEY), { [KEY]: { status: 200, body: { expires_at: null } } })
    expect(await expiresAt()).toBeUndefined()
  })

  test('is not asked for where the access key is not configured', async () => {
    const { expiresAt, asked } = await opened(openWith(undefined), {})
    expect(await expiresAt()).toBeUndefined()
    expect(asked()).toEqual([])
  })

  test('that may not read IAM is denied', async () => {
    const body = { type: 'permissions_denied', message: 'insufficient permissions', details: [] }
    const { expiresAt } = await opened(openWith(ACCESS_KEY), { [KEY]: { status: 403, body } })
    await expect(expiresAt()).rejects.toMatchObject({ code: 'DENIED' })
  })
})

describe('a personal access token of Gandi', () => {
  test('is told how many seconds it has left', async () => {
    const { expiresAt, requests } = await opened((context) => gandi.open({ token }, context), {
      'GET https://id.gandi.net/tokeninfo': { status: 200, body: { pat_name: 'one', scope: [], expires_in: 86_400 } },
    })
    const left = ((await expiresAt())?.getTime() ?? 0) - Date.now()
    expect(Math.abs(left - 86_400_000)).toBeLessThan(60_000)
    expect(requests[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` })
  })

  test('for another place than the vendor’s own is sent nowhere else', async () => {
    const endpoint = 'https://api.sandbox.gandi.net'
    const { expiresAt, asked } = await opened((context) => gandi.open({ token, endpoint }, context), {})
    expect(await expiresAt()).toBeUndefined()
    expect(asked()).toEqual([])
  })
})

describe('a consumer key of OVHcloud', () => {
  const open: Open = (context) =>
    ovh.open({ applicationKey: token, applicationSecret: token, consumerKey: token }, context)
  const CREDENTIAL = 'GET https://eu.api.ovh.com/1.0/auth/currentCredential'

  test('tells when it expires, signed as every request', async () => {
    const { expiresAt, requests } = await opened(open, {
      [CREDENTIAL]: { status: 200, body: { status: 'validated', expiration: '2026-12-31T11:00:00+01:00' } },
    })
    expect(await expiresAt()).toEqual(at)
    expect(requests[0]?.headers?.['x-ovh-signature']).toMatch(/^\$1\$[0-9a-f]{40}$/)
  })

  test('that never expires says so', async () => {
    const { expiresAt } = await opened(open, { [CREDENTIAL]: { status: 200, body: { expiration: null } } })
    expect(await expiresAt()).toBeUndefined()
  })

  test('that may not read itself is denied', async () => {
    const body = { errorCode: 'NOT_GRANTED_CALL', message: 'This call has not been granted' }
    const { expiresAt } = await opened(open, { [CREDENTIAL]: { status: 403, body } })
    await expect(expiresAt()).rejects.toMatchObject({ code: 'DENIED' })
  })
})
