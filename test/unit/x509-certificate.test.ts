import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { covers, publicCertificate, sameNames } from '../../lib/x509/certificate.ts'
import { createAuthority, type IssuedCertificate, type KeyKind, newKeyPair } from '../../sandbox/pki.ts'

const notBefore = new Date('2026-11-01T00:00:00Z')
const notAfter = new Date('2027-01-30T00:00:00Z')
const authority = await createAuthority({ name: 'Test' })

async function issue(names: string[], kind: KeyKind = 'ecdsa-p256', more = {}) {
  const { publicKey } = await newKeyPair(kind)
  return authority.issue({ publicKey, names, notBefore, notAfter, ...more })
}

let issued: IssuedCertificate
beforeAll(async () => {
  issued = await issue(['Shop.test', '*.shop.test'])
})

const refusal = (chainPem: string): string => {
  try {
    publicCertificate(chainPem)
    return 'none'
  } catch (error) {
    return isFailure(error, 'CHAIN_INVALID') ? error.message : String(error)
  }
}

describe('a certificate', () => {
  test('shows its facts', () => {
    expect(publicCertificate(issued.chainPem)).toEqual({
      names: ['shop.test', '*.shop.test'],
      serial: issued.serial,
      fingerprint: issued.fingerprint,
      keyAlgorithm: 'ecdsa-p256',
      notBefore,
      notAfter,
      issuer: 'CN=Test E1',
      chainPem: issued.chainPem,
    })
  })

  test('of an RSA key, or with a subject, is read as well', async () => {
    const { chainPem } = await issue(['shop.test'], 'rsa-2048', { commonName: 'shop.test' })
    expect(publicCertificate(chainPem)).toMatchObject({ names: ['shop.test'], keyAlgorithm: 'rsa-2048' })
  })

  test('shows DNS names and IP addresses, and no name that hides behind another', async () => {
    const { chainPem } = await issue(['a.test, DNS:victim.test'], 'ecdsa-p256', { addresses: ['10.0.0.1'] })
    expect(new X509Certificate(chainPem).subjectAltName).toContain('DNS:"a.test')
    expect(publicCertificate(chainPem).names).toEqual(['?', '10.0.0.1'])
  })

  test('looks the same however its PEM is wrapped', () => {
    const oneLine = issued.chainPem.replace(/-----BEGIN CERTIFICATE-----\n([^-]+)/g, (_, body: string) => {
      return `\n\n-----BEGIN CERTIFICATE-----\r\n${body.replaceAll('\n', '')}\r\n`
    })
    expect(publicCertificate(`${oneLine}\n\n`).chainPem).toBe(issued.chainPem)
  })

  test('is what it is whatever stands around it and between', () => {
    const { chainPem } = issued
    for (const text of [
      `${chainPem}junk`,
      `<p>junk</p>\n${chainPem}`,
      `junk${chainPem}`,
      chainPem.replaceAll('-----END CERTIFICATE-----\n', '-----END CERTIFICATE-----'),
      chainPem.replaceAll(' CERTIFICATE-', ' X509 CERTIFICATE-'),
      `-----BEGIN DH PARAMETERS-----\nQUJD\n-----END DH PARAMETERS-----\n${chainPem}`,
      `${chainPem}${chainPem}`,
    ])
      expect(publicCertificate(text).chainPem).toBe(chainPem)
  })

  test('F-37 that is anything else than PEM certificates is refused', () => {
    const { chainPem, leafPem } = issued
    const body = leafPem.replace(/-----[^-]+-----/g, '').trim()
    const der = Buffer.from(body, 'base64')
    const longer = Buffer.concat([der, Buffer.from('junk')]).toString('base64')
    const block = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`
    for (const text of [
      '',
      '\n',
      'nonsense',
      chainPem.replaceAll('CERTIFICATE', 'PRIVATE KEY'),
      chainPem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      chainPem.slice(0, -20),
      block('QUJD'),
      block(longer),
      block(der.subarray(0, -1).toString('base64')),
    ]) {
      expect(refusal(text), text.slice(0, 60)).toMatch(
        /^(a certificate chain was refused|the PEM text cannot be read): /,
      )
    }
  })

  test('F-10 a chain that is too long, or too large, is refused before it is read', async () => {
    const many = await Promise.all(Array.from({ length: 11 }, () => issue(['shop.test'])))
    expect(refusal(many.map(({ leafPem }) => leafPem).join(''))).toContain('more than 10 certificates')
    expect(refusal(`${issued.chainPem}${'\n'.repeat(70_000)}`)).toContain('larger than 65536 bytes')
    const started = performance.now()
    refusal('-----BEGIN CERTIFICATE-----\n'.repeat(2_000))
    refusal(`-----BEGIN CERTIFICATE-----\n${'A'.repeat(60_000)}`)
    expect(performance.now() - started).toBeLessThan(200)
  })
})

describe('names', () => {
  test.each([
    [['shop.test'], 'shop.test', true],
    [['shop.test'], 'www.shop.test', false],
    [['*.shop.test'], 'www.shop.test', true],
    [['*.shop.test'], 'a.b.shop.test', false],
    [['*.shop.test'], 'shop.test', false],
    [['*.shop.test'], '*.shop.test', true],
    [['*.test'], 'shop.test', true],
    [[], 'shop.test', false],
  ])('%j cover %s: %s', (names, name, expected) => {
    expect(covers(names, name)).toBe(expected)
  })

  test('are the same in any order, and however often they stand there', () => {
    expect(sameNames(['a', 'b'], ['b', 'a', 'a'])).toBe(true)
    expect(sameNames(['a', 'b'], ['a', 'c'])).toBe(false)
    expect(sameNames(['a'], ['a', 'b'])).toBe(false)
  })
})
