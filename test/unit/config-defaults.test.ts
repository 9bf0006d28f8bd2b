import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { changed, mistakesIn, place } from '../support/config-text.ts'

const EDGE = { balancer: 'fr', loadBalancer: 'edge', frontend: 'https' }
const OTHER = { balancer: 'fr', loadBalancer: 'edge', frontend: 'other' }
const shop = { names: ['shop.example.com'] }

const specsOf = async (defaults: object, certificates: object) =>
  (await parseConfig(changed({ defaults, certificates }), place)).certificates
const without = (defaults: object, certificates: object) => mistakesIn(changed({ defaults, certificates }))

describe('a certificate takes from the defaults', () => {
  test('each field that it does not have itself, and is then as if the field stood in it', async () => {
    const defaults = { key: 'rsa-2048', authorities: ['backup'], profile: 'short', deploy: [EDGE] }
    expect(await specsOf(defaults, { shop })).toEqual(await specsOf({}, { shop: { ...shop, ...defaults } }))
  })

  test('no field that it has: what it says takes the place of the whole default', async () => {
    const defaults = { authorities: ['backup', 'letsencrypt'], deploy: [EDGE] }
    const [spec] = await specsOf(defaults, { shop: { ...shop, authorities: 'letsencrypt', deploy: [OTHER] } })
    expect(spec).toMatchObject({ authorities: ['letsencrypt'], targets: [{ name: 'fr/edge/other' }] })
    expect(spec?.targets).toHaveLength(1)
  })

  test.each([
    ['that is imported', { imported: true }, { authorities: 'backup', profile: 'short', key: 'rsa-2048' }],
    ['that is self-signed', { selfSigned: true }, { authorities: 'backup', profile: 'short' }],
    ['that is self-signed, among imported ones', { selfSigned: true }, { imported: true }],
    ['that is imported, among self-signed ones', { imported: true }, { selfSigned: true, days: 30 }],
    ['that is ordered', {}, { days: 30 }],
  ])('nothing that one %s cannot heed', async (_which, own, unheeded) => {
    const certificates = { shop: { ...shop, ...own, deploy: [EDGE] } }
    expect(await specsOf(unheeded, certificates)).toEqual(await specsOf({}, certificates))
  })

  test('where it comes from', async () => {
    expect(await specsOf({ selfSigned: true, days: 30, deploy: [EDGE] }, { shop })).toMatchObject([
      { authorities: ['selfSigned'], selfSigned: { days: 30 } },
    ])
  })

  test('what its configHash depends on: a failure is held back no longer once a default changes that it takes', async () => {
    const hashes = async (defaults: object) =>
      (await specsOf(defaults, { shop, blog: { names: ['blog.example.com'], key: 'rsa-2048' } })).map(
        ({ configHash }) => configHash,
      )
    const [before, blogBefore] = await hashes({ key: 'ecdsa-p256', deploy: [EDGE] })
    const [after, blogAfter] = await hashes({ key: 'ecdsa-p384', deploy: [EDGE] })
    expect(after).not.toBe(before)
    expect(blogAfter).toBe(blogBefore)
  })
})

describe('mistakes', () => {
  test('in the defaults are told there, once', async () => {
    const defaults = {
      key: 'rsa',
      profile: 5,
      authorities: ['bakup'],
      deploy: [{ ...EDGE, balancer: 'frr' }],
      names: ['x.example.com'],
    }
    expect(await without(defaults, { shop, blog: { names: ['blog.example.com'] } })).toEqual([
      expect.stringMatching(/^defaults.key: expected one of/),
      expect.stringMatching(/^defaults.profile: expected text/),
      'defaults.authorities[0]: there is no such authority; did you mean "backup"?',
      'defaults.deploy[0].balancer: there is no such balancer; did you mean "fr"?',
      expect.stringMatching(/^defaults.names: unknown field/),
    ])
  })

  test('of what a certificate makes of them are told at the certificate', async () => {
    expect(
      await without(
        { key: 'ecdsa-p256', deploy: [EDGE] },
        { shop: { ...shop, deploy: [{ balancer: 'us', nodeBalancer: 'apps', port: 443 }] } },
      ),
    ).toEqual([
      expect.stringMatching(/^certificates.shop.key: not accepted by all targets: deploy\[0\] \(balancer us\)/),
    ])
    const both = { names: ['shop.example.com', 'blog.example.com'] }
    expect(await without({ deploy: [EDGE] }, { shop, both })).toEqual([
      expect.stringMatching(/^certificates.both.deploy\[0\]: serves one certificate for shop.example.com/),
    ])
  })

  test('a certificate that goes nowhere, by itself or by default, is one', async () => {
    expect(await without({ key: 'auto' }, { shop })).toEqual(['certificates.shop.deploy: is missing'])
    expect(await without({}, { shop: { ...shop, deplyo: [EDGE] } })).toEqual([
      'certificates.shop.deplyo: unknown field; did you mean "deploy"?',
    ])
  })
})
