import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { handler as renew } from '../../handlers/renew.ts'
import { handler as status } from '../../handlers/status.ts'
import { type FunctionWorld, functionWorld, plenty } from '../support/function-world.ts'
import { described, undescribed } from '../support/json-docs.ts'

let at: FunctionWorld
beforeAll(async () => {
  at = await functionWorld()
})
afterAll(() => at.close())

const url = (method: string, headers = {}) => ({ requestContext: { http: { method, path: '/' } }, headers })
/** As one that was never given them. */
async function withoutTokens<T>(work: () => Promise<T>): Promise<T> {
  for (const name of Object.keys(at.world.env)) vi.stubEnv(name, undefined)
  try {
    return await work()
  } finally {
    for (const [name, value] of Object.entries(at.world.env)) vi.stubEnv(name, value)
  }
}

describe('the status function', () => {
  test('says of a certificate that was never renewed that it is not well', async () => {
    expect(await status({}, plenty)).toMatchObject({
      ok: false,
      environment: 'sandbox',
      certificates: [
        { id: 'shop', healthy: false, names: ['shop.example', '*.shop.example'] },
        { id: 'blog', healthy: false },
      ],
    })
  })

  test('tells what is served where and since when, the window, the next look, and what happened; it asks nobody and needs no token', async () => {
    await renew({}, plenty)
    await renew({}, plenty) // the first look after it asks for the window
    const calls = at.calls()
    const answer = await withoutTokens(() => status({}, plenty))
    expect(answer).toMatchObject({
      ok: true,
      certificates: [
        {
          id: 'shop',
          healthy: true,
          targets: { 'fr/edge/https': { fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), verified: true } },
          window: { start: expect.any(Date), end: expect.any(Date) },
          next: expect.any(Date),
          issued: [expect.any(Date)],
          events: [{ event: 'renewed', detail: 'absent' }],
        },
        { id: 'blog', healthy: true },
      ],
    })
    expect(at.calls()).toBe(calls)
    expect(undescribed(JSON.parse(JSON.stringify(answer)), 'remembered', described())).toEqual([])
  })

  test('tells of a failure: which, since when, and when it is tried again', async () => {
    await at.configure((text) => text.replace('frontend: https', 'frontend: gone'))
    await renew({ only: ['shop'] }, plenty)
    await at.configure()
    expect(await status({}, plenty)).toMatchObject({
      ok: false,
      certificates: [
        {
          id: 'shop',
          healthy: false,
          failures: [{ attempt: 'observe', code: 'TARGET_MISSING', count: 1, notBefore: expect.any(Date) }],
        },
        { id: 'blog', healthy: true },
      ],
    })
  })

  interface Stored {
    readonly current: object
  }
  /** The state of shop, changed as time and others would change it, while this goes on. */
  async function remembering(change: (document: Stored) => object, work: () => Promise<void>) {
    const folder = join(at.folder, 'newleaf/state/certificate/shop')
    const newest = Math.max(...readdirSync(folder).map((file) => Number(/^@(\d+)\.json$/.exec(file)?.[1] ?? 0)))
    const file = join(folder, `@${newest}.json`)
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, JSON.stringify(change(JSON.parse(before))))
    await work().finally(() => writeFileSync(file, before))
  }
  const past = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const shopNow = async () => {
    const answer = await status({}, plenty)
    if (!('certificates' in answer)) throw new Error('no certificates')
    return answer.certificates[0]
  }

  test('tells until when each certificate is valid, how many days that is, and who issued it', async () => {
    await renew({ only: ['shop'] }, plenty)
    expect(await shopNow()).toMatchObject({
      healthy: true,
      conditions: [],
      certificate: {
        notAfter: expect.any(Date),
        daysLeft: 89,
        authority: 'sandbox',
        names: expect.arrayContaining(['shop.example']),
      },
    })
  })

  test.each<[situation: string, change: (document: Stored) => object, code: string]>([
    ['has expired', (document) => ({ ...document, current: { ...document.current, notAfter: past(1) } }), 'EXPIRED'],
    [
      'nobody has looked at, though it was to be looked at hours ago',
      (document) => ({ ...document, nextLook: past(0.2) }),
      'OVERDUE',
    ],
    [
      'was issued by another authority than is wanted',
      (document) => ({ ...document, current: { ...document.current, authority: 'staging' } }),
      'OTHER_AUTHORITY',
    ],
  ])('a certificate that %s is not healthy, and says so', async (_situation, change, code) => {
    await remembering(change, async () => {
      expect(await shopNow()).toMatchObject({ healthy: false, conditions: [{ code }] })
    })
  })

  test('tells nothing of a target that was taken out of the configuration', async () => {
    const given = (answer: unknown) => JSON.stringify(answer).includes('fr/edge/https')
    expect(given(await status({}, plenty))).toBe(true)
    await at.configure((text) => text.replace('frontend: https', 'frontend: other'))
    expect(given(await status({}, plenty))).toBe(false)
    await at.configure()
  })

  test('says that a configuration has mistakes, and does not tell of certificates that no run looks at any more', async () => {
    await at.configure((text) => text.replace('frontend: https', 'frontent: https'))
    expect(await status({}, plenty)).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
    await at.configure()
  })

  test('shows no secret, no TXT value and no order', async () => {
    const text = JSON.stringify(await status({}, plenty))
    for (const token of Object.values(at.world.env)) expect(text).not.toContain(token)
    expect(text).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE|"txt"|"order"/)
  })

  test('answers a GET through its URL, not to be kept by anybody', async () => {
    const answer = await status(url('GET'), plenty)
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    })
    if (!('body' in answer)) throw new Error('no body')
    expect(JSON.parse(answer.body)).toMatchObject({ certificates: [{ id: 'shop' }, { id: 'blog' }] })
  })

  test('F-8B: shows what an authority has said as text, which no browser takes for a page', async () => {
    await renew({ only: ['shop'] }, plenty)
    const said = `<script>alert("'&</script><img src=x onerror=alert(1)>`
    const failure = { ...{ count: 1, code: 'REJECTED', message: said, step: 'order' }, configHash: 'one' }
    const at_ = { since: new Date(), at: new Date(), notBefore: new Date() }
    await remembering(
      (document) => ({ ...document, failures: { deploy: { ...failure, ...at_ } } }),
      async () => {
        const answer = await status(url('GET'), plenty)
        if (!('body' in answer)) throw new Error('no body')
        expect(answer.headers).toMatchObject({
          'content-type': 'application/json',
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        })
        expect(JSON.stringify(JSON.parse(answer.body))).toContain(JSON.stringify(said).slice(1, -1))
      },
    )
  })

  test.each(['POST', 'PUT', 'DELETE', 'get'])('refuses a %s through its URL', async (method) => {
    expect(await status(url(method), plenty)).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } })
  })

  test.each([null, undefined, [], 'status', { only: ['shop'], force: true }, { requestContext: 'http' }])(
    'reads nothing of the event %j',
    async (event) => {
      const before = at.issued()
      expect(await status(event, plenty)).toMatchObject({ certificates: [{ id: 'shop' }, { id: 'blog' }] })
      expect(at.issued()).toBe(before)
    },
  )

  test('F-05: without a configuration says so, and does not throw', async () => {
    await at.configure(() => 'environment: [')
    expect(await status({}, plenty)).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
    await at.configure((text) => text.replaceAll('use: file', 'use: nothing'))
    expect(await status({}, plenty)).toMatchObject({ ok: false })
    await at.configure()
  })
})
