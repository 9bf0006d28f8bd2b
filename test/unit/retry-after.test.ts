import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { httpDate } from '../../lib/platform/http-date.ts'
import { LONGEST_WAIT, limitEnd, retryAfter } from '../../lib/platform/retry-after.ts'

const now = new Date('2027-03-09T23:58:30Z')
const seconds = (text: string) => {
  const moment = retryAfter({ 'retry-after': text }, now)
  return moment && (moment.getTime() - now.getTime()) / 1_000
}

describe.each(['UTC', 'America/St_Johns', 'Asia/Tokyo', 'Pacific/Auckland'])(
  'a Retry-After on a machine in %s',
  (zone) => {
    const { TZ } = process.env
    beforeEach(() => {
      process.env.TZ = zone
    })
    afterEach(() => {
      if (TZ === undefined) delete process.env.TZ
      else process.env.TZ = TZ
    })

    test.each([
      ['Wed, 10 Mar 2027 00:03:30 GMT', 300],
      ['Wednesday, 10-Mar-27 00:03:30 GMT', 300],
      ['Wed, 10-Mar-2027 00:03:30 GMT', 300],
      ['Wed Mar 10 00:03:30 2027', 300],
      ['Tue Mar  9 23:59:30 2027', 60],
      ['Wed, 10 Mar 2027 00:03:30', 300],
      ['Wed, 10 Mar 2027 00:03:30 UTC', 300],
      ['Wed, 10 Mar 2027 01:03:30 +0100', 300],
      ['Tue, 09 Mar 2027 18:33:30 -05:30', 300],
      ['Tue, 09 Mar 2027 00:00:00 GMT', 0],
      ['Saturday, 10-Mar-90 00:00:00 GMT', 0],
      ['120', 120],
      ['0', 0],
      ['12.5', 12.5],
      ['120, 120', 120],
      ['60,120 , 90', 120],
      ['120, Wed, 10 Mar 2027 00:03:30 GMT, 60', 300],
      ['Wed, 10 Mar 2027 00:03:30 GMT, Wednesday, 10-Mar-27 00:03:31 GMT', 301],
      ['soon, 30', 30],
      [', 30,,', 30],
    ])('%j means %d seconds', (text, wanted) => {
      expect(seconds(text)).toBe(wanted)
    })

    test.each([
      ...['', ' ', ',', 'soon', '-5', '+5', '1e3', '0x10', '.5', '5.', '12345678901'],
      ...['2027-03-10T00:03:30Z', '10 Mar 2027 00:03:30 GMT', 'Wed, 10 Xyz 2027 00:03:30 GMT', 'Wed, 10 Mar 27'],
      ...['Wed, 10 Mar 2027 25:03:30 GMT', 'Wed, 00 Mar 2027 00:03:30 GMT', 'Wed, 10 Mar 2027 00:03:30 XYZ'],
    ])('%j means nothing', (text) => {
      expect(seconds(text)).toBeUndefined()
    })
  },
)

test('a Retry-After is never longer than a week, nor a vendor’s than a day', () => {
  for (const text of ['9999999999', 'Fri, 31 Dec 9999 23:59:59 GMT', 'Tuesday, 10-Mar-76 00:00:00 GMT']) {
    expect(seconds(text)).toBe(7 * 86_400)
    expect(retryAfter({ 'retry-after': text }, now, LONGEST_WAIT.vendor)).toEqual(new Date('2027-03-10T23:58:30Z'))
  }
})

test('a year of two digits is more than fifty years away in the past alone', () => {
  const year = (digits: string, at: string) =>
    httpDate(`Monday, 01-Jun-${digits} 00:00:00 GMT`, new Date(at))?.getUTCFullYear()
  expect([year('76', '2027-01-01T00:00:00Z'), year('77', '2027-01-01T00:00:00Z')]).toEqual([2076, 1977])
  expect([year('10', '2095-01-01T00:00:00Z'), year('99', '2001-01-01T00:00:00Z')]).toEqual([2010, 1999])
})

describe('the end of a limit in a header of its own', () => {
  test.each([
    [429, '1768313803', '2026-01-13T14:16:43.000Z'],
    [429, '0', '1970-01-01T00:00:00.000Z'],
    [200, '1768313803', undefined],
    [429, undefined, undefined],
    [429, '', undefined],
    [429, '-1', undefined],
    [429, '1768313803.5', undefined],
    [429, '99999999999', undefined],
    [429, 'soon', undefined],
  ])('of a %i that says %s is %s', (status, text, moment) => {
    const headers: Record<string, string> = text === undefined ? {} : { 'ratelimit-reset': text }
    expect(limitEnd(status, headers, 'ratelimit-reset')?.toISOString()).toBe(moment)
  })
})
