import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { earliestRetry, latestRetry } from '../../lib/failures.ts'

const askedFor = (hours: number) =>
  new Failure('RATE_LIMITED', `in ${hours} h`, { retryAfter: new Date(hours * 3_600_000) })
const denied = new Failure('DENIED', 'denied')
const refused = new Failure('UNAVAILABLE', 'unavailable')

describe('of several failures', () => {
  test.each([
    ['no failure', [], undefined, undefined],
    ['one', [denied], denied.message, denied.message],
    ['some that ask for no wait', [refused, denied], refused.message, refused.message],
    ['two waits', [askedFor(2), askedFor(5), askedFor(3)], 'in 5 h', 'in 2 h'],
    ['a wait among others', [denied, askedFor(2), refused], 'in 2 h', denied.message],
    ['a wait before others', [askedFor(2), refused, denied], 'in 2 h', refused.message],
    ['equal waits', [askedFor(2), denied, refused, askedFor(2)], 'in 2 h', denied.message],
  ])(
    '%s: what is repeated as a whole comes back last, what is repeated by itself first',
    (_, failures, last, first) => {
      expect([latestRetry(failures)?.message, earliestRetry(failures)?.message]).toEqual([last, first])
    },
  )
})
