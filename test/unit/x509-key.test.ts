import 'reflect-metadata'
import { createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { KEY_ALGORITHMS } from '../../lib/types.ts'
import { createCsr } from '../../lib/x509/csr.ts'
import { generateKey, keyAlgorithmOf } from '../../lib/x509/key.ts'

x509.cryptoProvider.set(webcrypto)

describe('a private key', () => {
  test.each(KEY_ALGORITHMS)('%s is made as PKCS#8, and known again', async (algorithm) => {
    const key = await generateKey(algorithm)
    expect(keyAlgorithmOf(key)).toBe(algorithm)
    expect(key.reveal().startsWith('-----BEGIN PRIVATE KEY-----\n')).toBe(true)
    expect(`${key}`).toBe('[secret]')
  })

  test('of another kind is another kind', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(keyAlgorithmOf(new Secret(pem))).toBe('other')
  })
})

describe('a certificate signing request', () => {
  test.each(KEY_ALGORITHMS)('for %s has the names, an empty subject, and a right signature', async (algorithm) => {
    const key = await generateKey(algorithm)
    const many = Array.from({ length: 97 }, (_, at) => `${'n'.repeat(at % 60)}${at}.shop.test`)
    const names = ['shop.test', '*.shop.test', 'xn--bcher-kva.test', ...many]
    const csr = new x509.Pkcs10CertificateRequest(await createCsr(Object.freeze(names), key))
    const san = csr.getExtension('2.5.29.17') as x509.SubjectAlternativeNameExtension
    expect(san.names.items.map(({ value }) => value)).toEqual(names)
    expect(csr.subject).toBe('')
    expect(await csr.verify()).toBe(true)
    const ours = createPublicKey(key.reveal()).export({ type: 'spki', format: 'der' })
    expect(Buffer.from(csr.publicKey.rawData).equals(ours)).toBe(true)
  })
})
