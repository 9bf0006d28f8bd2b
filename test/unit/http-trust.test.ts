import { describe, expect, test } from 'vitest'
import type { HttpOptions } from '../../lib/platform/http.ts'
import { failure } from '../support/failure.ts'
import { httpFor, stubbornServer } from '../support/stubborn-https.ts'

const answering = () => stubbornServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))

describe('a server whose certificate is not trusted here', () => {
  test('has answered, and the message says what to set', async () => {
    const { port } = await answering()
    const refused = await failure(httpFor().send({ method: 'GET', url: `https://127.0.0.1:${port}/` }))
    expect(refused).toMatchObject({ code: 'UNREACHABLE' })
    expect(refused?.message).toMatch(
      /^127\.0\.0\.1:\d+ answered, but its certificate is not trusted here \(\w+\): set caCertificate or NODE_EXTRA_CA_CERTS$/,
    )
  })

  test('is told from one that has a certificate for other names', async () => {
    const { port, caCertificate } = await answering()
    const lookup = ((_name: string, _options: object, done: (error: null, all: object[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as HttpOptions['lookup']
    const http = httpFor({ caCertificate, ...(lookup && { lookup }) })
    const refused = await failure(http.send({ method: 'GET', url: `https://other.example:${port}/` }))
    expect(refused?.message).toContain('answered, but its certificate is for other names (')
  })
})
