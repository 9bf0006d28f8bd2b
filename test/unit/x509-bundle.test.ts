import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { readBundle } from '../../lib/x509/bundle.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { failure } from '../support/failure.ts'
import {
  CLIENT_AUTH,
  certificate,
  days,
  type Made,
  now,
  SERVER_AUTH,
  type Wanted,
} from '../support/made-certificate.ts'

const NAMES = ['shop.test', '*.shop.test']
const key = await generateKey('ecdsa-p256')
const root = await certificate(undefined, { ca: true, name: 'CN=Root' })
const middle = await certificate(root, { ca: true, name: 'CN=Middle' })
const low = await certificate(middle, { ca: true, name: 'CN=Low' })
const leaf = (wanted: Wanted = {}, issuer: Made = low) =>
  certificate(issuer, { names: NAMES, usage: SERVER_AUTH, key, ...wanted })
const good = await leaf()
const keyPem = key.reveal()

const pems = (...made: readonly Made[]) => made.map(({ pem }) => pem)
const read = (texts: readonly string[], trusted: readonly string[] = []) =>
  readBundle(
    texts.map((text) => new Secret(text)),
    { now, trusted },
  )
const GOOD = pems(good, low, middle).join('')
const told = async (texts: readonly string[], trusted: readonly string[] = []) => {
  const refused = await failure(Promise.resolve().then(() => read(texts, trusted)))
  expect(refused?.code).toBe('CHAIN_INVALID')
  expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain(keyPem.split('\n')[1])
  return refused?.message ?? ''
}

describe('a certificate that was had elsewhere', () => {
  const parts = [keyPem, ...pems(good, low, middle, root)]
  const orders = [parts, parts.toReversed(), [2, 0, 4, 1, 3].map((at) => parts[at] ?? '')]

  test.each(orders.map((order, index) => ({ order, index })))(
    'is read in any order, from one text or from several, and put in order without its root ($index)',
    ({ order }) => {
      for (const texts of [order, [order.join('')], [order.slice(0, 2).join('\n\n'), order.slice(2).join('')]]) {
        const { privateKeyPem, ...facts } = read(texts)
        expect(privateKeyPem.reveal()).toBe(keyPem)
        expect(facts).toMatchObject({ chainPem: GOOD, names: NAMES, keyAlgorithm: 'ecdsa-p256', issuer: 'CN=Low' })
      }
    },
  )

  test('drops what stands there twice, and authorities and servers that its chain does not need', async () => {
    const foreign = await certificate(undefined, { ca: true })
    const blog = await certificate(low, { names: ['blog.test'] })
    expect(read([keyPem, keyPem, ...pems(blog, good, low, low, good, middle, root, foreign, root)]).chainPem).toBe(GOOD)
    const many = await Promise.all(Array.from({ length: 30 }, () => certificate(root, { ca: true })))
    expect(read([...pems(...many), keyPem, ...pems(good, low, middle, root)]).chainPem).toBe(GOOD)
  })

  test.each(['CERTIFICATE REQUEST', 'X509 CRL', 'DH PARAMETERS', 'PUBLIC KEY'])(
    'may have a %s beside it, which servers pass over too',
    (label) => {
      const block = `-----BEGIN ${label}-----\nQUJD\n-----END ${label}-----\n`
      expect(read([block, keyPem, block, ...pems(good, low, middle, root)]).chainPem).toBe(GOOD)
    },
  )

  test('may come from a root of version 1, which no extension makes an authority', async () => {
    const ancient = await certificate(undefined, { name: 'CN=Ancient' })
    const below = await certificate(ancient, { ca: true, name: 'CN=Below' })
    const issued = await leaf({}, below)
    expect(read([keyPem, ...pems(issued, below, ancient)]).chainPem).toBe(pems(issued, below).join(''))
    expect(read([keyPem, ...pems(issued, below)], [ancient.pem]).chainPem).toBe(pems(issued, below).join(''))
  })

  test('may be for any use: without an extended key usage', async () => {
    const any = await certificate(low, { names: NAMES, key })
    expect(read([keyPem, ...pems(any, low, middle, root)]).chainPem).toBe(pems(any, low, middle).join(''))
  })

  test('ends where clients have the root, though it leads on to one that they do not have', async () => {
    const older = await certificate(undefined, { ca: true, name: 'CN=Older' })
    const crossed = await certificate(older, { ca: true, name: root.name, key: root.key })
    expect(read([keyPem, ...pems(good, low, middle, crossed)], [root.pem]).chainPem).toBe(GOOD)
  })

  test('has its key as PKCS#8, whatever it came as', () => {
    const sec1 = createPrivateKey(keyPem).export({ type: 'sec1', format: 'pem' }).toString()
    expect(sec1).toContain('BEGIN EC PRIVATE KEY')
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
    expect(read([parameters, sec1, ...pems(good, low, middle, root)]).privateKeyPem.reveal()).toBe(keyPem)
  })

  test('may have comments, attributes, blank lines, a byte order mark and the line ends of Windows', () => {
    const beside = [
      '# from the shop',
      'Bag Attributes',
      '    localKeyID: 54 69 6D 65',
      '    friendlyName: shop',
      'Key Attributes: <No Attributes>',
      'subject=CN = shop.test',
      'issuer=CN = Low',
      '',
    ].join('\r\n')
    const text = [keyPem, ...pems(good, low, middle, root)].map((part) => `${beside}${part}`).join('\r\n')
    expect(read([`\uFEFF${text.replaceAll('\n', '\r\n')}`]).chainPem).toBe(GOOD)
  })

  test('is complete when clients have the root, though it is not there', () => {
    expect(read([keyPem, GOOD], [root.pem]).chainPem).toBe(GOOD)
  })

  test('may come straight from the root of an authority of its own', async () => {
    const direct = await leaf({}, root)
    expect(read([keyPem, direct.pem, root.pem]).chainPem).toBe(direct.pem)
  })

  test('keeps, of an authority that others have signed, the certificate that is valid, or the root itself', async () => {
    const older = await certificate(undefined, { ca: true, name: 'CN=Older' })
    const crossed = await certificate(older, { ca: true, name: root.name, key: root.key })
    const expired = await certificate(older, { ca: true, name: root.name, key: root.key, to: days(-1) })
    const shortly = await certificate(root, { ca: true, name: middle.name, key: middle.key, to: days(5) })
    const all = [keyPem, ...pems(good, low)]
    expect(read([...all, shortly.pem, middle.pem, root.pem]).chainPem).toBe(GOOD)
    expect(read([...all, middle.pem, crossed.pem], [older.pem]).chainPem).toBe(GOOD + crossed.pem)
    expect(read([...all, middle.pem, crossed.pem, root.pem]).chainPem).toBe(GOOD)
    expect(read([...all, middle.pem, expired.pem], [root.pem]).chainPem).toBe(GOOD)
  })

  test('may have addresses beside its names', async () => {
    const mixed = await leaf({ addresses: ['192.0.2.1'] })
    expect(read([keyPem, ...pems(mixed, low, middle, root)]).names).toEqual([...NAMES, '192.0.2.1'])
  })
})

describe('what is refused of a certificate that was had elsewhere', () => {
  const chain = pems(good, low, middle, root)

  test.each<[string, () => Promise<readonly string[]> | readonly string[], RegExp]>([
    ['no key', () => chain, /there is no private key in it$/],
    ['no certificate', () => [keyPem], /there is no certificate in it$/],
    [
      'a request in its place',
      () => [keyPem, '-----BEGIN CERTIFICATE REQUEST-----\nQUJD\n-----END CERTIFICATE REQUEST-----\n'],
      /there is no certificate in it, but CERTIFICATE REQUEST$/,
    ],
    ['nothing', () => [''], /there is no private key/],
    [
      'another key',
      async () => [(await generateKey('ecdsa-p256')).reveal(), ...chain],
      /fits none of the certificates$/,
    ],
    [
      'the key of its issuer',
      async () => [low.key.reveal(), ...pems(good, low, middle, root)],
      /its private key is that of the authority CN=Low: it does not fit the certificate for shop\.test$/,
    ],
    [
      'a second key',
      async () => [keyPem, (await generateKey('ecdsa-p256')).reveal(), ...chain],
      /more than one private key/,
    ],
    [
      'a key that cannot be read',
      () => ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', ...chain],
      /cannot be read$/,
    ],
    [
      'two for the same key',
      async () => [keyPem, ...chain, (await leaf()).pem],
      /more than one .* for shop\.test and for shop\.test/,
    ],
    [
      'a self-signed one',
      async () => [keyPem, (await certificate(undefined, { names: NAMES, key })).pem],
      /self-signed.*for development, write `selfSigned: true`/,
    ],
    [
      'an expired one',
      async () => [keyPem, ...pems(await leaf({ to: days(-0.5) }), low, middle, root)],
      /has expired$/,
    ],
    [
      'one that is not valid yet',
      async () => [keyPem, ...pems(await leaf({ from: days(1) }), low, middle, root)],
      /not valid yet$/,
    ],
    [
      'an expired issuer',
      async () => [
        keyPem,
        ...pems(good, low),
        (await certificate(root, { ca: true, name: middle.name, key: middle.key, to: days(-1) })).pem,
        root.pem,
      ],
      /has expired$/,
    ],
    [
      'one for clients',
      async () => [keyPem, ...pems(await leaf({ usage: CLIENT_AUTH }), low, middle, root)],
      /not meant for servers/,
    ],
    [
      'one without any name',
      async () => [keyPem, ...pems(await leaf({ names: [] }), low, middle, root)],
      /names no DNS name, and no IP address$/,
    ],
    ['a weak signature', async () => [keyPem, ...pems(await leaf({ hash: 'SHA-1' }), low, middle, root)], /too weak$/],
    [
      'an issuer of the same name with another key',
      async () => [keyPem, ...pems(good, await certificate(middle, { ca: true, name: low.name }), middle, root)],
      /issuer CN=Low is missing/,
    ],
  ])('%s', async (_what, texts, words) => {
    expect(await told(await texts())).toMatch(words)
  })

  test.each([
    [pems(good), 'CN=Low'],
    [pems(good, middle, root), 'CN=Low'],
    [pems(good, low, root), 'CN=Middle'],
    [pems(good, low, middle), 'CN=Root'],
  ])('an incomplete chain, and which issuer is missing', async (texts, issuer) => {
    expect(await told([keyPem, ...texts])).toContain(`the certificate of the issuer ${issuer} is missing`)
  })

  test('an encrypted key, in both forms, and how to decrypt it', async () => {
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'canary-token-passphrase' }
    const pkcs8 = createPrivateKey(keyPem)
      .export({ type: 'pkcs8', format: 'pem', ...cipher })
      .toString()
    const sec1 = createPrivateKey(keyPem)
      .export({ type: 'sec1', format: 'pem', ...cipher })
      .toString()
    for (const text of [pkcs8, sec1]) {
      expect(text).toContain('ENCRYPTED')
      expect(await told([text, ...chain])).toContain(
        'is encrypted; decrypt it with `openssl pkey -in FILE -out key.pem`',
      )
    }
  })

  test.each([
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['RSA 1024', () => generateKeyPairSync('rsa', { modulusLength: 1024 })],
  ])('a key of %s, which no load balancer of ours takes', async (_kind, make) => {
    const { privateKey } = make()
    const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(await told([text, ...chain])).toContain('none of ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096')
  })

  test.each([
    ['TRUSTED CERTIFICATE', /openssl x509 -in/],
    ['PKCS7', /openssl pkcs7 -in/],
    ['OPENSSH PRIVATE KEY', /ssh-keygen/],
  ])('a block that is a %s, and what to do about it', async (label, words) => {
    const text = await told([keyPem, ...chain, `-----BEGIN ${label}-----\nQUJD\n-----END ${label}-----\n`])
    expect(text).toMatch(words)
    expect(text).toContain(`there is a ${label} in it`)
  })

  test.each([
    ['a block without an end', keyPem.replace(/-----END.*/, '')],
    ['a block within a block', keyPem.replace('\n', `\n${good.pem}`)],
    ['an end without a block', `${keyPem}-----END CERTIFICATE-----\n`],
    ['a block of something else', `${keyPem}${good.pem.replace('\n', '\n*** lost ***\n')}`],
    ['a header that nobody knows', `${keyPem}${good.pem.replace('\n', '\nX: y!\nZ\n\n')}`],
  ])('%s, with the line, and nothing of what stands there', async (_what, text) => {
    expect(await told([text])).toMatch(
      /^the PEM text cannot be read: (line \d+ |the block that ends in line \d+ |its last block )/,
    )
  })

  test.each([
    [`0\u0082\u0001\u0005${keyPem.slice(40, 80)}`, 'openssl pkcs12 -in FILE -nodes -out bundle.pem'],
    [good.pem.replaceAll('-----', '----'), 'boundaries of its blocks are damaged'],
    [good.pem.replaceAll('-----', '\u2014\u2014-'), 'with five hyphens on either side'],
    [good.pem.replaceAll(/-----.+-----/g, ''), 'put `-----BEGIN CERTIFICATE-----` above'],
    ['<html>log in first</html>', 'it is no PEM text'],
  ])('a file that is no PEM, and how to make it one', async (text, advice) => {
    expect(await told([text])).toContain(advice)
  })

  test('F-10 more than anybody needs', async () => {
    expect(await told([keyPem, '\n'.repeat(1_048_576)])).toMatch(/bytes, and at most 1048576 are read/)
    const block = (at: number) =>
      `-----BEGIN CERTIFICATE-----\nQUJD${String(at).padStart(4, '0')}\n-----END CERTIFICATE-----\n`
    const many = Array.from({ length: 250 }, (_, at) => block(at))
    expect(await told([keyPem, good.pem, ...many])).toContain('more than 250 certificates')
  })
})
