import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { readBundle } from '../../lib/x509/bundle.ts'
import { createPlaceholder } from '../../lib/x509/placeholder.ts'
import { describePeers } from '../support/describe-peers.ts'
import { failure } from '../support/failure.ts'
import { openssl } from '../support/openssl.ts'

const EXTENSIONS = `
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:shop.test, DNS:*.shop.test
`

/** How each kind of key is made, and the label under which openssl writes it. */
const KEYS: Readonly<Record<string, readonly [label: string, ...args: string[]]>> = {
  'RSA as PKCS#1': ['RSA PRIVATE KEY', 'genrsa', '-traditional', '2048'],
  'RSA as PKCS#8': ['PRIVATE KEY', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  'an elliptic curve as SEC1, behind its parameters': ['EC PRIVATE KEY', 'ecparam', '-name', 'prime256v1', '-genkey'],
  'an elliptic curve as PKCS#8': ['PRIVATE KEY', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
}

describePeers('a certificate that openssl made', ['openssl'], ({ openssl: program }) => {
  let folder: string
  const path = (name: string) => join(folder, name)
  const text = (name: string) => readFile(path(name), 'utf8')
  async function run(...args: string[]): Promise<string> {
    const { code, said } = await openssl(program, args)
    if (code !== 0) throw new Error(`openssl ${args[0]}: ${said}`)
    return said
  }
  async function certificate(name: string, section: string, issuer: string): Promise<void> {
    await run('req', '-new', '-key', path(`${name}.key`), '-subj', `/CN=${name}`, '-out', path(`${name}.csr`))
    const by =
      issuer === name
        ? ['-signkey', path(`${name}.key`)]
        : ['-CA', path(`${issuer}.pem`), '-CAkey', path(`${issuer}.key`), '-CAcreateserial']
    const extensions = ['-extfile', path('extensions'), '-extensions', section]
    await run(
      'x509',
      '-req',
      '-in',
      path(`${name}.csr`),
      '-days',
      '90',
      ...by,
      ...extensions,
      '-out',
      path(`${name}.pem`),
    )
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'newleaf-import-'))
    await writeFile(path('extensions'), EXTENSIONS)
    for (const [name, issuer] of [
      ['root', 'root'],
      ['middle', 'root'],
    ] as const) {
      await run('genrsa', '-out', path(`${name}.key`), '2048')
      await certificate(name, 'authority', issuer)
    }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const read = (...texts: string[]) =>
    readBundle(
      texts.map((each) => new Secret(each)),
      { now: new Date() },
    )
  async function leaf(kind: string): Promise<string> {
    const [label, command = '', ...args] = KEYS[kind] ?? ['']
    await run(command, '-out', path('shop.key'), ...args)
    const key = await text('shop.key')
    expect(key).toContain(`-----BEGIN ${label}-----`)
    await certificate('shop', 'server', 'middle')
    return key
  }

  test.each(Object.keys(KEYS))('%s is read, and openssl proves what comes out', async (kind) => {
    const key = await leaf(kind)
    const { chainPem, privateKeyPem } = read(
      await text('root.pem'),
      await text('middle.pem'),
      key,
      await text('shop.pem'),
    )
    await writeFile(path('chain.pem'), chainPem)
    const proof = ['verify', '-CAfile', path('root.pem'), '-untrusted', path('chain.pem'), '-purpose', 'sslserver']
    expect(await run(...proof, '-verify_hostname', 'www.shop.test', path('chain.pem'))).toContain('OK')
    const checked = await openssl(program, ['pkey', '-check', '-noout'], privateKeyPem.reveal())
    expect(checked).toMatchObject({ code: 0, said: expect.stringMatching(/is valid/) })
    const [ofKey, ofLeaf] = [
      await openssl(program, ['pkey', '-pubout'], privateKeyPem.reveal()),
      await openssl(program, ['x509', '-noout', '-pubkey'], chainPem),
    ]
    expect(ofKey.said).toBe(ofLeaf.said)
    expect(privateKeyPem.reveal().startsWith('-----BEGIN PRIVATE KEY-----\n')).toBe(true)
    expect(chainPem.match(/BEGIN/g)).toHaveLength(2)
  })

  test('out of a PKCS#12 file it has attributes between its blocks', async () => {
    await leaf('RSA as PKCS#8')
    await writeFile(path('chain'), `${await text('middle.pem')}${await text('root.pem')}`)
    const made = ['-in', path('shop.pem'), '-inkey', path('shop.key'), '-certfile', path('chain'), '-name', 'the shop']
    await run('pkcs12', '-export', ...made, '-passout', 'pass:', '-out', path('shop.p12'))
    const bundle = await run('pkcs12', '-in', path('shop.p12'), '-nodes', '-passin', 'pass:')
    expect(bundle).toMatch(/Bag Attributes[\s\S]*friendlyName: the shop[\s\S]*subject=/)
    expect(read(bundle).names).toEqual(['shop.test', '*.shop.test'])
  })

  test('its key is refused while it is encrypted, and read once it was decrypted as the message says', async () => {
    const key = await leaf('RSA as PKCS#1')
    const chain = `${await text('shop.pem')}${await text('middle.pem')}${await text('root.pem')}`
    const passphrase = 'pass:canary-token-passphrase'
    for (const args of [[], ['-traditional']]) {
      await run('rsa', '-in', path('shop.key'), '-aes256', ...args, '-passout', passphrase, '-out', path('locked.key'))
      const refused = await failure(text('locked.key').then((locked) => read(locked, chain)))
      expect(refused?.message).toContain('`openssl pkey -in FILE -out key.pem`')
    }
    await run('pkey', '-in', path('locked.key'), '-passin', passphrase, '-out', path('open.key'))
    expect(read(await text('open.key'), chain).privateKeyPem.reveal()).toBe(read(key, chain).privateKeyPem.reveal())
  })
})

describePeers('openssl reads a placeholder', ['openssl'], ({ openssl: program }) => {
  test('its signature holds, for every name and address, and it is for servers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'newleaf-placeholder-'))
    try {
      const { chainPem, privateKeyPem } = await createPlaceholder(
        ['shop.test', '*.shop.test', '192.0.2.1', '2001:db8::1'],
        new Date(),
      )
      const file = join(folder, 'placeholder.pem')
      await writeFile(file, chainPem)
      const proof = ['verify', '-CAfile', file, '-check_ss_sig', '-purpose', 'sslserver']
      for (const host of ['shop.test', 'www.shop.test']) {
        expect(await openssl(program, [...proof, '-verify_hostname', host, file])).toMatchObject({ code: 0 })
      }
      for (const address of ['192.0.2.1', '2001:db8::1']) {
        expect(await openssl(program, [...proof, '-verify_ip', address, file])).toMatchObject({ code: 0 })
      }
      expect((await openssl(program, [...proof, '-verify_hostname', 'other.test', file])).code).not.toBe(0)
      const { said } = await openssl(program, ['x509', '-noout', '-text'], chainPem)
      expect(said).toMatch(/Version: 3[\s\S]*sha256WithRSAEncryption[\s\S]*Public-Key: \(2048 bit\)/)
      expect(said).toMatch(/Key Usage: critical\s+Digital Signature\n/)
      expect((await openssl(program, ['pkey', '-check', '-noout'], privateKeyPem.reveal())).code).toBe(0)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
