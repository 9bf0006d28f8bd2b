import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KEY_ALGORITHMS } from '../../lib/types.ts'
import { ipAddress, ipOctets } from '../../lib/x509/ip-address.ts'
import { createSelfSigned } from '../../lib/x509/self-signed.ts'

const now = new Date('2026-11-28T03:00:00Z')
const names = ['app.internal.example', '*.app.internal.example', '10.0.0.7', '2001:db8::1']

describe('a self-signed certificate', () => {
  test.each(KEY_ALGORITHMS)(
    'with a key of %s is read by OpenSSL, signed by itself, and for these names',
    async (key) => {
      const made = await createSelfSigned({ names, key }, 90, now)
      const leaf = new X509Certificate(made.chainPem)
      expect(made).toMatchObject({ names, keyAlgorithm: key, issuer: 'O=newleaf self-signed, CN=app.internal.example' })
      expect(leaf.subject).toBe(leaf.issuer)
      expect(leaf.verify(leaf.publicKey)).toBe(true)
      expect(leaf.ca).toBe(false)
      expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
      expect(leaf.checkHost('x.app.internal.example')).toBe('*.app.internal.example')
      expect(leaf.checkIP('10.0.0.7')).toBe('10.0.0.7')
      expect(leaf.checkIP('2001:db8::1')).toBeDefined()
      expect(leaf.checkIP('10.0.0.8')).toBeUndefined()
    },
  )

  test('lives as long as it is told, and began an hour ago, for clocks that differ', async () => {
    const { notBefore, notAfter } = await createSelfSigned({ names, key: 'ecdsa-p256' }, 90, now)
    expect([notBefore, notAfter]).toEqual([new Date('2026-11-28T02:00:00Z'), new Date('2027-02-26T03:00:00Z')])
    const long = await createSelfSigned({ names, key: 'ecdsa-p256' }, 9_000, now)
    expect(long.notAfter).toEqual(new Date('2051-07-20T03:00:00Z'))
  })

  test('is another one each time, with another key and serial', async () => {
    const [one, other] = [
      await createSelfSigned({ names, key: 'ecdsa-p256' }, 90, now),
      await createSelfSigned({ names, key: 'ecdsa-p256' }, 90, now),
    ]
    expect(one.serial).not.toBe(other.serial)
    expect(one.privateKeyPem.reveal()).not.toBe(other.privateKeyPem.reveal())
  })

  test('has the longest names in its alternative names, and a shorter one as its common name', async () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example`
    const made = await createSelfSigned({ names: [long], key: 'ecdsa-p256' }, 90, now)
    expect(made).toMatchObject({ names: [long], issuer: 'O=newleaf self-signed, CN=self-signed' })
  })
})

describe('an IP address', () => {
  test.each([
    ['10.0.0.7', '10.0.0.7', '0a000007'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '::', '0'.repeat(32)],
    ['::1', '::1', `${'0'.repeat(31)}1`],
    ['fe80::', 'fe80::', `fe80${'0'.repeat(28)}`],
    ['::ffff:192.0.2.1', '::ffff:c000:201', `${'0'.repeat(20)}ffffc0000201`],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ])('%s is %s, and these octets', (written, canonical, octets) => {
    expect(ipAddress(written)).toBe(canonical)
    expect(ipOctets(canonical).toString('hex')).toBe(octets)
  })

  test.each(['shop.example', '10.0.0', '1.2.3.4.5', 'fe80::1%eth0', '[::1]', ''])('%j is none', (text) => {
    expect(ipAddress(text)).toBeUndefined()
  })
})
