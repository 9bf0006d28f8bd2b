import { describe, expect, test } from 'vitest'
import { failure } from '../support/failure.ts'
import { type Behaviour, forEver, httpFor, stubbornServer } from '../support/stubborn-https.ts'

const MEBIBYTE = 1_048_576
const OK = 'HTTP/1.1 200 OK\r\n'

/** What came of one request to such a server, and when its connections are closed again. */
async function exchange(
  behaviour: Behaviour | 'no handshake',
  limits: { timeout?: number; maxBytes?: number; timeLeft?: number } = {},
) {
  const { timeLeft = 60_000, ...request } = limits
  const server = await stubbornServer(behaviour)
  const http = httpFor({ caCertificate: server.caCertificate, timeLeft: () => timeLeft })
  const sent = http.send({ method: 'GET', url: `https://127.0.0.1:${server.port}/`, ...request })
  return { server, sent }
}

/** Longer than anything here takes, and shorter than the test. */
const soon = <T>(work: Promise<T>): Promise<T | 'never'> =>
  Promise.race([work, new Promise<'never'>((done) => setTimeout(done, 5_000, 'never').unref())])

describe('an answer has a largest size', () => {
  const sized = (size: number, length = true): Behaviour => {
    const headers = length ? `content-length: ${size}\r\n\r\n` : 'connection: close\r\n\r\n'
    return (socket) => socket.end(OK + headers + 'a'.repeat(size))
  }

  test('of 1 MiB, and that is still taken', async () => {
    const { sent } = await exchange(sized(MEBIBYTE))
    expect((await sent).body).toHaveLength(MEBIBYTE)
  })

  test.each([
    { what: 'that tells its length', behaviour: sized(MEBIBYTE + 1) },
    { what: 'that does not tell its length', behaviour: sized(MEBIBYTE + 1, false) },
  ])('a byte more $what is refused', async ({ behaviour }) => {
    const { sent } = await exchange(behaviour)
    expect(await failure(sent)).toMatchObject({ code: 'ANSWER_INVALID' })
  })

  test('a smaller one where less is expected, and a larger one where more is', async () => {
    const { sent: small } = await exchange(sized(1_001), { maxBytes: 1_000 })
    expect(await failure(small)).toMatchObject({ code: 'ANSWER_INVALID' })
    const { sent: large } = await exchange(sized(2 * MEBIBYTE), { maxBytes: 2 * MEBIBYTE })
    expect((await large).body).toHaveLength(2 * MEBIBYTE)
  })

  test('one without end is refused once it is too large, and its connection is closed', async () => {
    const chunk = 'a'.repeat(65_536)
    const most = 64 * MEBIBYTE
    let written = 0
    const { sent, server } = await exchange((socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`)
      void forEver(socket, `10000\r\n${chunk}\r\n`, { most }).then(() => {
        written = socket.bytesWritten
        socket.end('0\r\n\r\n')
      })
    })
    expect(await soon(failure(sent))).toMatchObject({ code: 'ANSWER_INVALID' })
    expect(await soon(server.closed())).not.toBe('never')
    expect(written).toBeLessThan(most / 2) // what was under way is not counted to the byte
  })

  test('headers without end are refused, and their connection is closed', async () => {
    const { sent, server } = await exchange((socket) => {
      socket.write(OK)
      void forEver(socket, `x-more: ${'a'.repeat(1_000)}\r\n`, { most: 64 * MEBIBYTE })
    })
    expect(await soon(failure(sent))).toMatchObject({ code: 'UNREACHABLE' })
    expect(await soon(server.closed())).not.toBe('never')
  })
})

describe('an exchange has a time', () => {
  const silences: { what: string; behaviour: Behaviour }[] = [
    { what: 'headers that never come', behaviour: () => {} },
    {
      what: 'headers that drip for ever',
      behaviour: (socket) => {
        socket.write(OK)
        void forEver(socket, 'x: y\r\n', { pause: 50 })
      },
    },
    { what: 'a body that never comes', behaviour: (socket) => socket.write(`${OK}content-length: 5\r\n\r\n`) },
    {
      what: 'a body that drips for ever',
      behaviour: (socket) => {
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`)
        void forEver(socket, '1\r\na\r\n', { pause: 50 })
      },
    },
    {
      what: 'a first answer that is none, again and again',
      behaviour: (socket) => void forEver(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', { pause: 50 }),
    },
  ]

  describe.each(silences)('$what', ({ behaviour }) => {
    test.each([
      { whose: 'the request has', limits: { timeout: 400 } },
      { whose: 'the run has left', limits: { timeLeft: 400 } },
    ])('ends after the time that $whose, and its connection is closed', async ({ limits }) => {
      const began = performance.now()
      const { sent, server } = await exchange(behaviour, limits)
      const failed = await soon(failure(sent))
      expect(failed).toMatchObject({ code: 'UNREACHABLE' })
      expect(failed).toHaveProperty('message', expect.stringContaining('did not answer in time'))
      expect(performance.now() - began).toBeGreaterThan(390)
      expect(await soon(server.closed())).not.toBe('never')
    })
  })

  test('a handshake that is never answered ends after it, too', async () => {
    const { sent } = await exchange('no handshake', { timeout: 400 })
    const began = performance.now()
    expect(await soon(failure(sent))).toMatchObject({ code: 'UNREACHABLE' })
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('one that waits for a connection ends after it, too, and is not sent later', async () => {
    const requests: string[] = []
    const server = await stubbornServer((socket, first) => {
      const note = (part: string) => {
        for (const [, path = ''] of part.matchAll(/^[A-Z]+ (\S+)/gm)) requests.push(path)
      }
      note(first)
      socket.on('data', (part) => note(part.toString()))
      setTimeout(() => socket.write(`${OK}content-length: 0\r\n\r\n`), 1_500)
    })
    const http = httpFor({ caCertificate: server.caCertificate, connections: 1 })
    const get = (path: string, timeout: number) =>
      http.send({ method: 'GET', url: `https://127.0.0.1:${server.port}${path}`, timeout })
    const slow = get('/slow', 10_000)
    const began = performance.now()
    expect(await soon(failure(get('/waiting', 400)))).toMatchObject({ code: 'UNREACHABLE' })
    expect(performance.now() - began).toBeLessThan(1_400)
    expect(await slow).toMatchObject({ status: 200 })
    await new Promise((done) => setTimeout(done, 200))
    expect(requests).toEqual(['/slow'])
  })

  test('without time left nothing is sent at all', async () => {
    const { sent, server } = await exchange((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`), { timeLeft: 0 })
    expect(await failure(sent)).toMatchObject({ code: 'OUT_OF_TIME' })
    expect(server.opened).toBe(0)
  })
})

test('a header that cannot be sent is a mistake of the configuration, never an unreachable network, and is not shown', async () => {
  const http = httpFor({ timeLeft: () => 60_000 })
  const headers = { authorization: 'Bearer canary\rtoken' }
  const refused = await failure(http.send({ method: 'GET', url: 'https://127.0.0.1:1/', headers }))
  expect(refused).toMatchObject({ code: 'CONFIG_INVALID', retry: 'never' })
  expect(refused?.message).toContain('a header has a character that no header may have')
  expect(refused?.message).not.toContain('canary')
})
