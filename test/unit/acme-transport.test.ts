import { expect, test } from 'vitest'
import { createTransport, succeeded } from '../../lib/acme/transport.ts'
import { isFailure } from '../../lib/errors.ts'
import { HOUR, MINUTE } from '../../lib/platform/clock.ts'

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
