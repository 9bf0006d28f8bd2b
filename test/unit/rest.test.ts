import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { type Failure, isFailure } from '../../lib/errors.ts'
import { HOUR } from '../../lib/platform/clock.ts'
import type { HttpResponse } from '../../lib/platform/http.ts'
import { anyAnswer, createRest } from '../../lib/platform/rest.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { answering } from '../support/driver-context.ts'

const START = Date.parse('2026-11-22T06:00:00Z')

/** An API that gives these answers, one after the other and the last one for ever, and a clock that only goes when told to. */
function api(...answers: Partial<HttpResponse>[]) {
  let [now, calls] = [START, 0]
  const clock = {
    now: () => new Date(now),
    async sleep(milliseconds: number) {
      now += milliseconds
    },
  }
  const rest = createRest(
    {
      async send() {
        const answer = answers[Math.min(calls++, answers.length - 1)]
        return { status: 200, headers: {}, body: '{}', receivedAt: clock.now(), ...answer }
      },
      close: async () => {},
    },
    { vendor: 'Acme Cloud', endpoint: 'https://api.test', headers: {} },
    { clock, random: () => 0.5, timeLeft: () => HOUR },
  )
  const call = async (method: 'GET' | 'POST' = 'GET') => {
    try {
      await rest.call({ method, path: '/things', answer: anyAnswer })
      return 'done'
    } catch (error) {
      if (isFailure(error)) return error
      throw error
    }
  }
  return {
    call,
    pass: clock.sleep,
    get calls() {
      return calls
    },
  }
}

describe('a vendor that asks for patience', () => {
  test.each([429, 500, 503])(
    'F-22 with %i and a time is not asked again before it, in whatever way',
    async (status) => {
      const vendor = api({ status, headers: { 'retry-after': '3600' } }, {})
      const until = new Date(START + HOUR)
      expect(await vendor.call()).toMatchObject({ code: 'RATE_LIMITED', retryAfter: until })
      expect(await vendor.call('POST')).toMatchObject({ code: 'RATE_LIMITED', retryAfter: until })
      await vendor.pass(HOUR - 1)
      expect(await vendor.call()).toMatchObject({ code: 'RATE_LIMITED' })
      expect(vendor.calls).toBe(1)
      await vendor.pass(1)
      expect(await vendor.call()).toBe('done')
    },
  )

  test('F-22 with a time that is years away is asked again after a day', async () => {
    const vendor = api({ status: 429, headers: { 'retry-after': '315360000' } }, {})
    expect(await vendor.call()).toMatchObject({ code: 'RATE_LIMITED', retryAfter: new Date(START + 24 * HOUR) })
  })

  test('F-20 a breakdown with a time that is past or senseless is one like any other, and tried again', async () => {
    for (const header of ['0', '-1', 'soon', 'Sun, 22 Nov 2026 05:00:00 GMT']) {
      const vendor = api({ status: 503, headers: { 'retry-after': header } }, {})
      expect(await vendor.call()).toBe('done')
      expect(vendor.calls).toBe(2)
    }
  })

  test('an answer that names a time though nothing is wrong, or though something else is, asks for nothing', async () => {
    const vendor = api({ headers: { 'retry-after': '60' } }, { status: 400, headers: { 'retry-after': '60' } }, {})
    expect(await vendor.call()).toBe('done')
    expect(await vendor.call()).toMatchObject({ code: 'REJECTED' })
    expect(await vendor.call()).toBe('done')
  })
})

test('a page in the place of an answer is no success, even where the answer does not matter', async () => {
  const vendor = api({ body: '\n<html><body>Please wait</body></html>', headers: { 'content-type': 'text/html' } })
  expect(await vendor.call('POST')).toMatchObject({ code: 'ANSWER_INVALID', fields: { status: 200 } })
  // A service of one's own may say what it likes.
  expect(await api({ body: 'OK', headers: { 'content-type': 'text/html' } }).call('POST')).toBe('done')
})

describe('a vendor that repeats what it was sent', () => {
  const TOKEN = 'canary-token-of-a-vendor'
  const refusedWith = async (reason: string) => {
    const clock = { now: () => new Date(START), sleep: async () => {} }
    const rest = createRest(
      {
        send: async () => ({ status: 400, headers: {}, body: JSON.stringify({ reason }), receivedAt: clock.now() }),
        close: async () => {},
      },
      {
        vendor: 'Acme Cloud',
        endpoint: 'https://api.test',
        headers: { authorization: new Secret(`Bearer ${TOKEN}`), 'x-key': new Secret(TOKEN) },
        explain: (_status, body) => body as { reason: string },
      },
      { clock, random: () => 0.5, timeLeft: () => HOUR },
    )
    return rest.call({ method: 'GET', path: '/things', answer: anyAnswer }).catch((error: unknown) => error)
  }

  test.each(['it is bad', `the token ${TOKEN} is bad`, `authorization: Bearer ${TOKEN}`, `${TOKEN}${TOKEN}`])(
    'is quoted without our credentials',
    async (reason) => {
      const refused = await refusedWith(reason)
      expect(refused).toMatchObject({ code: 'REJECTED' })
      const { message, stack, fields } = refused as Failure
      // Not shown when it fails: it would hold the token.
      expect(`${message} ${stack} ${JSON.stringify(fields)}`.includes(TOKEN)).toBe(false)
    },
  )

  test.each([1, 8, 15])('is quoted without a part of them: all but %i letters', async (cut) => {
    for (const part of [TOKEN.slice(cut), TOKEN.slice(0, -cut)]) {
      const refused = await refusedWith(`the token ${part} is bad`)
      expect((refused as Failure).message.includes(part)).toBe(false)
    }
  })

  test('is quoted', async () => {
    expect(await refusedWith('the zone is locked')).toHaveProperty(
      'message',
      expect.stringContaining('the zone is locked'),
    )
  })
})

describe('a vendor that says elsewhere than in Retry-After when it may be asked again', () => {
  const asked = (moment: Date) =>
    createRest(
      answering(() => ({ status: 429, headers: { reset: `${moment.getTime()}` } })),
      {
        vendor: 'Acme Cloud',
        endpoint: 'https://api.test',
        headers: {},
        explain: (_status, _body, { reset }) => ({ retryAfter: new Date(Number(reset)) }),
      },
      { clock: { now: () => new Date(START), sleep: async () => {} }, random: () => 0.5, timeLeft: () => HOUR },
    ).call({ method: 'POST', path: '/things', answer: anyAnswer })

  test('is asked again then, and after a day at the latest', async () => {
    const soon = new Date(Date.now() + HOUR)
    await expect(asked(soon)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: soon })
    const late = await asked(new Date(Date.now() + 900 * HOUR)).catch((error: Failure) => error)
    const wait = ((late as Failure).retryAfter?.getTime() ?? 0) - Date.now()
    expect(wait).toBeGreaterThan(23 * HOUR)
    expect(wait).toBeLessThanOrEqual(24 * HOUR)
  })

  test('is not misread when what it says is no time', async () => {
    await expect(asked(new Date(Number.NaN))).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: undefined })
  })
})

describe('a vendor that says with 200 what went wrong', () => {
  const asking = (body: string) =>
    createRest(
      answering(() => ({ status: 200, headers: { 'set-cookie': 'session=1' }, body })),
      {
        vendor: 'Acme Cloud',
        endpoint: 'https://api.test',
        headers: {},
        isRefusal: (said) => (said as { ok: boolean }).ok === false,
        explain: () => ({ code: 'CONFLICT', reason: 'it is there' }),
      },
      { clock: { now: () => new Date(START), sleep: async () => {} }, random: () => 0.5, timeLeft: () => HOUR },
    )
  const read = { method: 'POST', path: '/things' } as const

  test('is understood as if the status had said so', async () => {
    await expect(asking('{"ok":false}').call({ ...read, answer: anyAnswer })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'Acme Cloud answered POST /things with 200: it is there',
    })
    expect(await asking('{"ok":true}').call({ ...read, answer: anyAnswer })).toEqual({ ok: true })
  })

  test('shows its headers to who reads them as well', async () => {
    const answer = v.object({ headers: v.object({ 'set-cookie': v.string() }), body: v.object({ ok: v.boolean() }) })
    expect(await asking('{"ok":true}').call({ ...read, answer, withHeaders: true })).toEqual({
      headers: { 'set-cookie': 'session=1' },
      body: { ok: true },
    })
  })
})
