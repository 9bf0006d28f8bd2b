import { describe, expect, test } from 'vitest'
import { type PollResult, poll } from '../../lib/acme/poll.ts'
import { Failure, isFailure } from '../../lib/errors.ts'
import { MINUTE, SECOND, after as timeAfter } from '../../lib/platform/clock.ts'

/** A CA that has decided after so long, on a clock that is only moved by sleeping; what it says each time it is looked at. */
function authorityThat(
  decidesAfter: number,
  {
    says = () => undefined,
    timeLeft = 60 * MINUTE,
  }: { says?: (look: number) => number | undefined; timeLeft?: number } = {},
) {
  const started = Date.parse('2026-11-22T06:00:00Z')
  let now = started
  const looks: number[] = []
  const clock = {
    now: () => new Date(now),
    async sleep(milliseconds: number) {
      now += milliseconds
    },
  }
  const seen = (): PollResult<string> => {
    const pause = says(looks.length)
    return {
      value: 'seen',
      pending: now - started < decidesAfter,
      retryAfter: pause === undefined ? undefined : timeAfter(clock.now(), pause),
    }
  }
  return {
    looks,
    clock,
    seen,
    options: { authority: 'ca', clock, timeLeft: () => timeLeft - (now - started) },
    async look() {
      looks.push(now - started)
      if (looks.length > 1_000) throw new Error('it never ends')
      return seen()
    },
  }
}

/** What a run keeps to clean up, and the longest pause that is taken. */
const HALF = 30 * SECOND

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error) => (isFailure(error) ? error.code : error),
  )

describe('until a certificate authority has decided', () => {
  test('one that is done already is looked at once, without a pause', async () => {
    const { looks, look, options } = authorityThat(0)
    expect(await poll(look, options)).toBe('seen')
    expect(looks).toEqual([0])
  })

  test('a first answer that decides needs no look, and one that does not is followed by one at once', async () => {
    const done = authorityThat(0)
    expect(await poll(done.look, done.options, done.seen())).toBe('seen')
    expect(done.looks).toEqual([])
    const { looks, look, options, seen } = authorityThat(90)
    await poll(look, options, seen())
    expect(looks).toEqual([0, 100])
  })

  test('the pauses grow by half from a tenth of a second on', async () => {
    const { looks, look, options } = authorityThat(SECOND)
    await poll(look, options)
    expect(looks).toEqual([0, 100, 250, 475, 812.5, 1318.75])
  })

  test('a CA that never decides is looked at a few dozen times in ten minutes, and never without a pause between', async () => {
    const { looks, look, options } = authorityThat(Number.POSITIVE_INFINITY)
    expect(await codeOf(poll(look, options))).toBe('ACME_UNDECIDED')
    const pauses = looks.slice(1).map((at, index) => at - (looks[index] ?? 0))
    expect(Math.min(...pauses)).toBe(100)
    expect(Math.max(...pauses)).toBe(30 * SECOND)
    expect(looks.length).toBeLessThan(35)
    expect(looks.at(-1)).toBeGreaterThan(9 * MINUTE)
    expect(looks.at(-1)).toBeLessThanOrEqual(10 * MINUTE)
  })

  test('no look comes before the time that was named, not even the first', async () => {
    const { looks, look, options, seen } = authorityThat(5 * SECOND, { says: () => 3 * SECOND })
    await poll(look, options, seen())
    expect(looks).toEqual([3_000, 6_000])
  })

  test('a time that was named and is over calls for the usual pause', async () => {
    const { looks, look, options } = authorityThat(300, { says: () => 0 })
    await poll(look, options)
    expect(looks).toEqual([0, 100, 250, 475])
  })

  test('asked too often, it waits as long as it is told and goes on', async () => {
    const { clock, looks, look, options } = authorityThat(0)
    const retryAfter = timeAfter(clock.now(), 4 * SECOND)
    const refused = () => Promise.reject(new Failure('ACME_RATE_LIMITED', 'too fast', { retryAfter }))
    let first = true
    await poll(() => {
      const answer = first ? refused() : look()
      first = false
      return answer
    }, options)
    expect(looks).toEqual([4_000])
  })

  test.each([
    { what: 'half a minute', asked: HALF },
    { what: 'a day', asked: 1_440 * MINUTE },
    { what: 'ten years', asked: 3_650 * 1_440 * MINUTE },
  ])('that is at work and asks for a pause of $what is looked at half a minute later', async ({ asked }) => {
    const { clock, looks, look, options, seen } = authorityThat(HALF, { says: () => asked })
    const first = { ...seen(), retryAfter: timeAfter(clock.now(), asked) }
    expect(await poll(look, options, first)).toBe('seen')
    expect(looks).toEqual([HALF])
  })

  test('that never decides is told with the last of its reasons, and by a run that has no time left as well', async () => {
    const { look, options } = authorityThat(Number.POSITIVE_INFINITY)
    const reasons = ['none yet', 'SERVFAIL looking up TXT']
    const seen = async () => ({ ...(await look()), reason: reasons.length > 1 ? reasons.shift() : reasons[0] })
    await expect(poll(seen, options)).rejects.toMatchObject({
      code: 'ACME_UNDECIDED',
      fields: { authority: 'ca' },
      message: expect.stringMatching(/^ca has not decided within ten minutes.*: SERVFAIL looking up TXT$/),
    })
    const short = authorityThat(MINUTE, { timeLeft: 45 * SECOND })
    await expect(poll(async () => ({ ...(await short.look()), reason: 'busy' }), short.options)).rejects.toMatchObject({
      code: 'OUT_OF_TIME',
      message: expect.stringMatching(/: busy$/),
    })
  })

  test.each([
    { what: 'for half a minute', pause: HALF, code: undefined },
    { what: 'for longer', pause: HALF + 1, code: 'ACME_RATE_LIMITED' },
    { what: 'for nobody knows how long', pause: undefined, code: 'ACME_RATE_LIMITED' },
  ])('asked too often, and told so $what: it waits no longer than that', async ({ pause, code }) => {
    const { clock, look, options } = authorityThat(0)
    const retryAfter = pause === undefined ? undefined : timeAfter(clock.now(), pause)
    let first = true
    const polled = poll(() => {
      if (!first) return look()
      first = false
      return Promise.reject(new Failure('ACME_RATE_LIMITED', 'too fast', { retryAfter }))
    }, options)
    expect(await codeOf(polled)).toBe(code)
  })

  test('a look that needs no pause takes the last of the time, and a pause leaves enough to clean up', async () => {
    const done = authorityThat(0, { timeLeft: 1 })
    expect(await poll(done.look, done.options)).toBe('seen')
    const pausing = (timeLeft: number) => authorityThat(100, { timeLeft })
    const enough = pausing(HALF + 101)
    await poll(enough.look, enough.options)
    expect(enough.looks).toEqual([0, 100])
    const short = pausing(HALF + 100)
    expect(await codeOf(poll(short.look, short.options))).toBe('OUT_OF_TIME')
    expect(short.looks).toEqual([0])
  })

  test('a run without time looks no more', async () => {
    const { looks, look, options } = authorityThat(MINUTE, { timeLeft: 0 })
    expect(await codeOf(poll(look, options))).toBe('OUT_OF_TIME')
    expect(looks).toEqual([])
    const short = authorityThat(MINUTE, { timeLeft: 30_200 })
    expect(await codeOf(poll(short.look, short.options))).toBe('OUT_OF_TIME')
    expect(short.looks).toEqual([0, 100])
  })
})
