import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { fault, handshake } from '../../sandbox/handshake.ts'
import { choose, covers, type Lie } from '../../sandbox/lies.ts'
import { type Listener, ownAddresses, startListener } from '../../sandbox/listener.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { issue } from '../support/practice-world.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('a listener', () => {
  const names = ['shop.example', '*.shop.example']

  async function twoAddresses() {
    const addresses = (await ownAddresses()).includes('::1') ? ['127.0.0.1', '::1'] : ['127.0.0.1']
    const time = { ms: 0 }
    const listener = await startListener({ addresses, now: () => time.ms })
    closing.push(listener.close)
    const authority = await createAuthority({ name: 'Listeners' })
    const [old, next] = [await issue(authority, 'ecdsa-p256', names), await issue(authority, 'ecdsa-p256', names)]
    listener.serve([old])
    return { listener, old, next, authority, time }
  }
  const seen = async ({ port }: Listener, name = 'www.shop.example', address = '127.0.0.1') =>
    (await handshake({ address, port }, name)).leaf.fingerprint256.replaceAll(':', '').toLowerCase()

  test('a wildcard covers one label, and the first certificate that covers a name is chosen', () => {
    expect(covers('*.shop.example', 'a.shop.example')).toBe(true)
    expect(covers('*.shop.example', 'shop.example')).toBe(false)
    expect(covers('*.shop.example', 'a.b.shop.example')).toBe(false)
    const served = (...own: string[]) => ({ names: own, context: {} as never, alone: () => served(...own) })
    const [one, two, three] = [served('x.test'), served('*.shop.example'), served('a.shop.example')]
    expect(choose([one, two, three], 'a.shop.example')).toBe(two)
    expect(choose([one, two, three], 'nobody.test')).toBe(one)
    expect(choose([], 'nobody.test')).toBeUndefined()
  })

  test('an exchange neither closes the port nor an open connection', async () => {
    const { listener, old, next } = await twoAddresses()
    const socket = connect({
      port: listener.port,
      host: '127.0.0.1',
      servername: 'a.shop.example',
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    expect(await seen(listener)).toBe(old.fingerprint)
    listener.serve([next])
    expect(await seen(listener)).toBe(next.fingerprint)
    socket.write('GET / HTTP/1.1\r\nhost: a.shop.example\r\nconnection: close\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 200/)
    socket.destroy()
  })

  test('without a certificate no handshake comes about', async () => {
    const { listener } = await twoAddresses()
    listener.serve([])
    await expect(seen(listener)).rejects.toThrow()
  })

  test.each<[Lie, string[]]>([
    ['stale', ['old', 'old', 'old']],
    ['lag', ['old', 'old', 'new']],
    ['half', ['new', 'old', 'new']],
    ['rolledBack', ['new', 'new', 'old']],
    ['wrongName', ['old', 'old', 'old']],
    ['firstInList', ['new', 'new', 'new']],
    ['secondAddress', ['new', 'new', 'new']],
    ['dropsChain', ['new', 'new', 'new']],
  ])('%s is told apart from the truth: at once, again, and after a while', async (lie, expected) => {
    const { listener, old, next, time } = await twoAddresses()
    const stop = listener.misbehave(lie, { afterMs: 60 })
    listener.serve([next])
    const named = (fingerprint: string) => (fingerprint === old.fingerprint ? 'old' : 'new')
    const quick = [await seen(listener), await seen(listener)].map(named)
    time.ms += 61
    expect([...quick, named(await seen(listener))]).toEqual(expected)
    stop()
    expect(await seen(listener)).toBe(next.fingerprint)
  })

  test('the first of the list for any name, the old one at the second address, a leaf alone: each can be seen', async () => {
    const { listener, old, next, authority } = await twoAddresses()
    const other = await issue(authority, 'ecdsa-p256', ['partner.example'])
    const root = new X509Certificate(authority.rootPem)
    listener.misbehave('firstInList')
    listener.serve([other, next])
    expect(await seen(listener)).toBe(other.fingerprint)
    listener.serve([old])
    listener.misbehave('secondAddress')
    listener.serve([next])
    expect(await seen(listener)).toBe(next.fingerprint)
    if (listener.addresses.includes('::1')) expect(await seen(listener, 'a.shop.example', '::1')).toBe(old.fingerprint)
    listener.misbehave('dropsChain')
    const presented = await handshake({ address: '127.0.0.1', port: listener.port }, 'a.shop.example')
    expect(fault(presented, 'a.shop.example', root)).toBe('broken chain')
    expect(fault(presented, 'partner.example', root)).toBe('does not cover the name')
    expect(fault(presented, 'a.shop.example', root, new Date('2100-01-01'))).toBe('expired')
  })
})
