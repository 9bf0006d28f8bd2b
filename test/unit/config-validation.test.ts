/** What of the configuration the methods of validation depend on. */
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { type Changes, changed, mistakesIn as mistakesInText, place } from '../support/config-text.ts'

const METHOD = 'acme.authorities.letsencrypt.validation'
const PERSISTENT = { [METHOD]: 'dns-persist-01' }
const mistakesIn = (changes: Changes) => mistakesInText(changed(changes))
const read = (changes: Changes) => parseConfig(changed(changes), place)

test.each([undefined, 'dns-01', 'dns-account-01', 'dns-persist-01'])(
  'an authority may validate by %s',
  async (method) => {
    const { authorities } = await read({ [METHOD]: method })
    expect(authorities.letsencrypt?.validation).toBe(method)
  },
)

test('another method is a mistake', async () => {
  expect(await mistakesIn({ [METHOD]: 'http-01' })).toEqual([expect.stringContaining(`${METHOD}: `)])
})

test('with another method a certificate is another one to renew: what failed is tried again', async () => {
  const hashes = [undefined, 'dns-account-01'].map(
    async (method) => (await read({ [METHOD]: method })).certificates[0]?.configHash,
  )
  expect(new Set(await Promise.all(hashes)).size).toBe(2)
})

describe('with dns-persist-01', () => {
  test.each<[what: string, dns: unknown]>([
    ['dns may be left out', undefined],
    ['dns may have settings alone', { resolvers: ['192.0.2.1'] }],
  ])('%s', async (_what, dns) => {
    const { certificates, dns: opened } = await read({ ...PERSISTENT, dns })
    expect(certificates).toMatchObject([{ id: 'shop', authorities: ['letsencrypt'] }])
    expect(opened.providers).toEqual({})
  })

  test('a name may lie in a zone that no provider lists', async () => {
    const { certificates } = await read({ ...PERSISTENT, 'certificates.shop.names': ['shop.elsewhere.example'] })
    expect(certificates[0]?.names).toEqual(['shop.elsewhere.example'])
  })

  test.each<[what: string, changes: Changes]>([
    ['a second authority that validates otherwise', { 'certificates.shop.authorities': ['letsencrypt', 'backup'] }],
    [
      'a second certificate that is validated otherwise',
      {
        'certificates.blog': {
          ...{ names: ['blog.example.com'], authorities: 'backup' },
          deploy: [{ balancer: 'us', nodeBalancer: 'apps', port: 443 }],
        },
      },
    ],
  ])('a provider is needed for %s', async (_what, changes) => {
    expect(await mistakesIn({ ...PERSISTENT, ...changes, dns: undefined })).toEqual(['dns: is missing'])
    const settings = { resolvers: ['192.0.2.1'] }
    expect(await mistakesIn({ ...PERSISTENT, ...changes, dns: settings })).toEqual(['dns: needs at least one provider'])
  })

  test('a name must lie in a listed zone where a second authority validates otherwise', async () => {
    const changes = { 'certificates.shop.authorities': ['letsencrypt', 'backup'] }
    expect(await mistakesIn({ ...PERSISTENT, ...changes, 'certificates.shop.names': ['a.example.org'] })).toEqual([
      expect.stringContaining('certificates.shop.names[0]: no DNS provider is configured for its zone'),
    ])
  })
})
