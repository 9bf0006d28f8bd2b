import { describe, expect, test } from 'vitest'
import { nearest } from '../../lib/platform/suggestion.ts'
import { type Changes, changed, mistakesIn } from '../support/config-text.ts'

const settled = 'a name has 1 to 63 lower-case letters, digits and hyphens, and no hyphen first'
const secret = 'looks like a secret; keep it elsewhere and write secret:NAME#field or env:NAME here'

test('the configuration that all others here are made from has none', async () => {
  expect(await mistakesIn(changed({}))).toEqual([])
})

describe('F-80: a mistake is told by its path, with the nearest valid spelling', () => {
  test.each<[string, Changes, string[]]>([
    ['an unknown section', { certifcates: {} }, ['certifcates: unknown field; did you mean "certificates"?']],
    [
      'a misspelled section, but not as missing',
      { certifcates: {}, certificates: undefined },
      ['certifcates: unknown field; did you mean "certificates"?'],
    ],
    [
      'an unknown field far from all others',
      { 'acme.contact': 'me' },
      ['acme.contact: unknown field; known: authorities'],
    ],
    [
      'two unknown fields',
      { 'balancers.fr.opt1ons': {}, 'balancers.fr.uses': 1 },
      [
        'balancers.fr.opt1ons: unknown field; did you mean "options"?',
        'balancers.fr.uses: unknown field; did you mean "use"?',
      ],
    ],
    [
      'an unknown driver of each kind',
      {
        'balancers.us.use': 'linodes',
        'dns.main.use': 'scaleways',
        'secrets.use': 'flie',
        'state.use': 'files',
      },
      [
        'dns.main.use: there is no such driver; did you mean "scaleway"?',
        'balancers.us.use: there is no such driver; did you mean "linode"?',
        'secrets.use: there is no such driver; did you mean "file"?',
        'state.use: there is no such driver; did you mean "file"?',
      ],
    ],
    [
      'a driver named like what every object has',
      { 'balancers.us.use': 'toString' },
      ['balancers.us.use: there is no such driver; known: aws-acm, haproxy, linode, scaleway'],
    ],
    [
      'an option that a driver does not know',
      { 'balancers.fr.options.zones': 'fr-par-1' },
      ['balancers.fr.options.zones: unknown field; did you mean "zone"?'],
    ],
    [
      'a value that a driver does not know',
      { 'balancers.fr.options.zone': 'fr-par1' },
      [expect.stringMatching(/^balancers\.fr\.options\.zone: .*; did you mean "fr-par-1"\?$/)],
    ],
    ['options that are missing', { 'balancers.us.options': undefined }, ['balancers.us.options.token: is missing']],
    ['a driver that is missing', { 'balancers.us': {} }, ['balancers.us.use: is missing']],
    [
      'a list in place of a map',
      { balancers: [{ use: 'linode' }] },
      [
        'balancers: expected a map of fields, not a list',
        expect.stringMatching(/^certificates\.shop\.deploy\[0\]\.balancer: there is no such balancer/),
      ],
    ],
    ['text in place of a map', { 'dns.main': 'scaleway' }, ['dns.main: expected a map of fields']],
    ['nothing in place of a map', { secrets: null }, ['secrets: expected a map of fields']],
    ['a number in place of text', { environment: 7 }, ['environment: expected text']],
    ['a map in place of a list', { 'certificates.shop.names': { a: 1 } }, ['certificates.shop.names: expected a list']],
    [
      'an entry in place of a list',
      { 'certificates.shop.deploy': 'fr' },
      ['certificates.shop.deploy: expected a list'],
    ],
    [
      'a misspelled setting of dns',
      { 'dns.resolver': ['192.0.2.1'] },
      ['dns.resolver: not a setting of dns; did you mean "resolvers"?'],
    ],
    [
      'a resolver by name',
      { 'dns.resolvers': ['dns.example.com'] },
      [
        'dns.resolvers[0]: expected an IP address, or one with a port as in 192.0.2.1:53 and [2001:db8::1]:53, or a URL as in https://dns.example/dns-query',
      ],
    ],
    [
      'a name server over HTTPS',
      { 'dns.nameservers': ['https://dns.example/dns-query'] },
      ['dns.nameservers[0]: expected an IP address, or one with a port as in 192.0.2.1:53 and [2001:db8::1]:53'],
    ],
    [
      'a resolver over http',
      { 'dns.resolvers': ['http://dns.example/dns-query'] },
      [expect.stringContaining('dns.resolvers[0]: expected an IP address')],
    ],
    [
      'providers that serve together, and nobody knows what',
      { 'dns.main.zones': undefined, 'dns.main.together': true },
      ['dns.main.together: needs zones: those that this provider serves together with others'],
    ],
    [
      'how many servers must show a value',
      { 'dns.propagation': 'most' },
      [expect.stringContaining('dns.propagation: ')],
    ],
    ['no DNS provider', { dns: { resolvers: ['192.0.2.1'] } }, ['dns: needs at least one provider']],
    ['no authority', { 'acme.authorities': {} }, ['acme.authorities: must not be empty']],
    ['no certificate', { certificates: {} }, ['certificates: must not be empty']],
    [
      'names that are none',
      {
        'acme.authorities.Backup': { directory: 'letsencrypt', agreeToTerms: true },
        'dns.-edge': { use: 'linode', options: { token: 'env:TOKEN' } },
        'balancers.two words': { use: 'linode', options: { token: 'env:TOKEN' } },
        [`certificates.${'x'.repeat(64)}`]: {
          names: ['a.example.com'],
          deploy: [{ balancer: 'us', nodeBalancer: 'apps', port: 443 }],
        },
      },
      [
        `acme.authorities.Backup: ${settled}`,
        `dns.-edge: ${settled}`,
        `balancers["two words"]: ${settled}`,
        `certificates.${'x'.repeat(64)}: ${settled}`,
      ],
    ],
    [
      'terms that nobody agreed to',
      { 'acme.authorities.backup.agreeToTerms': false },
      [
        'acme.authorities.backup.agreeToTerms: must be true: accounts are only given to those who agree to the terms of service',
      ],
    ],
  ])('%s', async (_, changes, mistakes) => {
    expect(await mistakesIn(changed(changes))).toEqual(mistakes)
  })

  test('a wrong name hides none of the mistakes below it', async () => {
    const changes = { 'certificates.Shop': { names: [], deploy: [], key: 'rsa' } }
    expect(await mistakesIn(changed(changes))).toHaveLength(4)
  })
})

describe('F-88: a secret in the configuration itself is refused, and its value is never told', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary-token-pem\n-----END PRIVATE KEY-----'
  const uuid = '11111111-2222-4333-8444-555555555555'
  test.each<[string, string, unknown]>([
    ['a private key in PEM', 'balancers.us.options.token', pem],
    ['a PEM block in a field that is not known', 'balancers.us.options.caPem', pem],
    ['a PEM block among names', 'certificates.shop.names.2', pem],
    ['a UUID as a token', 'balancers.fr.options.token', uuid],
    ['a UUID in a field named like a secret', 'balancers.fr.options.secretKey', uuid],
    ['a hex token', 'balancers.us.options.token', 'ab12'.repeat(16)],
    ['a token of GitHub', 'environment', `ghp_${'a1B2'.repeat(9)}`],
    ['a key of AWS', 'certificates.shop.profile', `AKIA${'A1B2'.repeat(4)}`],
    ['a token of Slack', 'notify', ['xoxb', '123456789012', 'abcdef'].join('-')],
    ['a JSON web token', 'balancers.fr.options.projectId', `eyJhbGciOiJFUzI1NiJ9.${'e30'.repeat(9)}.c2ln`],
  ])('%s', async (_, path, value) => {
    const mistakes = await mistakesIn(changed({ [path]: value }))
    const shown = path.replace('.names.2', '.names[2]')
    expect(mistakes).toContain(`${shown}: ${secret}`)
    expect(mistakes.join('\n')).not.toContain(String(value))
    expect(mistakes.join('\n')).not.toContain('canary')
  })

  test('as a key, too', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`
    const mistakes = await mistakesIn(changed({ [token]: 1, [`balancers.${token}`]: 1 }))
    expect(mistakes.join('\n')).not.toContain('ghp_')
    expect(mistakes).toHaveLength(2)
  })

  test.each([
    ['balancers.fr.options.projectId', uuid],
    ['secrets', { use: 'file', options: { masterKey: '/var/lib/newleaf/Prod2/the-master.key' } }],
  ])('an identifier or a path is none: %s', async (path, value) => {
    expect(await mistakesIn(changed({ [path]: value }))).toEqual([])
  })

  test('a store cannot be opened with a secret that it keeps', async () => {
    const options = { passphrase: 'secret:passphrase' }
    expect(await mistakesIn(changed({ secrets: { use: 'file', options } }))).toEqual([
      expect.stringMatching(/^secrets\.options\.passphrase: /),
    ])
    expect(await mistakesIn(changed({ state: { use: 'file', options: { folder: 'secret:folder' } } }))).toEqual([
      'state.options.folder: stands for a secret in the store that it opens; use env:NAME',
    ])
  })
})

describe('the nearest spelling', () => {
  const words = ['frontend', 'loadBalancer', 'rsa-2048', 'rsa-3072', 'fr', 'us']
  test.each([
    ['frontent', 'frontend'],
    ['FRONTEND', 'frontend'],
    ['forntend', 'frontend'],
    ['loadbalancer', 'loadBalancer'],
    ['rsa2048', 'rsa-2048'],
    ['rsa-3027', 'rsa-3072'],
    ['uk', 'us'],
    ['backend', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('of %s is %s', (text, spelling) => {
    expect(nearest(text, words)).toBe(spelling)
  })
})
