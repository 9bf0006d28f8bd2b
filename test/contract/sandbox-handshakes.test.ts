import { once } from 'node:events'
import { connect as connectPlain, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { serverNameIn } from '../../sandbox/client-hello.ts'
import { handshake } from '../../sandbox/handshake.ts'
import type { Lie, LieOptions } from '../../sandbox/lies.ts'
import { startListener } from '../../sandbox/listener.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { issue } from '../support/practice-world.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const NAMES = ['shop.example', '*.shop.example']
const authority = await createAuthority({ name: 'Handshakes' })
const [old, next] = [await issue(authority, 'ecdsa-p256', NAMES), await issue(authority, 'rsa-2048', NAMES)]

async function listening(addresses: readonly string[] = ['127.0.0.1']) {
  const time = { ms: 0 }
  const listener = await startListener({ addresses, now: () => time.ms })
  closing.push(listener.close)
  listener.serve([old])
  return { listener, time }
}

/** What a client sees: the old certificate, the new one, or why there was no handshake. */
async function seen({ port }: { port: number }, name = 'www.shop.example', address = '127.0.0.1'): Promise<string> {
  try {
    const { leaf } = await handshake({ address, port }, name, 300)
    return leaf.fingerprint256.replaceAll(':', '').toLowerCase() === old.fingerprint ? 'old' : 'new'
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code ?? message
  }
}

/** Reset or not. */
const closed = (socket: Socket) => new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))

async function seenTimes(times: number, listener: { port: number }): Promise<string[]> {
  const probes: string[] = []
  for (let time = 0; time < times; time++) probes.push(await seen(listener))
  return probes
}

/** What came back on the connection after this was sent, and how it ended. */
async function raw(port: number, send: string | Buffer): Promise<{ answer: Buffer; end: string }> {
  const socket = connectPlain({ port, host: '127.0.0.1', allowHalfOpen: true })
  let answer = Buffer.alloc(0)
  socket.on('data', (part) => {
    answer = Buffer.concat([answer, part])
  })
  socket.write(send)
  const end = await new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end'))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'error'))
    socket.setTimeout(200, () => resolve('silence'))
  })
  socket.destroy()
  return { answer, end }
}

/** The first bytes of a real client. */
async function clientHello(servername?: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', ...(servername === undefined ? {} : { servername }) })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [hello] = await once(socket, 'data')
  client.destroy()
  server.close()
  return hello
}

describe('a listener that breaks handshakes', () => {
  test.each<[Lie, LieOptions, RegExp]>([
    ['alert', {}, /^ERR_SSL_.*HANDSHAKE_FAILURE$/],
    ['alert', { alert: 112 }, /^ERR_SSL_.*UNRECOGNIZED_NAME$/],
    ['reset', {}, /^ECONNRESET$/],
    ['closes', {}, /^ECONNRESET$/],
    ['hangs', {}, /^no answer in time$/],
    ['plain', {}, /^ERR_SSL_.*(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)/],
    ['refuses', {}, /^ECONNREFUSED$/],
  ])(
    '%s %o: only after a change, and no longer when it is undone or the lie is over',
    async (lie, options, failure) => {
      const { listener } = await listening()
      const end = listener.misbehave(lie, options)
      expect(await seen(listener)).toBe('old')
      listener.serve([next])
      expect(await seen(listener)).toMatch(failure)
      expect(await seen(listener)).toMatch(failure)
      listener.serve([old])
      expect(await seen(listener)).toBe('old')
      listener.serve([next])
      expect(await seen(listener)).toMatch(failure)
      end()
      expect(await seenTimes(2, listener)).toEqual(['new', 'new'])
    },
  )

  test.each<[Lie, string, string]>([
    ['alert', '15030300020228', 'end'],
    ['reset', '', 'ECONNRESET'],
    ['closes', '', 'end'],
    ['hangs', '', 'silence'],
    ['plain', Buffer.from('HTTP/1.1 400 Bad Request\r\n').toString('hex'), 'end'],
  ])('%s: what a client gets to its greeting, byte for byte, and how the connection ends', async (lie, bytes, end) => {
    const { listener } = await listening()
    listener.misbehave(lie, { when: 'always' })
    const heard = await raw(listener.port, await clientHello('shop.example'))
    expect(heard.answer.subarray(0, Math.max(bytes.length / 2, lie === 'plain' ? 26 : 1)).toString('hex')).toBe(bytes)
    expect(heard.end).toBe(end)
  })

  test('at one of its addresses, while the other shows the truth', async () => {
    const { listener } = await listening(['127.0.0.1', '127.0.0.2'])
    for (const lie of ['alert', 'refuses'] as const) {
      const end = listener.misbehave(lie, { address: 1, when: 'always' })
      expect(await seen(listener)).toBe('old')
      expect(await seen(listener, 'shop.example', '127.0.0.2')).toMatch(/HANDSHAKE_FAILURE|ECONNREFUSED/)
      end()
      expect(await seen(listener, 'shop.example', '127.0.0.2')).toBe('old')
    }
  })

  test('for one server name, or for those that a wildcard covers; who names none is spared', async () => {
    const { listener } = await listening()
    listener.misbehave('alert', { serverName: 'shop.example', alert: 112, when: 'always' })
    expect(await seen(listener, 'SHOP.example')).toMatch(/UNRECOGNIZED_NAME/)
    expect(await seen(listener, 'www.shop.example')).toBe('old')
    expect(await seen(listener, '')).toBe('old')
    listener.misbehave('reset', { serverName: '*.shop.example', when: 'always' })
    expect(await seen(listener, 'shop.example')).toBe('old')
    expect(await seen(listener, 'www.shop.example')).toBe('ECONNRESET')
  })

  test('every third greeting of those that it is about', async () => {
    const { listener } = await listening()
    listener.misbehave('closes', { every: 3 })
    expect(await seenTimes(4, listener)).toEqual(['old', 'old', 'old', 'old'])
    listener.serve([next])
    expect(await seenTimes(6, listener)).toEqual(['new', 'new', 'ECONNRESET', 'new', 'new', 'ECONNRESET'])
  })

  test.each<[Lie, string]>([
    ['reset', 'ECONNRESET'],
    ['refuses', 'ECONNREFUSED'],
  ])('%s: a while after it was told, and again a while after it is told the next time', async (lie, failure) => {
    const { listener, time } = await listening()
    listener.misbehave(lie, { afterMs: 50 })
    listener.serve([next])
    expect(await seen(listener)).toBe('new')
    time.ms += 51
    await pause(80) // nobody greets a port that is closed: it closes by itself
    expect(await seen(listener)).toBe(failure)
    listener.serve([next])
    expect(await seen(listener)).toBe('new')
    time.ms += 51
    await pause(80)
    expect(await seen(listener)).toBe(failure)
  })

  test('whatever it is told, when that is wanted', async () => {
    const { listener } = await listening()
    const end = listener.misbehave('refuses', { when: 'always' })
    expect(await seen(listener)).toBe('ECONNREFUSED')
    listener.serve([next])
    listener.serve([old])
    expect(await seen(listener)).toBe('ECONNREFUSED')
    end()
    expect(await seen(listener)).toBe('old')
  })

  test('the conditions hold for wrong certificates, too', async () => {
    const { listener } = await listening(['127.0.0.1', '127.0.0.2'])
    listener.misbehave('stale', { address: 1, serverName: 'shop.example' })
    listener.serve([next])
    expect(await seen(listener, 'shop.example', '127.0.0.2')).toBe('old')
    expect(await seen(listener, 'shop.example', '127.0.0.1')).toBe('new')
    expect(await seen(listener, 'www.shop.example', '127.0.0.2')).toBe('new')
    listener.misbehave('dropsChain', { when: 'changed' })
    const issuers = async () => (await handshake({ address: '127.0.0.1', port: listener.port }, NAMES[0] ?? '')).issuers
    expect(await issuers()).not.toEqual([])
    listener.serve([old])
    expect(await issuers()).toEqual([])
  })

  test('a port that refuses cannot tell greetings apart, and does not claim to', async () => {
    const { listener } = await listening()
    expect(() => listener.misbehave('refuses', { every: 2 })).toThrow(/every greeting/)
    expect(() => listener.misbehave('refuses', { serverName: 'shop.example' })).toThrow(/every greeting/)
    expect(() => listener.misbehave('alert', { address: 1 })).toThrow(/no address 1.*has 1,/)
    expect(await seen(listener)).toBe('old')
  })

  test('a port that refused is taken back as soon as whoever has it lets go, and open connections outlive it all', async () => {
    const { listener } = await listening()
    const open = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(open, 'secureConnect')
    const end = listener.misbehave('refuses', { when: 'always' })
    const thief = createServer().listen(listener.port, '127.0.0.1')
    await once(thief, 'listening')
    end()
    await pause(20)
    thief.close()
    await once(thief, 'close')
    await expect.poll(() => seen(listener)).toBe('old')
    open.write('GET / HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\r\n')
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1.1 200/)
    open.destroy()
  })

  test('it closes with connections that hang, and leaves neither sockets nor the port behind', async () => {
    const { listener } = await listening()
    listener.misbehave('hangs', { when: 'always' })
    const hello = await clientHello('shop.example')
    const sockets = Array.from({ length: 5 }, () => connectPlain({ port: listener.port, host: '127.0.0.1' }))
    for (const [index, socket] of sockets.entries()) {
      await once(socket, 'connect')
      if (index > 0) socket.write(hello.subarray(0, index * 20)) // the first says nothing, the others half a greeting
    }
    const ends = sockets.map(closed)
    await Promise.all([listener.close(), ...ends])
    const after = createServer().listen(listener.port, '127.0.0.1')
    await once(after, 'listening')
    after.close()
  })

  test('a lie that ends when the listener has closed does not open it again', async () => {
    const { listener } = await listening()
    const end = listener.misbehave('refuses', { when: 'always' })
    await listener.close()
    end()
    listener.serve([next])
    expect(await seen(listener)).toBe('ECONNREFUSED')
  })

  test('a greeting that comes in pieces is understood, and the handshake goes on', async () => {
    const { listener } = await listening()
    listener.misbehave('alert', { serverName: 'shop.example', when: 'always' })
    const hello = await clientHello('shop.example')
    const socket = connectPlain({ port: listener.port, host: '127.0.0.1', noDelay: true })
    for (const part of [hello.subarray(0, 3), hello.subarray(3, 90), hello.subarray(90)]) {
      socket.write(part)
      await pause(20)
    }
    expect((await once(socket, 'data'))[0].toString('hex')).toBe('15030300020228')
    socket.destroy()
    const other = await raw(listener.port, await clientHello('www.shop.example'))
    expect(other.answer[0]).toBe(22)
  })
})

test('the server name is read from the greeting of a real client', async () => {
  const hello = await clientHello('a.shop.example')
  expect(serverNameIn(hello)).toBe('a.shop.example')
  expect(serverNameIn(await clientHello())).toBe('')
  for (let end = 0; end < hello.length; end++) expect(serverNameIn(hello.subarray(0, end))).toBeUndefined()
  expect(serverNameIn(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('')
  // The same greeting over two records.
  const record = (part: Buffer) => Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part])
  const [body, cut] = [hello.subarray(5), 60]
  expect(serverNameIn(Buffer.concat([record(body.subarray(0, cut)), record(body.subarray(cut))]))).toBe(
    'a.shop.example',
  )
  // Lengths that point beyond the end name nothing.
  const torn = Buffer.from(hello)
  torn[43] = 255
  expect(serverNameIn(torn)).toBe('')
})
