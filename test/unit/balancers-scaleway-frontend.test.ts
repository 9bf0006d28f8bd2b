import { describe, expect, test } from 'vitest'
import type { CertificateObject, FrontendObject } from '../../lib/balancers/drivers/scaleway/api.ts'
import { changedSettings, idsWith, servesAll, settingsWith } from '../../lib/balancers/drivers/scaleway/frontend.ts'

const OURS = 'newleaf-prod-shop-00000000000000'

const certificate = (id: string, name: string, ...names: string[]): CertificateObject => {
  const [common_name = '', ...subject_alternative_name] = names
  return { id, name, type: 'custom', status: 'ready', common_name, subject_alternative_name, not_valid_after: '' }
}

const SHOP = ['shop.example', '*.shop.example'] as const
const own = { id: 'new', name: `${OURS}09`, names: SHOP }
const known = [
  certificate('new', `${OURS}09`, ...SHOP),
  certificate('old', `${OURS}01`, ...SHOP),
  certificate('older', `${OURS}00`, 'shop.example'),
  certificate('eu', 'newleaf-prod-shop-eu-0000000000000000', 'eu.example'),
  certificate('staging', 'newleaf-staging-shop-0000000000000000', 'staging.example'),
  certificate('partner', 'partner', 'partner.example'),
  certificate('friend', 'friend', 'friend.example'),
  certificate('same', 'by hand', 'other.example', 'SHOP.example'),
  certificate('label', 'by hand', 'www.shop.example'),
  certificate('wide', 'by hand', '*.example'),
  certificate('deep', 'by hand', '*.www.shop.example'),
]

describe('the list of certificates with the new one in it', () => {
  test.each([
    ['stands alone where there was none', [], ['new']],
    ['goes to the end when nothing else serves its names', ['partner'], ['partner', 'new']],
    ['takes the place of the old one', ['partner', 'old', 'friend'], ['partner', 'new', 'friend']],
    ['stays first, and so the default', ['old', 'partner'], ['new', 'partner']],
    ['takes the first place of several old ones', ['partner', 'older', 'friend', 'old'], ['partner', 'new', 'friend']],
    ['keeps its own place', ['partner', 'new', 'friend'], ['partner', 'new', 'friend']],
    ['drives out an old one behind it', ['partner', 'new', 'old'], ['partner', 'new']],
    ['drives out an old one before it', ['old', 'partner', 'new'], ['new', 'partner']],
    ['goes before a foreign one of the same name', ['partner', 'same'], ['partner', 'new', 'same']],
    ['goes before a foreign wildcard over its name', ['wide', 'friend'], ['new', 'wide', 'friend']],
    ['goes before a foreign one that stands before the old one', ['same', 'old'], ['new', 'same']],
    ['stays before a foreign one that stands behind it', ['old', 'friend', 'same'], ['new', 'friend', 'same']],
    ['moves itself before a foreign one', ['same', 'new'], ['new', 'same']],
    ['leaves a foreign one for a single host before its wildcard', ['label', 'old'], ['label', 'new']],
    ['leaves a foreign wildcard of another depth', ['deep', 'old'], ['deep', 'new']],
    ['leaves certificates of ours with a longer id', ['eu', 'old'], ['eu', 'new']],
    ['leaves those of another installation', ['staging', 'old'], ['staging', 'new']],
    ['goes before what nobody knows', ['partner', 'unknown'], ['partner', 'new', 'unknown']],
  ])('%s', (_title, ids, expected) => {
    const result = idsWith(own, { ids, known })
    expect(result).toEqual(expected)
    expect(idsWith(own, { ids: result, known }), 'a second time').toEqual(result)
  })

  test('of any list: foreign ones stay in their order, the new one is there once and serves all its names', () => {
    const ids = [...known.map(({ id }) => id), 'unknown']
    const versions = ['new', 'old', 'older']
    let seed = 1
    const draw = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 2_000; round++) {
      const pool = [...ids]
      const list = Array.from({ length: draw(ids.length) }, () => pool.splice(draw(pool.length), 1)[0] ?? '')
      const result = idsWith(own, { ids: list, known })
      expect(result.filter((id) => id !== 'new')).toEqual(list.filter((id) => !versions.includes(id)))
      expect(result.filter((id) => id === 'new')).toEqual(['new'])
      expect(servesAll(own, { ids: result, known })).toBe(true)
      expect(idsWith(own, { ids: result, known })).toEqual(result)
    }
  })
})

describe('a certificate serves its names', () => {
  test.each([
    ['when it stands alone', ['new'], true],
    ['when nothing before it covers one of them', ['partner', 'deep', 'new', 'same'], true],
    ['not when it is not bound', ['partner'], false],
    ['not when an old version stands before it', ['old', 'new'], false],
    ['not when a foreign one stands before it for one of them', ['wide', 'new'], false],
    ['not when nobody knows what stands before it', ['unknown', 'new'], false],
  ])('%s', (_title, ids, expected) => {
    expect(servesAll(own, { ids, known })).toBe(expected)
  })
})

const frontend: FrontendObject = {
  id: 'f',
  name: 'https',
  inbound_port: 443,
  backend: { id: 'b' },
  lb: { id: 'l' },
  certificate_ids: ['old'],
  timeout_client: 30_000,
  connection_rate_limit: 100,
  enable_access_logs: true,
  enable_http3: true,
  updated_at: '2026-07-21T10:19:18.039716Z',
}

describe('an update of a frontend', () => {
  test('says everything again, as it was read', () => {
    expect(settingsWith(frontend, ['new'])).toEqual({
      name: 'https',
      inbound_port: 443,
      backend_id: 'b',
      certificate_ids: ['new'],
      timeout_client: 30_000,
      connection_rate_limit: 100,
      enable_access_logs: true,
      enable_http3: true,
    })
  })

  test('says no timeout where there is none, and no limit as 0', () => {
    const settings = settingsWith({ ...frontend, timeout_client: null, connection_rate_limit: null }, [])
    expect(settings).not.toHaveProperty('timeout_client')
    expect(settings).toMatchObject({ connection_rate_limit: 0, certificate_ids: [] })
  })

  test('gives a timeout back in the type in which it was read', () => {
    expect(settingsWith({ ...frontend, timeout_client: '300s' }, [])).toMatchObject({ timeout_client: '300s' })
  })

  test('is compared in every field that the API shows, but for certificates and what changes by itself', () => {
    const lb = { id: 'l', status: 'pending' }
    const backend = { id: 'b', updated_at: 'later' }
    const same = { ...frontend, lb, backend, certificate_ids: ['new'], certificate: {}, updated_at: 'later' }
    expect(changedSettings(frontend, same)).toEqual([])
    expect(
      changedSettings(frontend, { ...frontend, backend: { id: 'other' }, name: 'x', field_of_tomorrow: 1 }),
    ).toEqual(['backend', 'field_of_tomorrow', 'name'])
  })
})
