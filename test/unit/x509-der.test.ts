import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { authorityKeyIdentifier, serialOctets } from '../../lib/x509/der.ts'
import { createAuthority, newKeyPair, selfSigned } from '../../sandbox/pki.ts'

const [notBefore, notAfter] = [new Date('2026-11-01'), new Date('2027-01-30')]
const authority = await createAuthority({ name: 'Test' })

describe('what node:crypto does not read', () => {
  test('the authority key identifier and the serial agree with another reader of DER', async () => {
    for (let round = 0; round < 8; round++) {
      const { publicKey } = await newKeyPair(round % 2 === 0 ? 'ecdsa-p256' : 'rsa-2048')
      const { leafPem, certId } = await authority.issue({ publicKey, names: ['shop.test'], notBefore, notAfter })
      const leaf = new X509Certificate(leafPem)
      const [issuer, serial] = [authorityKeyIdentifier(leaf), serialOctets(leaf)]
      expect(`${issuer?.toString('base64url')}.${serial.toString('base64url')}`).toBe(certId)
    }
  })

  test.each([
    ['01', '01'],
    ['7F', '7f'],
    ['80', '0080'],
    ['ABC', '0abc'],
    ['87654321', '0087654321'],
    ['0', '00'],
  ])('the serial %s is the octets %s', (serialNumber, octets) => {
    expect(serialOctets({ serialNumber }).toString('hex')).toBe(octets)
  })

  test('DER that is cut short, or lies about its lengths, is refused and never read beyond its end', async () => {
    const { cert } = await selfSigned('ecdsa-p256', { names: ['shop.test'], notBefore, notAfter })
    const { raw } = new X509Certificate(cert)
    const read = (der: Buffer) => {
      try {
        return authorityKeyIdentifier({ raw: der } as X509Certificate)
      } catch (error) {
        if (isFailure(error, 'CHAIN_INVALID')) return undefined
        throw error
      }
    }
    expect(read(raw)).toHaveLength(20)
    for (let length = 0; length < raw.length; length++) read(raw.subarray(0, length))
    for (let at = 0; at < raw.length; at++) {
      for (const value of [0x00, 0x80, 0x84, 0xff]) {
        const bent = Buffer.from(raw)
        bent[at] = value
        read(bent)
      }
    }
  })
})
