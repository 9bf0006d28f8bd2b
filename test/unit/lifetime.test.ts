import { describe, expect, test } from 'vitest'
import { backstop, fixedDraw, renewalTime, suggestsNow } from '../../lib/policy/renewal-time.ts'
import type { CertificateFacts } from '../../lib/types.ts'
import { lastSixth, lifetime, shareLeft } from '../../lib/x509/lifetime.ts'

const HOUR = 3_600_000
/** By which every run, of every version, picks the same moment. */
const SHA_256_OF_01 = '938db8c9f82c8cb58d3f3ef4fd250036a48d26a712753d2fde5abd03a85cabf4'
const DAY = 24 * HOUR
const notBefore = new Date('2026-11-01T00:00:00Z')
const at = (days: number) => new Date(notBefore.getTime() + days * DAY)
const living = (days: number, fingerprint = 'ab'): CertificateFacts => ({
  names: ['shop.example'],
  serial: '01',
  fingerprint,
  keyAlgorithm: 'ecdsa-p256',
  notBefore,
  notAfter: at(days),
  issuer: 'CN=CA',
})

describe('the latest moment for a renewal', () => {
  test.each([
    [90, 60],
    [64, 64 * (2 / 3)],
    [45, 30],
    [10, 10 * (2 / 3)],
    [9, 3.75],
    [160 / 24, (160 / 24) * (5 / 12)],
    [6, 2.5],
  ])('of a certificate that lives %d days is day %f', (days, expected) => {
    expect(backstop(living(days))).toEqual(at(expected))
  })

  test.each([90, 64, 45, 160 / 24, 6])(
    'leaves a certificate of %d days more than 48 hours before its last sixth',
    (days) => {
      const facts = living(days)
      expect(lastSixth(facts)).toEqual(at((days * 5) / 6))
      expect(lastSixth(facts).getTime() - backstop(facts).getTime()).toBeGreaterThan(48 * HOUR)
    },
  )

  test('makes at most three renewals in seven days of a certificate that lives six', () => {
    expect(3 * (backstop(living(6)).getTime() - notBefore.getTime())).toBeGreaterThan(7 * DAY)
  })

  test('is counted from the certificate alone', () => {
    expect(lifetime(living(90))).toBe(90 * DAY)
    expect(shareLeft(living(90), at(60))).toBeCloseTo(1 / 3)
    expect(shareLeft(living(90), at(91))).toBeLessThan(0)
  })
})

describe('the moment of a renewal', () => {
  const window = (from: number, to: number) => ({ start: at(from), end: at(to), checkAfter: at(from) })

  test('lies in the window of the authority, at the same place for every run', () => {
    const moment = renewalTime(living(90), window(10, 20))
    expect(moment.getTime()).toBeGreaterThanOrEqual(at(10).getTime())
    expect(moment.getTime()).toBeLessThan(at(20).getTime())
    expect(renewalTime(living(90), window(10, 20))).toEqual(moment)
    const share = fixedDraw({ serial: '01' })
    expect(moment.getTime()).toBe(Math.floor(at(10).getTime() + share * 10 * DAY))
    expect(share).toBeCloseTo(Number.parseInt(SHA_256_OF_01.slice(0, 8), 16) / 2 ** 32)
  })

  test('differs between certificates, so that they are not all renewed at once', () => {
    const draws = Array.from({ length: 200 }, (_, index) => fixedDraw({ serial: `certificate ${index}` }))
    expect(new Set(draws).size).toBe(200)
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true)
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1)
  })

  test('F-56: is never later than the latest, whatever the authority says', () => {
    expect(renewalTime(living(90), window(80, 89))).toEqual(at(60))
    expect(renewalTime(living(90), window(4_000, 4_001))).toEqual(at(60))
    expect(renewalTime(living(90), undefined)).toEqual(at(60))
  })
})

test('the authority would have a certificate replaced now whose window is over', () => {
  const window = (end: Date) => ({ start: at(1), end, checkAfter: at(1) })
  expect(suggestsNow(window(at(10)), at(10))).toBe(true)
  expect(suggestsNow(window(at(10)), at(11))).toBe(true)
  expect(suggestsNow(window(at(10)), new Date(at(10).getTime() - 1))).toBe(false)
  expect(suggestsNow(undefined, at(10))).toBe(false)
})
