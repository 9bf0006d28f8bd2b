import { describe, expect, test } from 'vitest'
import { credentialProblem } from '../../lib/policy/credential.ts'

const now = new Date('2026-11-22T06:00:00Z')
const HOUR = 3_600_000
const inHours = (hours: number) => new Date(now.getTime() + hours * HOUR)
const codeIn = (hours: number) => credentialProblem('dns.main', inHours(hours), now)?.code

describe('a credential that expires', () => {
  // What is told at the first of two looks, which are a day and an hour apart, is told in time.
  test.each([
    [31 * 24 + 2, undefined],
    [31 * 24 + 1, 'CREDENTIAL_EXPIRES'],
    [8 * 24 + 2, 'CREDENTIAL_EXPIRES'],
    [8 * 24 + 1, 'CREDENTIAL_EXPIRES_SOON'],
    [2 * 24 + 2, 'CREDENTIAL_EXPIRES_SOON'],
    [2 * 24 + 1, 'CREDENTIAL_EXPIRES_VERY_SOON'],
    [-1, 'CREDENTIAL_EXPIRES_VERY_SOON'],
  ])('in %i hours is %s', (hours, code) => {
    expect(codeIn(hours)).toBe(code)
  })

  test('is told with its place, its end, since when that is known, and what to do', () => {
    expect(credentialProblem('balancers.us', inHours(6 * 24), now)).toEqual({
      code: 'CREDENTIAL_EXPIRES_SOON',
      message: 'the credential of balancers.us expires on 2026-11-28T06:00:00.000Z: what needs it fails after that',
      since: new Date('2026-11-20T05:00:00Z'),
      advice: expect.stringContaining('make another one with the same rights at its vendor'),
    })
    expect(credentialProblem('secrets', inHours(-1), now)?.message).toMatch(
      /^the credential of secrets has expired, on 2026-11-22T05:00:00\.000Z: /,
    )
  })
})
