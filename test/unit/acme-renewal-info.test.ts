import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PublicCertificate } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { certificateId } from '../../lib/x509/certificate-id.ts'
import { newKeyPair } from '../../sandbox/pki.ts'
import { authorityOver, leapingClock } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)

/** RFC 9773, Appendix A. */
const VECTOR = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`

const MINUTE = 60_000
const DAY = 86_400_000
const start = Date.now()
const at = (days: number) => new Date(start + days * DAY).toISOString()

let certificate: PublicCertificate
beforeAll(async () => {
  const { publicKey } = await newKeyPair('ecdsa-p256')
  const [notBefore, notAfter] = [new Date(start - 60 * DAY), new Date(start + 30 * DAY)]
  certificate = publicCertificate(
    (await practice.issuer.issue({ publicKey, names: ['shop.test'], notBefore, notAfter })).chainPem,
  )
})

/** What becomes of an answer to the question when to renew. */
async function told(body: unknown, { retryAfter = '21600', status = 200, days = 0, announced = true } = {}) {
  const urls: string[] = []
  const clock = leapingClock()
  await clock.sleep(days * DAY)
  const renewalInfo = announced ? { renewalInfo: 'https://ca.test/ari' } : {}
  const directory = { newNonce: 'https://ca.test/n', newAccount: 'https://ca.test/a', newOrder: 'https://ca.test/o' }
  const { authority } = authorityOver({
    directory: 'https://ca.test/directory',
    clock,
    http: {
      async send({ url, maxBytes }) {
        urls.push(url)
        const isDirectory = url.endsWith('/directory')
        const answer = isDirectory ? { ...directory, revokeCert: 'https://ca.test/r', ...renewalInfo } : body
        if (!isDirectory) expect(maxBytes).toBe(16_384)
        return {
          status: isDirectory ? 200 : status,
          headers: { 'content-type': 'application/json', 'retry-after': retryAfter },
          body: typeof answer === 'string' ? answer : JSON.stringify(answer),
          receivedAt: clock.now(),
        }
      },
      close: async () => {},
    },
  })
  const window = await authority.renewalWindow(certificate)
  return { window, urls, pause: Math.round((Number(window?.checkAfter) - Number(clock.now())) / MINUTE) }
}

const window = (from: string, to: string) => ({ suggestedWindow: { start: from, end: to } })

describe('the renewal information of a certificate authority', () => {
  test('is asked for under the name that RFC 9773, Appendix A, computes', async () => {
    expect(certificateId(publicCertificate(VECTOR))).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
    const { urls } = await told(window(at(1), at(2)))
    expect(urls).toEqual(['https://ca.test/directory', `https://ca.test/ari/${certificateId(certificate)}`])
  })

  test('is a window, with a text for people', async () => {
    const explanationURL = 'https://ca.test/incident\u001b[31m'
    const answer = await told({ ...window(at(1), at(2)), explanationURL })
    expect(answer.window).toMatchObject({ start: new Date(at(1)), end: new Date(at(2)) })
    expect(answer.window?.explanation).toBe('https://ca.test/incident [31m')
  })

  test.each([
    ['60', 1],
    ['1', 1],
    ['21600', 360],
    ['99999999', 1_440],
    ['', 360],
    ['soon', 360],
  ])('with Retry-After %j is asked for again after %i minutes', async (retryAfter, minutes) => {
    expect((await told(window(at(1), at(2)), { retryAfter })).pause).toBe(minutes)
  })

  test('may say "now" to a certificate of any age', async () => {
    expect((await told(window(at(-1), at(-0.9)))).window).toBeDefined()
    expect((await told(window(at(-60.1), at(-60.05)))).window).toBeDefined()
  })

  test.each([
    ['ends before it starts', window(at(2), at(1))],
    ['ends when it starts', window(at(1), at(1))],
    ['lies years away', window(at(900), at(901))],
    ['lies long before the certificate', window(at(-900), at(-899))],
    ['is no date', window('tomorrow', at(2))],
    ['is a number', { suggestedWindow: { start: 1, end: 2 } }],
    ['is missing', {}],
    ['is null', null],
    ['is a page', '<html>'],
  ])('F-56 that %s is no answer', async (_what, body) => {
    expect((await told(body)).window).toBeUndefined()
  })

  test.each([400, 404, 429, 500, 503])('F-56 status %i is no answer', async (status) => {
    expect((await told({}, { status })).window).toBeUndefined()
  })

  test('is not asked for when the directory has none, nor for what has expired', async () => {
    expect((await told(window(at(1), at(2)), { announced: false })).urls).toHaveLength(1)
    expect((await told(window(at(1), at(2)), { days: 31 })).urls).toEqual([])
  })
})

test('F-14: that the clocks differ is heard when it is asked when to renew', async () => {
  const clock = leapingClock()
  const answer = { status: 200, headers: { date: new Date(start + DAY).toUTCString() }, body: '{}' }
  const http = { send: async () => ({ ...answer, receivedAt: clock.now() }), close: async () => {} }
  const { authority } = authorityOver({ directory: 'https://ca.test/directory', http, clock })
  await expect(authority.renewalWindow(certificate)).rejects.toMatchObject({ code: 'CLOCK_WRONG' })
})
