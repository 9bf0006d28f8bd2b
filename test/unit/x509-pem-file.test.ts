import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readBundle } from '../../lib/x509/bundle.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { pemFrom } from '../../lib/x509/pem-file.ts'
import { certificate, now, SERVER_AUTH } from '../support/made-certificate.ts'

const NAMES = ['shop.test']
const root = await certificate(undefined, { ca: true })
const made = { names: NAMES, usage: SERVER_AUTH }
const [ecdsa, rsa] = [await generateKey('ecdsa-p384'), await generateKey('rsa-2048')]

const imported = (...files: readonly Buffer[]) => readBundle(files.map(pemFrom), { now, trusted: [] })
const der = (pem: string) => new X509Certificate(pem).raw

describe('a file of a certificate that was had elsewhere', () => {
  test.each([
    ['PKCS#8', ecdsa, 'pkcs8'],
    ['SEC1', ecdsa, 'sec1'],
    ['PKCS#8', rsa, 'pkcs8'],
    ['PKCS#1', rsa, 'pkcs1'],
  ] as const)('may be DER, and that of the key %s', async (_form, key, type) => {
    const leaf = await certificate(root, { ...made, key })
    const bytes = createPrivateKey(key.reveal()).export({ type: type as 'pkcs8', format: 'der' })
    const { chainPem, privateKeyPem } = imported(bytes, der(leaf.pem), der(root.pem))
    expect([chainPem, privateKeyPem.reveal()]).toEqual([leaf.pem, key.reveal()])
  })

  test.each(['utf16le', 'utf16be'])('may be a text in %s, with a byte order mark', async (encoding) => {
    const leaf = await certificate(root, { ...made, key: ecdsa })
    const bytes = Buffer.from(`\uFEFF${ecdsa.reveal()}${leaf.pem}${root.pem}`, 'utf16le')
    expect(imported(encoding === 'utf16be' ? bytes.swap16() : bytes).chainPem).toBe(leaf.pem)
  })

  test('that is neither a text nor the DER of one of them is told as what it is not', () => {
    for (const bytes of [Buffer.from('3082010a0282', 'hex'), Buffer.concat([der(root.pem), Buffer.of(1)])])
      expect(() => imported(bytes)).toThrow('it is no PEM text; rewrite a PKCS#12 file with `openssl pkcs12')
    expect(() => imported(Buffer.from('0815'))).toThrow('it is base64 without the boundaries of a block')
  })
})
