import { createServer as createPlain } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { createProbe } from '../../lib/platform/probe.ts'
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

describe('the probe', () => {
  test('shows the chain that is presented, even when it has expired and nobody trusts it', async () => {
    const shop = await identity(['shop.test'])
    const { endpoint } = await listen(shop)
    expect(await probe.served(endpoint, 'shop.test')).toMatchObject({
      fingerprint: shop.fingerprint,
      names: ['shop.test'],
      chainPem: shop.cert,
    })
  })

  test('shows a chain without its intermediate, or with its root, as it is', async () => {
    const shop = await identity(['shop.test'])
    const [leaf = ''] = shop.cert.split(/(?<=END CERTIFICATE-----\n)/)
    const short = await listen({ ...shop, cert: leaf })
    expect((await probe.served(short.endpoint, 'shop.test')).chainPem).toBe(leaf)
    const long = await listen({ ...shop, cert: shop.cert + authority.rootPem })
    expect((await probe.served(long.endpoint, 'shop.test')).chainPem).toBe(shop.cert + authority.rootPem)
  })

  test('asks for the name, and tells what is served for just that', async () => {
    const [one, other] = [await identity(['one.test']), await identity(['other.test'])]
    const { endpoint, server } = await listen(one)
    server.addContext('other.test', other)
    const served = await Promise.all(['one.test', 'other.test'].map((name) => probe.served(endpoint, name)))
    expect(served.map(({ names }) => names[0])).toEqual(['one.test', 'other.test'])
  })

  test('sees a placeholder that signed itself', async () => {
    const { endpoint } = await listen(await selfSigned('rsa-2048', { names: ['shop.test'], notBefore, notAfter }))
    expect(await probe.served(endpoint, 'shop.test')).toMatchObject({ names: ['shop.test'], keyAlgorithm: 'rsa-2048' })
  })

  test('says where it came to nothing, and why', async () => {
    const { endpoint, server } = await listen(await identity(['shop.test']))
    server.close()
    const refused = await failing(probe.served(endpoint, 'shop.test'))
    expect(refused.code).toBe('UNREACHABLE')
    expect(refused.message).toContain(`127.0.0.1:${endpoint.port} came about: ECONNREFUSED`)
  })

  test('F-7D gives up on a listener that does not speak TLS, hangs up, or says nothing', async () => {
    const talkers = [(socket: { end(text?: string): void }) => socket.end('HTTP/1.1 400\r\n\r\n'), () => {}]
    const hangUp = (socket: { end(): void }) => socket.end()
    for (const talk of [...talkers, hangUp]) {
      const open = new Set<{ destroy(): void }>()
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
      const { port } = server.address() as { port: number }
      const hasty = createProbe({ timeLeft: () => 60 })
      const failure = await failing(hasty.served({ address: '127.0.0.1', port }, 'shop.test'))
      expect(failure.code).toBe('UNREACHABLE')
    }
  })

  test('starts nothing when the run is out of time', async () => {
    const late = createProbe({ timeLeft: () => 0 })
    expect((await failing(late.served({ address: '127.0.0.1', port: 1 }, 'shop.test'))).code).toBe('OUT_OF_TIME')
  })
})

describe('a listener that holds keys of two families', () => {
  test('shows each client the certificate for the key that it takes', async () => {
    const [ecdsa, rsa] = await Promise.all([identity(['shop.test']), identity(['shop.test'], 'rsa-2048')])
    const { endpoint } = await listen({ key: [ecdsa.key, rsa.key], cert: [ecdsa.cert, rsa.cert] })
    expect((await probe.served(endpoint, 'shop.test', 'ecdsa')).fingerprint).toBe(ecdsa.fingerprint)
    expect((await probe.served(endpoint, 'shop.test', 'rsa')).fingerprint).toBe(rsa.fingerprint)
    expect((await probe.served(endpoint, 'shop.test')).fingerprint).toBe(ecdsa.fingerprint)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'with %s and one family shows nothing to clients of the other',
    async (version) => {
      const rsa = await identity(['shop.test'], 'rsa-2048')
      const { endpoint } = await listen({ ...rsa, minVersion: version, maxVersion: version })
      expect((await probe.served(endpoint, 'shop.test', 'rsa')).fingerprint).toBe(rsa.fingerprint)
      await expect(probe.served(endpoint, 'shop.test', 'ecdsa')).rejects.toMatchObject({ code: 'UNREACHABLE' })
    },
  )
})
