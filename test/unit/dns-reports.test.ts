import { describe, expect, test } from 'vitest'
import { judge, type Report } from '../../lib/dns/reports.ts'
import { MINUTE, SECOND } from '../../lib/platform/clock.ts'

const LACKS = ['_acme-challenge.example.com']
const shows = (host: string, address: string): Report => ({ host, address, lacks: [], error: undefined })
const late = (host: string, address: string): Report => ({ ...shows(host, address), lacks: LACKS })
const fails = (host: string, address: string, error: string): Report => ({ ...late(host, address), error })
const START = { waited: 0, longest: 20 * MINUTE }
/** What is waited for, and what is not. */
const judged = (reports: Report[], waiting = START, policy: 'all' | 'majority' = 'all') => {
  const { behind, skipped, unroutable } = judge(reports, policy, waiting)
  const addresses = (all: readonly Report[]) => all.map(({ address }) => address)
  return { behind: addresses(behind), skipped: addresses(skipped), unroutable: addresses(unroutable) }
}

describe('of the servers of a zone', () => {
  test('all must show the values, however many do, unless a majority is enough', () => {
    const reports = [shows('a', '192.0.2.1'), shows('b', '192.0.2.2'), late('c', '192.0.2.3')]
    expect(judged(reports)).toEqual({ behind: ['192.0.2.3'], skipped: [], unroutable: [] })
    expect(judged(reports, START, 'majority')).toEqual({ behind: [], skipped: ['192.0.2.3'], unroutable: [] })
  })

  test.each([
    ['EREFUSED', 30 * SECOND],
    ['ENOTIMP', 30 * SECOND],
    ['ELAME', 30 * SECOND],
    ['ESERVFAIL', 2 * MINUTE],
    ['ETIMEOUT', 2 * MINUTE],
  ])('one that ends with %s is waited for until %i ms are over', (error, patience) => {
    const reports = [shows('a', '192.0.2.1'), fails('b', '192.0.2.2', error)]
    expect(judged(reports, { ...START, waited: patience - 1 }).behind).toEqual(['192.0.2.2'])
    expect(judged(reports, { ...START, waited: patience })).toMatchObject({ behind: [], skipped: ['192.0.2.2'] })
  })
})

describe('an IPv6 address', () => {
  test.each(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])(
    'to which there is no way (%s) is not waited for at all',
    (error) => {
      for (const six of ['2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:53']) {
        const reports = [shows('a', '192.0.2.1'), fails('a', six, error), shows('b', '2001:db8::2')]
        expect(judged(reports)).toEqual({ behind: [], skipped: [], unroutable: [six] })
      }
    },
  )

  test('that is silent is not waited for where none answers, and else is', () => {
    const silent = fails('a', '2001:db8::1', 'ETIMEOUT')
    const none = [shows('a', '192.0.2.1'), silent, fails('b', '2001:db8::2', 'ETIMEOUT'), shows('b', '192.0.2.2')]
    expect(judged(none)).toEqual({ behind: [], skipped: [], unroutable: ['2001:db8::1', '2001:db8::2'] })
    const one = [shows('a', '192.0.2.1'), silent, shows('b', '2001:db8::2'), shows('b', '192.0.2.2')]
    expect(judged(one)).toEqual({ behind: ['2001:db8::1'], skipped: [], unroutable: [] })
  })

  test('that is in trouble, or lacks the value, is waited for', () => {
    for (const six of [fails('a', '2001:db8::1', 'ESERVFAIL'), late('a', '2001:db8::1')]) {
      expect(judged([shows('a', '192.0.2.1'), six])).toMatchObject({ behind: ['2001:db8::1'], unroutable: [] })
    }
  })

  test('is waited for where it is all that answers could come from', () => {
    const reports = [fails('a', '2001:db8::1', 'ECONNREFUSED'), shows('b', '192.0.2.2')]
    expect(judged(reports)).toEqual({ behind: ['2001:db8::1'], skipped: [], unroutable: [] })
  })
})

test('an IPv4 address to which there is no way is waited for', () => {
  for (const error of ['ECONNREFUSED', 'ETIMEOUT']) {
    const reports = [fails('a', '192.0.2.1', error), shows('a', '2001:db8::1')]
    expect(judged(reports)).toEqual({ behind: ['192.0.2.1'], skipped: [], unroutable: [] })
    expect(judged([fails('a', '192.0.2.1', error), shows('a', '192.0.2.9')]).behind).toEqual(['192.0.2.1'])
  }
})
