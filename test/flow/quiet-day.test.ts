import { expect, test } from 'vitest'
import { quietDays } from '../support/quiet-days.ts'

const CERTIFICATES = 5
const DAYS = 7
/** A Scaleway load balancer with 190 certificates is looked at with ten requests (test/contract/balancers-looks.test.ts): a thousand are on six. */
const LOOKS = 6 * 10

test('a thousand certificates cost less than 20,000 requests on a day on which nothing is to be done', async () => {
  const { reads, lists, writes, removals, single, secrets, windows, passes } = await quietDays(CERTIFICATES, DAYS)
  const each = (single + secrets + windows) / CERTIFICATES / DAYS
  const others = (reads + lists + writes + removals - single + passes * LOOKS) / DAYS
  expect(each * 1_000 + others).toBeLessThan(20_000)
  // All of them are looked at each day, and asked about three times or more.
  expect([passes, windows > 3 * CERTIFICATES * DAYS]).toEqual([DAYS, true])
}, 180_000)
