import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { isSetAside, withDiscarded, withoutRejection, withRejection } from '../../lib/policy/rejected.ts'
import { type CertificateDocument, emptyDocument, type Rejected } from '../../lib/state/document.ts'
import type { TargetResult } from '../../lib/types.ts'

const now = new Date('2026-11-22T06:00:00Z')
const earlier = new Date('2026-11-20T06:00:00Z')
const failed = (code: FailureCode): TargetResult => ({ state: 'failed', error: new Failure(code, 'x') })
const verified: TargetResult = { state: 'verified', addresses: [] }
const tried = (tries: number, fingerprint = 'cd'): CertificateDocument => ({
  ...emptyDocument,
  rejected: { fingerprint, tries, since: earlier },
})
const rejectedAt = (results: Readonly<Record<string, TargetResult>>, document: CertificateDocument = emptyDocument) =>
  withRejection(document, 'cd', results, now).rejected

describe('a new certificate is rejected', () => {
  test.each<[code: FailureCode, is: boolean]>([
    ['VERIFY_FAILED', true],
    ['TARGET_REFUSED', true],
    ['REJECTED', true],
    ['DEPLOY_FAILED', true],
    ['UNREACHABLE', false],
    ['DENIED', false],
    ['TARGET_FULL', false],
    ['TARGET_MISSING', false],
  ])('by a target that says %s: %s', (code, is) => {
    expect(rejectedAt({ one: verified, other: failed(code) }) !== undefined).toBe(is)
  })

  test('by no target that shows it', () => {
    expect(rejectedAt({ one: verified })).toBeUndefined()
    expect(rejectedAt({})).toBeUndefined()
  })

  test('since its first try, and given up at its fifth; another one begins anew', () => {
    const refused = { one: failed('REJECTED') }
    expect(rejectedAt(refused)).toEqual({ fingerprint: 'cd', tries: 1, since: now })
    expect(rejectedAt(refused, tried(3))).toEqual({ fingerprint: 'cd', tries: 4, since: earlier })
    expect(rejectedAt(refused, tried(4))).toEqual({ fingerprint: 'cd', tries: 5, since: earlier, givenUp: 'tries' })
    expect(rejectedAt(refused, tried(4, 'ab'))).toEqual({ fingerprint: 'cd', tries: 1, since: now })
  })
})

test.each<[rejected: Partial<Rejected> | undefined, fingerprint: string | undefined, byRun: boolean, byName: boolean]>([
  [undefined, 'cd', false, false],
  [{}, 'cd', false, false],
  [{ givenUp: 'tries' }, 'cd', true, false],
  [{ givenUp: 'by hand' }, 'cd', true, true],
  [{ givenUp: 'by hand' }, 'ef', false, false],
  [{ givenUp: 'by hand' }, undefined, false, false],
])(
  'of what is noted as %j the pending %s is left alone by a run: %s, and by a person: %s',
  (noted, fingerprint, byRun, byName) => {
    const document = noted === undefined ? {} : { rejected: { fingerprint: 'cd', tries: 5, since: earlier, ...noted } }
    const pending = fingerprint === undefined ? undefined : { kind: 'certificate', certificate: { fingerprint } }
    expect([isSetAside(document, pending, false), isSetAside(document, pending, true)]).toEqual([byRun, byName])
    expect(isSetAside(document, { kind: 'key' }, false)).toBe(false)
  },
)

test('what a person drops keeps its tries, and is forgotten once one has become current', () => {
  const dropped = withDiscarded(tried(3), 'cd', now)
  expect(dropped.rejected).toEqual({ fingerprint: 'cd', tries: 3, since: now, givenUp: 'by hand' })
  expect(withDiscarded(emptyDocument, 'cd', now).rejected).toMatchObject({ tries: 0 })
  expect(withoutRejection(dropped)).toEqual(emptyDocument)
})
