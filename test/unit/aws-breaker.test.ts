import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createBreaker } from '../../lib/platform/breaker.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { openAws } from '../../lib/vendors/aws/client.ts'
import { tools } from '../support/driver-context.ts'
import { failure } from '../support/failure.ts'
import { stubbornServer } from '../support/stubborn-https.ts'

const CALL = { action: 'GetSecretValue', on: 'newleaf/prod/linode' }
const LEFT_ALONE = { code: 'UNREACHABLE', message: expect.stringMatching(/left alone for a minute$/) }
const MINUTE = 60_000

const timedOut = () => Object.assign(new Error('socket idle'), { name: 'TimeoutError' })
const refused = () => Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })

/** An API, where each call has one try, and how many were made. */
async function api(context: Partial<Parameters<typeof openAws>[1]> = {}) {
  const at = { now: Date.parse('2026-11-28T06:00:00Z'), made: 0 }
  const clock = { now: () => new Date(at.now), sleep: async () => {} }
  const aws = await openAws({ region: 'eu-central-1' }, { ...tools, folder: '/', clock, ...context })
  const call = (end: () => unknown) =>
    aws.call({ ...CALL, once: true }, async () => {
      at.made += 1
      const ended = end()
      if (ended instanceof Error) throw ended
      return ended
    })
  return { at, call }
}

describe('an API of AWS that takes connections and never answers', () => {
  test('is waited for three times, then by nobody for a minute, and by one after it', async () => {
    const { at, call } = await api()
    for (let each = 0; each < 3; each += 1) await failure(call(timedOut))
    for (let each = 0; each < 20; each += 1) expect(await failure(call(timedOut))).toMatchObject(LEFT_ALONE)
    expect(await failure(call(timedOut))).toMatchObject({
      message: expect.stringMatching(/^the AWS API in eu-central-1 did/),
    })
    expect(at.made).toBe(3)
    at.now += MINUTE
    await Promise.all([failure(call(timedOut)), failure(call(timedOut))])
    expect(at.made).toBe(4)
    at.now += MINUTE
    for (let each = 0; each < 4; each += 1) expect(await call(() => 'answered')).toBe('answered')
  })

  test.each([
    ['that refuses in between', refused],
    ['that does as it is told in between', () => 'done'],
  ])('and one %s is asked on', async (_, answered) => {
    const { at, call } = await api()
    for (const end of [timedOut, timedOut, answered, timedOut, timedOut, answered]) await call(end).catch(() => {})
    expect(at.made).toBe(6)
    expect(await call(() => 'answered')).toBe('answered')
  })

  test('is not given up on by who has hardly any time, nor where connections are refused or broken off', async () => {
    for (const [more, end] of [
      [{ timeLeft: () => 4_000 }, timedOut],
      [{}, () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
      [{}, () => Object.assign(timedOut(), { code: 'ECONNRESET' })],
    ] as const) {
      const { at, call } = await api(more)
      for (let each = 0; each < 5; each += 1) await failure(call(end))
      expect(at.made).toBe(5)
    }
  })

  test('is known to all who open it with the same breaker, as a notifier does for each notice', async () => {
    const breaker = createBreaker(tools.clock)
    for (let each = 0; each < 3; each += 1) await failure((await api({ breaker })).call(timedOut))
    expect(await failure((await api({ breaker })).call(timedOut))).toMatchObject(LEFT_ALONE)
  })
})

test.each([
  ['shakes no hands', 'no handshake'],
  ['says nothing', () => {}],
] as const)('a client of the SDK sees that a server %s, and none is asked again after three', async (_, behaviour) => {
  const server = await stubbornServer(behaviour)
  const folder = mkdtempSync(join(tmpdir(), 'newleaf-aws-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ca.pem'), server.caCertificate)
  const secret = new Secret('canary-token-of-a-key')
  const aws = await openAws(
    {
      region: 'fr-par',
      endpoint: `https://127.0.0.1:${server.port}`,
      caCertificate: 'ca.pem',
      credentials: { accessKeyId: secret, secretAccessKey: secret },
    },
    { ...tools, folder },
  )
  const client = new S3Client({ ...aws.config, forcePathStyle: true })
  onTestFinished(() => client.destroy())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  onTestFinished(() => void vi.useRealTimers())
  const calls = Array.from({ length: 3 }, () =>
    failure(
      aws.call({ action: 'HeadBucket', on: 's3://state/', once: true }, (sending) =>
        client.send(new HeadBucketCommand({ Bucket: 'state' }), sending),
      ),
    ),
  )
  await vi.waitFor(() => expect(server.opened).toBe(3))
  await vi.advanceTimersByTimeAsync(31_000)
  expect(await Promise.all(calls)).toMatchObject(
    Array(3).fill({ code: 'UNREACHABLE', fields: { error: 'TimeoutError' } }),
  )
  const next = await failure(aws.call({ action: 'HeadBucket', on: 's3://state/' }, async () => 'sent'))
  expect(next).toMatchObject(LEFT_ALONE)
  expect(next?.message).toContain(`127.0.0.1:${server.port}`)
})
