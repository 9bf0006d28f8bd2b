import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Balancer } from '../../lib/config/drivers.ts'
import { parseConfig } from '../../lib/config/load.ts'
import { registries } from '../../lib/config/registries.ts'
import type { KeyAlgorithm } from '../../lib/types.ts'
import { type Changes, changed, mistakesIn, place } from '../support/config-text.ts'

const fr = { balancer: 'fr', loadBalancer: 'edge', frontend: 'https' }
const us = { balancer: 'us', nodeBalancer: 'apps', port: 443 }
const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}.example.com`)

const shopOf = async (changes: Changes) => {
  const { certificates } = await parseConfig(changed(changes), place)
  const shop = certificates.find(({ id }) => id === 'shop')
  if (shop === undefined) throw new Error('shop was not read')
  return shop
}

describe('a certificate', () => {
  test('has its names as lower-case A-labels, in the order in which they stand', async () => {
    const { names } = await shopOf({ 'certificates.shop.names': ['WWW.Example.com.', '*.bücher.Example.com'] })
    expect(names).toEqual(['www.example.com', '*.xn--bcher-kva.example.com'])
  })

  test.each<[unknown, string[]]>([
    [undefined, ['letsencrypt']],
    ['backup', ['backup']],
    [
      ['backup', 'letsencrypt'],
      ['backup', 'letsencrypt'],
    ],
  ])('asks of the authorities %s: %s', async (written, authorities) => {
    expect((await shopOf({ 'certificates.shop.authorities': written })).authorities).toEqual(authorities)
  })

  test('names each target by its balancer and the values of its listener, in the order of the driver', async () => {
    const deploy = [{ frontend: 'https', loadBalancer: 'edge', balancer: 'fr' }, us]
    const { targets } = await shopOf({ 'certificates.shop.deploy': deploy })
    expect(targets.map(({ name }) => name)).toEqual(['fr/edge/https', 'us/apps/443'])
    expect(targets[1]?.listener).toEqual({ nodeBalancer: 'apps', port: 443 })
  })

  test('may share its listener with another certificate', async () => {
    const other = { names: ['other.example.com'], deploy: [fr] }
    expect(await mistakesIn(changed({ 'certificates.other': other }))).toEqual([])
  })
})

/** What is said of two certificates for the same names. */
const TWIN =
  'certificates.twin.names: the same names as certificates.shop; make one certificate of the two, or give each a key of ' +
  'another family (rsa-…, ecdsa-…) and targets of its own'

test('two certificates may have the same names when their keys are of two families, each at a target of its own', async () => {
  const twin = {
    names: ['*.shop.example.com', 'shop.example.com'],
    key: 'rsa-2048',
    deploy: [{ ...fr, frontend: 'rsa' }],
  }
  const changes = { 'certificates.shop.key': 'ecdsa-p256', 'certificates.shop.deploy': [fr], 'certificates.twin': twin }
  expect(await mistakesIn(changed(changes))).toEqual([])
})

test('a target may say that it is private, which changes neither its name nor what a renewal depends on', async () => {
  const [plain, hidden] = await Promise.all(
    [fr, { ...fr, private: true }].map((target) => shopOf({ 'certificates.shop.deploy': [target] })),
  )
  expect(hidden?.targets).toEqual([{ ...plain?.targets[0], private: true }])
  expect(hidden?.configHash).toBe(plain?.configHash)
  const wrong = { 'certificates.shop.deploy': [{ ...fr, private: 'yes' }] }
  expect(await mistakesIn(changed(wrong))).toEqual(['certificates.shop.deploy[0].private: expected true or false'])
})

describe('the key of a certificate', () => {
  test.each<[unknown, object[], KeyAlgorithm]>([
    ['auto', [fr], 'ecdsa-p256'],
    [undefined, [fr], 'ecdsa-p256'],
    ['auto', [fr, us], 'rsa-2048'],
    ['auto', [us, fr], 'rsa-2048'],
    ['ecdsa-p384', [fr], 'ecdsa-p384'],
    ['rsa-4096', [fr, us], 'rsa-4096'],
  ])('%s is one that every target takes', async (key, deploy, resolved) => {
    const changes = { 'certificates.shop.key': key, 'certificates.shop.deploy': deploy }
    expect((await shopOf(changes)).key).toBe(resolved)
  })

  test('that a target cannot serve is refused, with what it accepts', async () => {
    const changes = { 'certificates.shop.key': 'ecdsa-p256', 'certificates.shop.deploy': [fr, us] }
    expect(await mistakesIn(changed(changes))).toEqual([
      'certificates.shop.key: not accepted by all targets: deploy[1] (balancer us) accepts rsa-2048, rsa-3072, rsa-4096',
    ])
  })

  test('cannot be found where the targets accept nothing in common', async () => {
    const strict: Balancer = {
      options: v.strictObject({}),
      listener: v.strictObject({ port: v.number() }),
      identity: ['port'],
      supportedKeys: ['ecdsa-p384'],
    }
    const kinds = { ...registries, balancers: { ...registries.balancers, strict: async () => ({ driver: strict }) } }
    const changes = {
      'balancers.eu': { use: 'strict' },
      'certificates.shop.deploy': [us, { balancer: 'eu', port: 443 }],
    }
    expect(await mistakesIn(changed(changes), kinds)).toEqual([
      'certificates.shop.key: no key is accepted by all targets: deploy[0] (balancer us) accepts rsa-2048, rsa-3072, rsa-4096; deploy[1] (balancer eu) accepts ecdsa-p384',
    ])
  })
})

const path = 'certificates.shop'
describe('is refused:', () => {
  test.each<[string, Changes, string[]]>([
    ['no name', { [`${path}.names`]: [] }, [`${path}.names: must not be empty`]],
    [
      'F-82: more than 100 names',
      { [`${path}.names`]: names(101) },
      [`${path}.names: a certificate holds 100 names at most`],
    ],
    [
      'F-82: more than 25 names of the profile tlsserver',
      { [`${path}.names`]: names(26), [`${path}.profile`]: 'tlsserver' },
      [`${path}.names: a certificate of this profile holds 25 names at most`],
    ],
    [
      'more than 25 names of the profile shortlived',
      { [`${path}.names`]: names(26), [`${path}.profile`]: 'shortlived' },
      [`${path}.names: a certificate of this profile holds 25 names at most`],
    ],
    [
      'F-81: a name twice, in another script',
      { [`${path}.names`]: ['BÜCHER.example.com', 'xn--bcher-kva.example.com.'] },
      [`${path}.names[1]: the same name as names[0]`],
    ],
    [
      'a name beside the wildcard that covers it',
      { [`${path}.names`]: ['www.example.com', '*.example.com'] },
      [`${path}.names[0]: the wildcard names[1] covers it already; leave one of the two out`],
    ],
    [
      'F-82: a name outside of every zone',
      { [`${path}.names`]: ['shop.example.com', 'example.org', 'notexample.com'] },
      [
        `${path}.names[1]: no DNS provider is configured for its zone: add the zone to \`zones\` of one; if a CNAME leads its challenge elsewhere, let one provider list no zones`,
        `${path}.names[2]: no DNS provider is configured for its zone: add the zone to \`zones\` of one; if a CNAME leads its challenge elsewhere, let one provider list no zones`,
      ],
    ],
    [
      'an unknown authority',
      { [`${path}.authorities`]: 'backups' },
      [`${path}.authorities: there is no such authority; did you mean "backup"?`],
    ],
    [
      'an authority twice',
      { [`${path}.authorities`]: ['backup', 'backup'] },
      [`${path}.authorities[1]: the same authority as authorities[0]`],
    ],
    ['no authority', { [`${path}.authorities`]: [] }, [`${path}.authorities: must not be empty`]],
    [
      'a profile that is no word',
      { [`${path}.profile`]: 'tls server' },
      [`${path}.profile: expected the name of a profile of the authority`],
    ],
    ['no target', { [`${path}.deploy`]: [] }, [`${path}.deploy: must not be empty`]],
    ['deploy left out', { [`${path}.deploy`]: undefined }, [`${path}.deploy: is missing`]],
    [
      'an unknown balancer',
      { [`${path}.deploy`]: [{ ...fr, balancer: 'fra' }] },
      [`${path}.deploy[0].balancer: there is no such balancer; did you mean "fr"?`],
    ],
    [
      'a target without a balancer',
      { [`${path}.deploy`]: [{ balancr: 'fr', loadBalancer: 'edge', frontend: 'https' }] },
      [`${path}.deploy[0].balancer: is missing`, `${path}.deploy[0].balancr: unknown field; did you mean "balancer"?`],
    ],
    [
      'a field of another balancer',
      { [`${path}.deploy`]: [{ balancer: 'us', nodeBalancer: 'apps', frontend: 'x', port: 0 }] },
      [
        `${path}.deploy[0].frontend: unknown field; known: nodeBalancer, port`,
        `${path}.deploy[0].port: expected 1 or more`,
      ],
    ],
    [
      'the same target twice',
      { [`${path}.deploy`]: [fr, us, { ...fr }] },
      [`${path}.deploy[2]: the same target as deploy[0]`],
    ],
    [
      'F-81: two certificates for the same names',
      {
        'certificates.twin': { names: ['*.SHOP.example.com', 'shop.example.com'], deploy: [fr] },
      },
      [TWIN],
    ],
    [
      'two certificates for the same names with keys of two families, at one target',
      {
        'certificates.shop.key': 'ecdsa-p256',
        [`${path}.deploy`]: [fr],
        'certificates.twin': { names: ['*.SHOP.example.com', 'shop.example.com'], key: 'rsa-2048', deploy: [fr] },
      },
      [TWIN],
    ],
    [
      'two certificates of which each would be served for a name of the other, at a listener that holds several',
      {
        [`${path}.deploy`]: [fr],
        'certificates.twin': { names: ['more.example.com', 'shop.example.com'], deploy: [fr] },
      },
      [
        'certificates.twin.deploy[0]: serves one certificate for shop.example.com, and certificates.shop goes there already; leave the name out of one of the two',
      ],
    ],
    [
      'F-81: two certificates for a listener that holds one',
      {
        [`${path}.deploy`]: [fr, us],
        'certificates.blog': { names: ['blog.example.com'], deploy: [fr, us] },
      },
      ['certificates.blog.deploy[1]: holds one certificate, and certificates.shop goes there already'],
    ],
    [
      'what only an order could heed, of a certificate that is imported',
      {
        [`${path}.imported`]: true,
        [`${path}.key`]: 'rsa-2048',
        [`${path}.profile`]: 'shortlived',
        [`${path}.authorities`]: 'letsencrypt',
      },
      [
        `${path}.key: an imported certificate is not ordered; leave this out`,
        `${path}.profile: an imported certificate is not ordered; leave this out`,
        `${path}.authorities: an imported certificate is not ordered; leave this out`,
      ],
    ],
  ])('%s', async (_, changes, mistakes) => {
    expect(await mistakesIn(changed(changes))).toEqual(mistakes)
  })

  test('that is self-signed needs no zone, no authority and no DNS, and may name addresses', async () => {
    const names = ['intern.elsewhere.example', '10.0.0.7', '2001:DB8::1']
    const changes = { 'certificates.shop.selfSigned': true, 'certificates.shop.names': names }
    const wanted = { names: ['intern.elsewhere.example', '10.0.0.7', '2001:db8::1'], authorities: ['selfSigned'] }
    expect(await shopOf({ ...changes, acme: undefined, dns: undefined })).toMatchObject({
      ...wanted,
      selfSigned: { days: 90 },
    })
    expect(await shopOf({ ...changes, 'certificates.shop.days': 7 })).toMatchObject({ selfSigned: { days: 7 } })
  })

  test('that is ordered needs an authority and DNS, names no address, and says no life', async () => {
    const names = ['10.0.0.7']
    expect(await mistakesIn(changed({ acme: undefined, dns: undefined }))).toEqual([
      'acme: is missing',
      'dns: is missing',
    ])
    expect(await mistakesIn(changed({ 'certificates.shop.names': names, 'certificates.shop.days': 7 }))).toEqual([
      'certificates.shop.names[0]: an IP address; only DNS names can be proved with DNS; with `selfSigned: true` newleaf makes a certificate for it by itself, for development',
      'certificates.shop.days: only a self-signed certificate takes it from here; leave this out',
    ])
  })

  test('that is self-signed is not ordered, and not imported', async () => {
    const of = (field: string) => `certificates.shop.${field}`
    const both = { [of('selfSigned')]: true, [of('imported')]: true }
    expect(await mistakesIn(changed(both))).toEqual([
      `${of('selfSigned')}: it is either imported or self-signed; leave one of the two out`,
    ])
    const ordered = { [of('selfSigned')]: true, [of('authorities')]: 'backup', [of('profile')]: 'shortlived' }
    expect(await mistakesIn(changed(ordered))).toEqual([
      `${of('authorities')}: a self-signed certificate is not ordered; leave this out`,
      `${of('profile')}: a self-signed certificate is not ordered; leave this out`,
    ])
    expect(await mistakesIn(changed({ [of('selfSigned')]: true, [of('days')]: 1 }))).toEqual([
      `${of('days')}: expected 2 or more`,
    ])
  })

  test('that is imported needs no zone and no authority of the configuration', async () => {
    const names = ['www.elsewhere.test']
    expect(await shopOf({ 'certificates.shop.imported': true, 'certificates.shop.names': names })).toMatchObject({
      imported: true,
      authorities: ['imported'],
      names,
    })
  })

  test('no name lies outside as long as one provider may write to any zone', async () => {
    const changes = {
      'dns.any': { use: 'linode', options: { token: 'env:TOKEN' } },
      [`${path}.names`]: ['shop.example.org'],
    }
    expect(await mistakesIn(changed(changes))).toEqual([])
  })

  test('25 names of a short profile and 100 of another are allowed', async () => {
    expect(await mistakesIn(changed({ [`${path}.names`]: names(25), [`${path}.profile`]: 'tlsserver' }))).toEqual([])
    expect(await mistakesIn(changed({ [`${path}.names`]: names(100) }))).toEqual([])
  })
})

describe('the hash of what a renewal depends on', () => {
  const hashOf = async (changes: Changes) => (await shopOf(changes)).configHash

  test.each<[string, Changes]>([
    ['the order of the names', { [`${path}.names`]: ['*.shop.example.com', 'shop.example.com'] }],
    [
      'an explicit value of what is the default',
      { [`${path}.key`]: 'ecdsa-p256', [`${path}.authorities`]: ['letsencrypt'] },
    ],
    ['another certificate', { 'certificates.other': { names: ['other.example.com'], deploy: [us] } }],
    ['a balancer that it does not use', { 'balancers.us.options.token': 'env:OTHER' }],
    ['an authority that it does not use', { 'acme.authorities.backup.email': 'other@example.com' }],
    ['where the state is kept', { state: { use: 'file', options: { folder: 'elsewhere' } } }],
  ])('is not changed by %s', async (_, changes) => {
    expect(await hashOf(changes)).toBe(await hashOf({}))
  })

  test.each<[string, Changes]>([
    ['a name', { [`${path}.names`]: ['shop.example.com'] }],
    ['the key', { [`${path}.key`]: 'rsa-2048' }],
    ['the profile', { [`${path}.profile`]: 'tlsserver' }],
    ['the authorities', { [`${path}.authorities`]: ['letsencrypt', 'backup'] }],
    ['a target', { [`${path}.deploy`]: [{ ...fr, frontend: 'other' }] }],
    ['its authority', { 'acme.authorities.letsencrypt.email': 'other@example.com' }],
    ['its balancer', { 'balancers.fr.options.token': 'env:OTHER' }],
    ['a DNS provider', { 'dns.main.options.token': 'env:OTHER' }],
    ['the driver of a DNS provider', { 'dns.main.use': 'linode' }],
    ['where secrets are kept', { secrets: { use: 'file', options: { folder: 'elsewhere' } } }],
    ['the environment', { environment: 'test' }],
  ])('is changed by %s', async (_, changes) => {
    expect(await hashOf(changes)).not.toBe(await hashOf({}))
  })

  test('is not changed by the order of the fields', async () => {
    const { certificates, ...rest } = JSON.parse(changed({}))
    const [shop] = (await parseConfig(JSON.stringify({ certificates, ...rest }), place)).certificates
    expect(shop?.configHash).toBe(await hashOf({}))
  })
})
