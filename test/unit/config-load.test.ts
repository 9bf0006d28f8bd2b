import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig, parseConfig } from '../../lib/config/load.ts'
import { referencesIn } from '../../lib/config/reference-locations.ts'
import { type Failure, isFailure } from '../../lib/errors.ts'
import { changed, mistakesIn, place, sound } from '../support/config-text.ts'

describe('a configuration without mistakes', () => {
  test('is read into what the run needs, with every default filled in', async () => {
    const { certificates, ...rest } = await parseConfig(sound, place)
    expect(rest).toEqual({
      environment: 'prod',
      folder: '/srv/newleaf',
      included: { patterns: [], files: [] },
      authorities: {
        letsencrypt: {
          directory: 'https://acme-v02.api.letsencrypt.org/directory',
          email: 'ops@example.com',
          agreeToTerms: true,
        },
        backup: { directory: 'https://acme-staging-v02.api.letsencrypt.org/directory', agreeToTerms: true },
      },
      dns: {
        providers: {
          main: {
            use: 'scaleway',
            zones: ['example.com'],
            options: { token: { from: 'secret', name: 'scaleway', field: 'dns', oneLine: true } },
          },
        },
      },
      secrets: { use: 'file', options: { folder: '.newleaf/secrets' } },
      state: { use: 'file', options: { folder: '.newleaf/state' } },
      balancers: {
        fr: {
          use: 'scaleway',
          options: { zone: 'fr-par-1', token: { from: 'secret', name: 'scaleway', field: 'lb', oneLine: true } },
        },
        us: { use: 'linode', options: { token: { from: 'env', name: 'LINODE_TOKEN', oneLine: true } } },
      },
      notify: {},
    })
    expect(certificates).toEqual([
      {
        id: 'shop',
        names: ['shop.example.com', '*.shop.example.com'],
        key: 'ecdsa-p256',
        authorities: ['letsencrypt'],
        targets: [
          {
            id: 'fr/edge/https',
            name: 'fr/edge/https',
            balancer: 'fr',
            listener: { loadBalancer: 'edge', frontend: 'https' },
          },
        ],
        configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ])
  })

  test('may say who is told of problems', async () => {
    const notify = {
      ops: { use: 'slack', options: { url: 'secret:slack' } },
      pager: { use: 'webhook', options: { url: 'https://alerts.example/', secret: 'env:HMAC' } },
      events: { use: 'eventbridge' },
    }
    expect((await parseConfig(changed({ notify }), place)).notify).toEqual({
      ops: { use: 'slack', options: { url: { from: 'secret', name: 'slack', oneLine: true } } },
      pager: { use: 'webhook', options: { url: 'https://alerts.example/', secret: { from: 'env', name: 'HMAC' } } },
      events: { use: 'eventbridge', options: { bus: 'default', source: 'newleaf' } },
    })
  })

  test('refuses lines in what goes into a header or is a URL, and in no other reference', async () => {
    const bucket = { bucket: 'newleaf-state', accessKeyId: 'env:ID', secretAccessKey: 'env:KEY' }
    const sealed = { ...bucket, passphrase: 'env:PASSPHRASE' }
    const hook = { endpoint: 'https://dns.example/hook', username: 'me', password: 'env:PASSWORD' }
    const config = await parseConfig(
      changed({
        'dns.hook': { use: 'httpreq', zones: ['example.org'], options: hook },
        secrets: { use: 's3', options: sealed },
        state: { use: 's3', options: bucket },
        notify: {
          ops: { use: 'slack', options: { url: 'secret:slack' } },
          pager: { use: 'webhook', options: { url: 'env:URL', secret: 'env:HMAC' } },
        },
        'acme.authorities.letsencrypt.eab': { kid: 'one', hmac: 'env:EAB' },
      }),
      place,
    )
    const free = referencesIn(config).filter(({ reference }) => reference.oneLine !== true)
    expect(free.map(({ location }) => location).sort()).toEqual([
      'acme.authorities.letsencrypt.eab.hmac',
      'dns.hook.options.password',
      'notify.pager.options.secret',
      'secrets.options.passphrase',
    ])
  })

  test('is the same in YAML and in JSON, with tabs and a byte order mark', async () => {
    const fromYaml = await parseConfig(sound, place)
    const json = JSON.stringify(JSON.parse(changed({ $schema: './newleaf.schema.json' })), undefined, '\t')
    expect(await parseConfig(`\uFEFF${json}`, place)).toEqual(fromYaml)
  })

  test('is frozen through and through, and its tables have no prototype', async () => {
    const config = await parseConfig(sound, place)
    const open: string[] = []
    const walk = (value: unknown, path: string) => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) open.push(path)
      for (const [key, each] of Object.entries(value)) walk(each, `${path}.${key}`)
    }
    walk(config, 'config')
    expect(open).toEqual([])
    for (const table of [config.authorities, config.balancers, config.dns.providers])
      expect(Object.getPrototypeOf(table)).toBeNull()
  })

  test('keeps resolvers and name servers apart from the providers', async () => {
    const resolvers = ['192.0.2.1', '[2001:db8::1]:53', 'https://dns.example/dns-query']
    const settings = { resolvers, nameservers: ['192.0.2.2:5353'], propagation: 'majority' }
    const written = Object.entries(settings).map(([name, value]) => [`dns.${name}`, value])
    const { dns } = await parseConfig(changed({ ...Object.fromEntries(written), 'dns.main.together': true }), place)
    expect(dns).toMatchObject(settings)
    expect(dns.providers).toMatchObject({ main: { zones: ['example.com'], together: true } })
    expect(Object.keys(dns.providers)).toEqual(['main'])
  })

  test.each(['all', 'majority'])('takes how many name servers must show a value: %s', async (propagation) => {
    const { dns } = await parseConfig(changed({ 'dns.propagation': propagation }), place)
    expect(dns.propagation).toBe(propagation)
  })
})

describe('all mistakes', () => {
  test('ten of them are told at once, in the order of the document', async () => {
    const text = await readFile('test/support/ten-mistakes.yaml', 'utf8')
    expect(await mistakesIn(text)).toEqual([
      'environment: expected 1 to 31 lower-case letters and digits',
      'dns.main.use: there is no such driver; did you mean "scaleway"?',
      'balancers.fr.options.token: expected a reference to a secret: secret:NAME#field or env:NAME, never the value itself',
      'balancers.us.options.token: is missing',
      'certificates.shop.names[1]: the same name as names[0]',
      'certificates.shop.names[2]: an IP address; only DNS names can be proved with DNS; with `selfSigned: true` newleaf makes a certificate for it by itself, for development',
      'certificates.shop.authorities[0]: there is no such authority; did you mean "letsencrypt"?',
      'certificates.shop.key: expected one of auto, ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096; did you mean "rsa-2048"?',
      'certificates.shop.deploy[0].frontent: unknown field; did you mean "frontend"?',
      'certificates.shop.deploy[1].balancer: there is no such balancer; did you mean "us"?',
    ])
  })

  test('stand one a line in the message, under the name of the file, and none repeats a value', async () => {
    const text = await readFile('test/support/ten-mistakes.yaml', 'utf8')
    const error: Failure = await parseConfig(text, place).catch((thrown) => thrown)
    expect(error.message.split('\n')[0]).toBe('newleaf.yaml has 10 mistakes:')
    expect(error.message.split('\n').slice(1)).toEqual(
      (error.fields.mistakes as string[]).map((mistake) => `  ${mistake}`),
    )
    for (const value of ['canary', 'Production', 'scaleaway', '192.0.2.7', 'letsencript', 'rsa-2084', 'uk'])
      expect(error.message).not.toContain(value)
  })

  test('each begin with line and column, where an editor finds it', async () => {
    const text = await readFile('test/support/ten-mistakes.yaml', 'utf8')
    const error: Failure = await parseConfig(text, place).catch((thrown) => thrown)
    const lines = text.split('\n')
    const shown = error.message
      .split('\n')
      .slice(1)
      .map((mistake) => {
        const { line, column } = /^ {2}(?<line>\d+):(?<column>\d+) /.exec(mistake)?.groups ?? {}
        return lines[Number(line) - 1]?.slice(Number(column) - 1)
      })
    expect(shown).toEqual([
      expect.stringMatching(/^environment: .* # 1: /),
      expect.stringMatching(/^use: .* # 2: /),
      expect.stringMatching(/^token: .* # 3: /),
      // What is missing has the place of what it is missing in.
      expect.stringMatching(/^options: .* # 4: /),
      expect.stringMatching(/^SHOP\.example\.com\. # 5: /),
      expect.stringMatching(/^192\.0\.2\.7 # 6: /),
      expect.stringMatching(/^letsencript\] # 7: /),
      expect.stringMatching(/^key: .* # 8: /),
      expect.stringMatching(/^frontent: .* # 9: /),
      expect.stringMatching(/^balancer: uk.* # 10: /),
    ])
  })

  test('of one mistake stands behind the file, as compilers write it', async () => {
    const message = async (text: string) =>
      ((await parseConfig(text, place).catch((thrown) => thrown)) as Failure).message
    const at = (line: string) => sound.split('\n').indexOf(line) + 1
    const shop = "    names: [shop.example.com, '*.shop.example.com']"
    expect(await message(sound.replace('shop.example.com,', 'shop example,'))).toMatch(
      new RegExp(`^newleaf.yaml:${at(shop)}:13: certificates\\.shop\\.names\\[0\\]: `),
    )
    // What is missing is told at what it is missing in.
    expect(await message(sound.replace(', token: secret:scaleway#lb }', ' }'))).toBe(
      `newleaf.yaml:${at('  fr: { use: scaleway, options: { zone: fr-par-1, token: secret:scaleway#lb } }')}:24: balancers.fr.options.token: is missing`,
    )
    expect(await message(`${sound}\n\tx: 1`)).toMatch(/^newleaf\.yaml:\d+:1: a tab cannot indent/)
  })

  test('beyond a hundred are counted', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`extra${index}`, 1]))
    const mistakes = await mistakesIn(changed(unknown))
    expect(mistakes).toHaveLength(101)
    expect(mistakes.at(-1)).toBe('and 50 more')
  })
})

describe('the file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'newleaf-config-'))
    await mkdir(join(folder, 'a-folder'))
    await writeFile(join(folder, 'newleaf.yaml'), sound)
    await writeFile(join(folder, 'large.yaml'), `# ${'x'.repeat(1_024 * 1_024)}`)
    await writeFile(join(folder, 'latin.yaml'), Buffer.from('environment: caf\xe9', 'latin1'))
    await writeFile(join(folder, 'empty.yaml'), '# nothing\n')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('gives the folder at which relative paths start', async () => {
    expect(await loadConfig(join(folder, 'newleaf.yaml'))).toMatchObject({ environment: 'prod', folder })
  })

  test.each([
    ['missing.yaml', 'there is no such file: write one (docs/first-certificate.md), or name it with --config'],
    ['a-folder', 'this is a folder; name the file in it'],
    ['large.yaml', 'a file of the configuration may have 1 MiB at most; `include` takes several'],
    ['latin.yaml', 'the file is not text in UTF-8'],
    ['empty.yaml', 'the configuration is empty'],
  ])('%s is refused: %s', async (name, why) => {
    const path = join(folder, name)
    const error: unknown = await loadConfig(path).catch((thrown: unknown) => thrown)
    expect(isFailure(error, 'CONFIG_INVALID')).toBe(true)
    expect(error).toMatchObject({ message: `${path}: ${why}`, fields: { mistakes: [why] } })
  })

  test('that is a device is refused without reading it', async () => {
    await expect(loadConfig('/dev/zero')).rejects.toMatchObject({ fields: { mistakes: ['this is no plain file'] } })
  })
})

test('every mistake under notify is told by its place, and no value with it', async () => {
  const notify = {
    ops: { use: 'slak' },
    Team: { use: 'slack', options: { url: 'https://hooks.example/services/canary-token-slack' } },
    pager: { use: 'webhook', options: { url: 'http://alerts.example', secert: 'env:HMAC' } },
    topic: { use: 'sns', options: { topicArn: 'arn:aws:sqs:eu-west-3:123456789012:queue' } },
    events: { use: 'eventbridge', options: { source: 'aws.newleaf' } },
  }
  const mistakes = await mistakesIn(changed({ notify }))
  expect(mistakes.map((line) => line.split(': ')[0]?.replace(/"/g, ''))).toEqual([
    'notify.ops.use',
    'notify.Team',
    'notify.Team.options.url',
    'notify.pager.options.url',
    'notify.pager.options.secert',
    'notify.topic.options.topicArn',
    'notify.events.options.source',
  ])
  expect(mistakes.join('\n')).toContain('did you mean "slack"?')
  expect(mistakes.join('\n').includes('canary')).toBe(false)
})
