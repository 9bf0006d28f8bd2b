import { describe, expect, test } from 'vitest'
import { retryWithReadback } from '../../lib/acme/readback.ts'
import { Failure, type FailureCode } from '../../lib/errors.ts'

/** A request that fails with these codes, one after the other, and then succeeds; what is read back is given by turns. */
async function sent(codes: FailureCode[], readBack: (string | undefined)[] = [], timeLeft = 60_000, random = 0.5) {
  const pauses: number[] = []
  const failures = [...codes]
  let tries = 0
  let reads = 0
  const clock = {
    now: () => new Date(0),
    sleep: async (milliseconds: number) => {
      pauses.push(milliseconds)
    },
  }
  const send = async () => {
    tries += 1
    const code = failures.shift()
    if (code !== undefined) throw new Failure(code, 'no')
    return 'sent'
  }
  const came = await retryWithReadback(send, async () => readBack[reads++], {
    clock,
    random: () => random,
    timeLeft: () => timeLeft,
  }).catch((error: unknown) => (error instanceof Failure ? error.code : error))
  return { came, tries, reads, pauses }
}

describe('a request whose answer may get lost', () => {
  test('is sent once when it is answered, and nothing is read back', async () => {
    expect(await sent([])).toEqual({ came: 'sent', tries: 1, reads: 0, pauses: [] })
  })

  test.each(['UNREACHABLE', 'ACME_SERVER', 'ACME_ORDER_NOT_READY', 'ACME_PROBLEM'] as const)(
    'may have been done in spite of %s: that is found out, and it is not sent again',
    async (code) => {
      expect(await sent([code], ['done'])).toEqual({ came: 'done', tries: 1, reads: 1, pauses: [] })
    },
  )

  test('and was not done is sent three times, each after twice the pause', async () => {
    expect(await sent(['UNREACHABLE', 'UNREACHABLE'])).toEqual({ came: 'sent', tries: 3, reads: 2, pauses: [300, 600] })
    const all = await sent(['UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE'])
    expect(all).toEqual({ came: 'UNREACHABLE', tries: 3, reads: 3, pauses: [300, 600] })
  })

  test('waits half as long again, or half as long, as chance will have it', async () => {
    expect(await sent(['UNREACHABLE'], [], 60_000, 0)).toMatchObject({ pauses: [150] })
    expect(await sent(['UNREACHABLE'], [], 60_000, 1)).toMatchObject({ pauses: [450] })
  })

  test('and was refused for good is not sent again', async () => {
    expect(await sent(['ACME_PROBLEM'])).toEqual({ came: 'ACME_PROBLEM', tries: 1, reads: 1, pauses: [] })
    expect(await sent(['ACME_CAA'], ['done'])).toEqual({ came: 'ACME_CAA', tries: 1, reads: 0, pauses: [] })
  })

  test('is not sent again when the pause would take all the time that is left', async () => {
    expect(await sent(['UNREACHABLE'], [], 300)).toMatchObject({ came: 'UNREACHABLE', tries: 1, pauses: [] })
    expect(await sent(['UNREACHABLE'], [], 301)).toMatchObject({ came: 'sent', tries: 2, pauses: [300] })
  })
})
