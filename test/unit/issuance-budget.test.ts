import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { budgetSpent, type LimitedIssuer, withIssued } from '../../lib/policy/issuance-budget.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'
import type { CertificateFacts, Issuer } from '../../lib/types.ts'

const DAY = 86_400_000
const now = new Date('2026-11-22T06:00:00Z')
const days = (count: number) => new Date(now.getTime() + count * DAY)
const limit = { issuanceLimit: { certificates: 5, within: 7 * DAY } }
const CA: LimitedIssuer = { authority: 'ca', directory: 'https://ca.example', ...limit }
const names = ['b.example', 'a.example']
const nothing = { current: undefined, window: undefined }
const living = (life: number, left: number): CertificateFacts => ({
  ...{ names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256', issuer: 'CN=CA' },
  ...{ notBefore: days(left - life), notAfter: days(left) },
})
/** Issued so many days ago; the notes of what is older than a week go as the next one comes. */
const issued = (by: Issuer, ...ago: number[]): CertificateDocument => ({
  ...emptyDocument,
  issued: ago.flatMap((each) => withIssued(emptyDocument, names, by, days(-each)).issued),
})
const spent = (document: CertificateDocument, issuer: LimitedIssuer = CA, replaced = {}, of = names) =>
  budgetSpent(document, of, issuer, { ...nothing, ...replaced }, now)?.until

describe('no more certificates are ordered for a set of names', () => {
  test.each<[ago: readonly number[], until: Date | undefined]>([
    [[], undefined],
    [[6, 5], undefined],
    [[6, 5, 1], days(1)],
    [[1, 5, 6], days(1)],
    [[6, 5, 4, 1], days(2)],
    [[7, 5, 1], undefined],
    [[7 - 1 / DAY, 5, 1], new Date(now.getTime() + 1)],
  ])('after those of %j days ago until %s', (ago, until) => {
    expect(spent(issued(CA, ...ago))).toEqual(until)
    expect(spent(issued(CA, ...ago), CA, {}, [...names].reverse())).toEqual(until)
    expect(spent(issued(CA, ...ago), CA, {}, ['a.example'])).toBeUndefined()
  })

  test.each<[by: Issuer, asked: Issuer, counts: boolean]>([
    [CA, CA, true],
    [CA, { authority: 'renamed', directory: 'https://ca.example' }, true],
    [CA, { authority: 'ca', directory: 'https://other.example' }, false],
    [{ authority: 'ca' }, CA, true],
    [{ authority: 'other' }, CA, false],
    [CA, { authority: 'ca' }, true],
    [CA, { authority: 'other' }, false],
  ])('what %j has issued counts for %j: %s', (by, asked, counts) => {
    expect(spent(issued(by, 3, 2, 1), { ...asked, ...limit }) !== undefined).toBe(counts)
  })

  test('what nobody has noted the authority of counts for each', () => {
    const document = {
      ...emptyDocument,
      issued: issued(CA, 3, 2, 1).issued.map(({ at, names: of }) => ({ at, names: of })),
    }
    expect(spent(document)).toEqual(days(4))
    expect(spent(document, { authority: 'other', ...limit })).toEqual(days(4))
  })

  test('at an authority without a limit never', () => {
    expect(spent(issued(CA, 3, 2, 1, 1, 1, 1), { authority: 'ca' })).toBeUndefined()
  })

  test('at an authority of small limits after one, for something must remain', () => {
    const small = { ...CA, issuanceLimit: { certificates: 2, within: DAY } }
    expect(spent(issued(CA, 0.5), small)).toEqual(days(0.5))
    expect(spent(emptyDocument, small)).toBeUndefined()
  })

  test.each<[situation: string, replaced: Partial<Parameters<typeof budgetSpent>[3]>, presses: boolean]>([
    ['it was revoked', { window: { start: days(-2), end: days(-1), checkAfter: now } }, true],
    ['its window ends now', { window: { start: days(-2), end: now, checkAfter: now } }, true],
    ['its window lies ahead', { window: { start: days(1), end: days(2), checkAfter: now } }, false],
    ['it lives six days and is due', { current: living(6, 3.5) }, true],
    ['it lives six days and is not due', { current: living(6, 3.6) }, false],
    ['it lives ninety days and is due', { current: living(90, 1) }, false],
  ])('while %s: what is kept back for emergencies is used: %s', (_situation, replaced, presses) => {
    expect(spent(issued(CA, 6, 5, 4, 3), CA, replaced) === undefined).toBe(presses)
    expect(spent(issued(CA, 6, 5, 4, 3, 2), CA, replaced)).toBeDefined()
  })
})

describe('a certificate that is there', () => {
  test('is noted by its set of names, as every version notes it', () => {
    const set = createHash('sha256').update('a.example b.example').digest('hex').slice(0, 16)
    expect(withIssued(emptyDocument, names, CA, now).issued.map((each) => each.names)).toEqual([set])
  })

  const order = { authority: 'ca', url: 'https://ca.example/1' }
  test('ends its order, and counts with its authority and directory for a week', () => {
    const document = withIssued({ ...issued(CA, 8, 7, 6), order }, names, CA, now)
    expect(document).not.toHaveProperty('order')
    expect(document.issued.map(({ at }) => at)).toEqual([days(-6), now])
    expect(document.issued.at(-1)).toMatchObject({ authority: 'ca', directory: 'https://ca.example' })
    expect(withIssued(emptyDocument, names, { authority: 'ca' }, now).issued[0]).not.toHaveProperty('directory')
  })
})
