import { expect, test } from 'vitest'
import { createTransport, succeeded } from '../../lib/acme/transport.ts'
import { isFailure } from '../../lib/errors.ts'
import { HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { failure } from '../support/failure.ts'

const CA = 'https://ca.test'
const directory = { newNonce: `${CA}/n`, newAccount: `${CA}/a`, newOrder: `${CA}/o`, revokeCert: `${CA}/r` }

test('F-42 what a CA shows to everybody is not asked for again before the time that it named', async () => {
  let now = Date.parse('2026-11-22T06:00:00Z')
  const clock = {
    now: () => new Date(now),
    async sleep(milliseconds: number) {
      now += milliseconds
    },
  }
  const asked: string[] = []
  const http = {
    async send({ url }: { url: string }) {
      asked.push(url)
      const status = asked.length === 1 ? 503 : 200
      const headers = { 'content-type': 'application/json', 'retry-after': '3600' }
      return { status, headers, body: JSON.stringify(directory), receivedAt: clock.now() }
    },
    close: async () => {},
  }
  const transport = createTransport({
    authority: 'ca',
    directoryUrl: `${CA}/directory`,
    http,
    retry: { clock, random: () => 0.5, timeLeft: () => HOUR },
  })
  const code = () =>
    transport.directory().then(
      () => 'done',
      (error) => (isFailure(error) ? error.code : error),
    )
  expect([await code(), await code()]).toEqual(['ACME_RATE_LIMITED', 'ACME_RATE_LIMITED'])
  now += HOUR - MINUTE
  expect(await code()).toBe('ACME_RATE_LIMITED')
  expect(asked).toHaveLength(1)
  now += MINUTE
  expect(await code()).toBe('done')
  // Each resource for itself.
  expect((await transport.get(`${CA}/n`, 'give a nonce')).status).toBe(200)
})

/** A CA that answers everything with this body; what it was sent. */
function saying(body: string, hosts: Readonly<Record<string, string>> = {}) {
  const sent: HttpRequest[] = []
  const receivedAt = new Date('2026-11-22T06:00:00Z')
  const clock = { now: () => receivedAt, sleep: async () => {} }
  const http = {
    async send(request: HttpRequest) {
      sent.push(request)
      const isDirectory = request.url.endsWith('/directory')
      const said = isDirectory ? JSON.stringify({ ...directory, ...hosts }) : body
      return { status: 200, headers: {}, body: said, receivedAt }
    },
  }
  const retry = { clock, random: () => 0.5, timeLeft: () => HOUR }
  return { transport: createTransport({ authority: 'ca', directoryUrl: `${CA}/directory`, http, retry }), sent }
}

test('what is unsigned is asked for by GET, and for JSON unless something else is wanted; what is sent is labelled', async () => {
  const { transport, sent } = saying('{}')
  await transport.get(`${CA}/n`, 'give a nonce', 100)
  await transport.send('POST', `${CA}/o`, '{"payload":""}')
  await transport.send('POST', `${CA}/c`, '{"payload":""}', 'application/pem-certificate-chain')
  const [json, type] = ['application/json', 'application/jose+json']
  expect(sent).toStrictEqual([
    { method: 'GET', url: `${CA}/n`, maxBytes: 100, headers: { accept: json } },
    { method: 'POST', url: `${CA}/o`, body: '{"payload":""}', headers: { accept: json, 'content-type': type } },
    {
      ...{ method: 'POST', url: `${CA}/c`, body: '{"payload":""}' },
      headers: { accept: 'application/pem-certificate-chain', 'content-type': type },
    },
  ])
})

test.each(['7', 'null', '"[{"', ' "{}"', '{', '<html>'])(
  'an answer %s is no object and no list, and stays text',
  async (body) => {
    expect((await saying(body).transport.get(`${CA}/n`, 'give a nonce')).data).toBe(body)
  },
)

test('what its directory lies beside is a host of the CA, wherever that leads', async () => {
  const api = 'https://api.ca.test'
  const { transport, sent } = saying('', {
    newNonce: `${api}/n`,
    newAccount: `${api}/a`,
    newOrder: `${api}/o`,
    revokeCert: `${api}/r`,
  })
  for (const url of [`${CA}/x`, `${api}/x`]) expect((await transport.get(url, 'give a nonce')).status).toBe(200)
  const before = sent.length
  expect(await failure(transport.get('https://evil.test/x', 'give a nonce'))).toMatchObject({ code: 'URL_REFUSED' })
  expect(sent).toHaveLength(before)
})

test.each([
  { status: 200, isSuccess: true },
  { status: 299, isSuccess: true },
  { status: 300, isSuccess: false },
  { status: 199, isSuccess: false },
])('an answer with the status $status is a success: $isSuccess', ({ status, isSuccess }) => {
  const answer = { status, headers: {}, data: '', receivedAt: new Date(0) }
  const taken = () => succeeded(answer, { authority: 'ca', operation: 'take an order' })
  if (isSuccess) expect(taken()).toBe(answer)
  else expect(taken).toThrow(`ca refused to take an order (${status})`)
})
