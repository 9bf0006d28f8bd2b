import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProbe } from '../../lib/platform/probe.ts'
import { createPlaceholder } from '../../lib/x509/placeholder.ts'
import { tools } from '../support/driver-context.ts'

const now = new Date('2026-11-22T06:00:00Z')
const NAMES = ['shop.example', '*.shop.example', '192.0.2.10', '2001:db8::10', 'xn--bcher-kva.example']
const placeholder = await createPlaceholder([...NAMES, 'shop.example'], now)
const read = new X509Certificate(placeholder.chainPem)

describe('a placeholder', () => {
  test('is a certificate like any other, with the DNS names and addresses as its names', () => {
    expect(placeholder).toMatchObject({
      names: ['shop.example', '*.shop.example', '192.0.2.10', '2001:db8::10', 'xn--bcher-kva.example'],
      serial: read.serialNumber,
      fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase(),
      keyAlgorithm: 'rsa-2048',
      chainPem: `${read}`,
    })
  })

  test('is for DNS names and IP addresses, each once', () => {
    expect(read.subjectAltName).toBe(
      'DNS:shop.example, DNS:*.shop.example, IP Address:192.0.2.10, IP Address:2001:DB8:0:0:0:0:0:10, DNS:xn--bcher-kva.example',
    )
    for (const name of ['shop.example', 'www.shop.example']) expect(read.checkHost(name)).toBeDefined()
    for (const address of ['192.0.2.10', '2001:db8::10']) expect(read.checkIP(address)).toBeDefined()
  })

  test('is signed with its own key, is no authority, and is for servers only', () => {
    expect(read.verify(read.publicKey)).toBe(true)
    expect(read.issuer).toBe(read.subject)
    expect(read.checkPrivateKey(createPrivateKey(placeholder.privateKeyPem.reveal()))).toBe(true)
    expect([read.ca, read.keyUsage]).toEqual([false, ['1.3.6.1.5.5.7.3.1']])
    expect(read.signatureAlgorithm).toBe('sha256WithRSAEncryption')
  })

  test('says to people what it is', () => {
    expect(read.subject).toBe('O=newleaf placeholder\nCN=shop.example')
  })

  test('is valid since yesterday and for a year', () => {
    expect([placeholder.notBefore, placeholder.notAfter]).toEqual([
      new Date('2026-11-21T06:00:00Z'),
      new Date('2027-11-22T06:00:00Z'),
    ])
  })

  test('has a serial number of its own, positive, of sixteen octets', async () => {
    const others = await Promise.all([1, 2, 3].map(() => createPlaceholder(['shop.example'], now)))
    const serials = [placeholder, ...others].map(({ serial }) => serial)
    expect(new Set(serials).size).toBe(4)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('has a common name that is short enough, whatever the names', async () => {
    const long = `${'a'.repeat(60)}.shop.example`
    const subjects = await Promise.all(
      [[long, 'b.example'], [long]].map(async (names) => {
        const { chainPem } = await createPlaceholder(names, now)
        return new X509Certificate(chainPem).subject.split('\n')[1]
      }),
    )
    expect(subjects).toEqual(['CN=b.example', 'CN=placeholder'])
  })

  test('is presented in a handshake', async () => {
    const server = createServer({ cert: placeholder.chainPem, key: placeholder.privateKeyPem.reveal() })
    server.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const seen = await createProbe(tools).handshake({ address: '127.0.0.1', port }, 'shop.example')
    expect(seen).toMatchObject({ certificate: { fingerprint: placeholder.fingerprint } })
  })
})
