import { spawnSync } from 'node:child_process'
import { createServer as createPlain, type Socket } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { createProbe } from '../../lib/platform/probe.ts'
import type { PublicCertificate } from '../../lib/types.ts'
import { createAuthority, type KeyKind, newKeyPair, selfSigned } from '../../sandbox/pki.ts'
import { failing } from '../support/acme-authority.ts'

const closing: (() => unknown)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const probe = createProbe({ timeLeft: () => 60_000 })
const authority = await createAuthority({ name: 'Test' })
const [notBefore, notAfter] = [new Date('2020-01-01'), new Date('2020-03-01')]

async function identity(names: string[], kind: KeyKind = 'ecdsa-p256') {
  const { privateKeyPem, publicKey } = await newKeyPair(kind)
  const { chainPem, fingerprint } = await authority.issue({ publicKey, names, notBefore, notAfter })
  return { key: privateKeyPem, cert: chainPem, fingerprint }
}

async function listen(options: TlsOptions, address = '127.0.0.1') {
  const server = createServer(options)
  server.on('secureConnection', (socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  closing.push(() => server.close())
  const port = (server.address() as { port: number }).port
  return { endpoint: { address, port }, server }
}

async function shown(...greeting: Parameters<typeof probe.handshake>): Promise<PublicCertificate> {
  const handshake = await probe.handshake(...greeting)
  if (handshake.result !== 'presented') throw new Error(handshake.reason)
  return handshake.certificate
}

/** A listener that knows nothing of TLS. */
async function plain(talk: (socket: Socket) => void) {
  const open = new Set<Socket>()
  const server = createPlain((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    talk(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { address: '127.0.0.1', port: (server.address() as { port: number }).port }
}

describe('the probe', () => {
  test('shows the chain that is presented, even when it has expired and nobody trusts it', async () => {
    const shop = await identity(['shop.test'])
    const { endpoint } = await listen(shop)
    expect(await shown(endpoint, 'shop.test')).toMatchObject({
      fingerprint: shop.fingerprint,
      names: ['shop.test'],
      chainPem: shop.cert,
    })
  })

  test('asks for a name by SNI, and for an address without it', async () => {
    const asked: string[] = []
    const { endpoint } = await listen({
      ...(await identity(['shop.test'])),
      SNICallback(name, done) {
        asked.push(name)
        done(null)
      },
    })
    for (const name of ['shop.test', '10.0.0.7', '2001:db8::1']) await shown(endpoint, name)
    expect(asked).toEqual(['shop.test'])
  })

  test('shows a chain without its intermediate, or with its root, as it is', async () => {
    const shop = await identity(['shop.test'])
    const [leaf = ''] = shop.cert.split(/(?<=END CERTIFICATE-----\n)/)
    const short = await listen({ ...shop, cert: leaf })
    expect((await shown(short.endpoint, 'shop.test')).chainPem).toBe(leaf)
    const long = await listen({ ...shop, cert: shop.cert + authority.rootPem })
    expect((await shown(long.endpoint, 'shop.test')).chainPem).toBe(shop.cert + authority.rootPem)
  })

  test('asks for the name, and tells what is served for just that', async () => {
    const [one, other] = [await identity(['one.test']), await identity(['other.test'])]
    const { endpoint, server } = await listen(one)
    server.addContext('other.test', other)
    const served = await Promise.all(['one.test', 'other.test'].map((name) => shown(endpoint, name)))
    expect(served.map(({ names }) => names[0])).toEqual(['one.test', 'other.test'])
  })

  test('sees a placeholder that signed itself', async () => {
    const { endpoint } = await listen(await selfSigned('rsa-2048', { names: ['shop.test'], notBefore, notAfter }))
    expect(await shown(endpoint, 'shop.test')).toMatchObject({ names: ['shop.test'], keyAlgorithm: 'rsa-2048' })
  })

  test('tells a listener that refuses from one that no way leads to', async () => {
    const { endpoint, server } = await listen(await identity(['shop.test']))
    server.close()
    expect(await probe.handshake(endpoint, 'shop.test')).toEqual({
      result: 'refused',
      reason: 'the connection is refused',
    })
    // TCP knows no broadcast: the kernel refuses before it sends anything.
    expect(await probe.handshake({ address: '255.255.255.255', port: 443 }, 'shop.test')).toEqual({
      result: 'unreachable',
      reason: 'ENETUNREACH',
    })
  })

  /** RFC 8446 §6: a fatal alert. */
  const alert = (number: number) => (socket: Socket) =>
    socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, number])))
  test.each<[how: string, talk: (socket: Socket) => void, reason: string]>([
    ['answers with an alert', alert(40), 'it answers with the TLS alert handshake failure'],
    ['knows no such name', alert(112), 'it answers with the TLS alert unrecognized name'],
    ['answers with an alert that has no name here', alert(51), 'it answers with the TLS alert 51'],
    [
      'resets the connection',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      'it resets the connection',
    ],
    ['hangs up', (socket) => socket.end(), 'it closes the connection without a word'],
    ['speaks no TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'it speaks no TLS'],
  ])('F-7D tells that TCP came about and TLS did not, and how, of a listener that %s', async (_how, talk, reason) => {
    expect(await probe.handshake(await plain(talk), 'shop.test')).toEqual({ result: 'broken', reason, silent: false })
  })

  test('F-7D gives up on a listener that says nothing', async () => {
    const hasty = createProbe({ timeLeft: () => 60 })
    expect(await hasty.handshake(await plain(() => {}), 'shop.test')).toMatchObject({ result: 'broken', silent: true })
  })

  test('what is trouble of our own is told as that, and never as the listener’s', async () => {
    const program = `
      import { createProbe } from ${JSON.stringify(new URL('../../lib/platform/probe.ts', import.meta.url).href)}
      import { openSync } from 'node:fs'
      const probe = createProbe({ timeLeft: () => 5_000 })
      const greet = () => probe.handshake({ address: '127.0.0.1', port: 9 }, 'shop.test')
      await greet() // everything is loaded by then
      try { for (;;) openSync('/dev/null') } catch {}
      process.stdout.write(await greet().then((one) => one.result, (error) => error.code + ': ' + error.message))`
    const { stdout } = spawnSync(
      'sh',
      ['-c', 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"', process.execPath, program],
      { encoding: 'utf8' },
    )
    expect(stdout).toBe('LOCAL_TROUBLE: no connection can be opened from here: EMFILE')
  })

  test('starts nothing when the run is out of time', async () => {
    const late = createProbe({ timeLeft: () => 0 })
    expect((await failing(late.handshake({ address: '127.0.0.1', port: 1 }, 'shop.test'))).code).toBe('OUT_OF_TIME')
  })
})

describe('a listener that holds keys of two families', () => {
  test('shows each client the certificate for the key that it takes', async () => {
    const [ecdsa, rsa] = await Promise.all([identity(['shop.test']), identity(['shop.test'], 'rsa-2048')])
    const { endpoint } = await listen({ key: [ecdsa.key, rsa.key], cert: [ecdsa.cert, rsa.cert] })
    expect((await shown(endpoint, 'shop.test', 'ecdsa')).fingerprint).toBe(ecdsa.fingerprint)
    expect((await shown(endpoint, 'shop.test', 'rsa')).fingerprint).toBe(rsa.fingerprint)
    expect((await shown(endpoint, 'shop.test')).fingerprint).toBe(ecdsa.fingerprint)
  })

  test.each([
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-RSA-AES128-SHA',
    'AES128-GCM-SHA256',
  ])('is not taken for one without that family because it takes no other cipher than %s', async (ciphers) => {
    const [family, kind] = ciphers.includes('ECDSA')
      ? (['ecdsa', 'ecdsa-p256'] as const)
      : (['rsa', 'rsa-2048'] as const)
    const shop = await identity(['shop.test'], kind)
    const { endpoint } = await listen({ ...shop, ciphers, maxVersion: 'TLSv1.2' })
    expect((await shown(endpoint, 'shop.test', family)).fingerprint).toBe(shop.fingerprint)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'with %s and one family shows nothing to clients of the other',
    async (version) => {
      const rsa = await identity(['shop.test'], 'rsa-2048')
      const { endpoint } = await listen({ ...rsa, minVersion: version, maxVersion: version })
      expect((await shown(endpoint, 'shop.test', 'rsa')).fingerprint).toBe(rsa.fingerprint)
      expect(await probe.handshake(endpoint, 'shop.test', 'ecdsa')).toMatchObject({ result: 'broken', silent: false })
    },
  )
})
