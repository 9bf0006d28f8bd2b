import { describe, expect, test } from 'vitest'
import { emptyDocument } from '../../lib/state/document.ts'
import {
  allFailures,
  type FailureMemory,
  type Failures,
  failureIn,
  failuresAt,
  isSameIssuer,
  mapFailures,
  withFailure,
  withFailures,
} from '../../lib/state/failures.ts'
import type { Issuer } from '../../lib/types.ts'

const at = new Date('2026-11-22T06:00:00Z')
const failed = (code: string): FailureMemory => ({
  ...{ count: 1, code, message: 'x', at, notBefore: at, configHash: 'one' },
})
const [one, two, three] = [failed('UNREACHABLE'), failed('ACME_CAA'), failed('DENIED')]
const CA: Issuer = { authority: 'ca', directory: 'https://ca.example' }

test.each<[noted: string | undefined, asked: string | undefined, same: boolean]>([
  ['a', 'a', true],
  ['a', 'b', false],
  [undefined, 'a', true],
  ['a', undefined, true],
  [undefined, undefined, true],
])('what is noted of the directory %s is about that of %s: %s', (noted, asked, same) => {
  const of = (directory: string | undefined) => (directory === undefined ? {} : { directory })
  expect(isSameIssuer(of(noted), of(asked))).toBe(same)
})

test.each<[what: string, authorities: Failures['authorities'], expected: FailureMemory | undefined]>([
  ['its own', { ca: { directory: 'https://ca.example', issue: one }, other: { issue: two } }, one],
  ['what was noted without a directory', { ca: { issue: one } }, one],
  ['nothing of another authority of its name', { ca: { directory: 'https://old.example', issue: one } }, undefined],
  ['nothing of another name', { other: { issue: one } }, undefined],
  ['what was noted of nobody', { '': { issue: two } }, two],
  ['its own before what was noted of nobody', { ca: { issue: one }, '': { issue: two } }, one],
  ['nothing where nothing is noted', undefined, undefined],
])('of the failures of authorities counts for one: %s', (_what, authorities, expected) => {
  const failures: Failures = authorities === undefined ? {} : { authorities }
  expect(failuresAt(failures, CA).issue).toBe(expected)
  expect(failureIn(failures, { order: 'issue', issuer: CA })).toBe(expected)
  expect(failureIn(failures, { order: 'expand', issuer: CA })).toBeUndefined()
})

describe('a failure', () => {
  const issue = { order: 'issue', issuer: CA } as const
  const expand = { order: 'expand', issuer: CA } as const

  test('takes the place of the one before it, and the others stay', () => {
    const known: Failures = { observe: one, deploy: two }
    expect(withFailure(known, 'deploy', three)).toStrictEqual({ observe: one, deploy: three })
    expect(withFailure(known, 'cleanUp', three)).toStrictEqual({ ...known, cleanUp: three })
    expect(withFailure(known, 'deploy', undefined)).toStrictEqual({ observe: one })
    expect(withFailure({ deploy: two }, 'deploy', undefined)).toStrictEqual({})
  })

  test('of an order stands with its authority and directory', () => {
    expect(withFailure({ observe: one }, issue, two)).toStrictEqual({
      observe: one,
      authorities: { ca: { directory: 'https://ca.example', issue: two } },
    })
    const nameless = withFailure({}, { order: 'expand', issuer: { authority: 'ca' } }, two)
    expect(nameless).toStrictEqual({ authorities: { ca: { expand: two } } })
  })

  test('of an order leaves the other order there, and other authorities, as they are', () => {
    const known: Failures = { authorities: { ca: { issue: one, expand: two }, other: { issue: three } } }
    const directory = 'https://ca.example'
    expect(withFailure(known, issue, three).authorities).toStrictEqual({
      ca: { directory, issue: three, expand: two },
      other: { issue: three },
    })
    expect(withFailure(known, expand, three).authorities).toStrictEqual({
      ca: { directory, issue: one, expand: three },
      other: { issue: three },
    })
    expect(withFailure(known, issue, undefined).authorities).toStrictEqual({
      ca: { directory, expand: two },
      other: { issue: three },
    })
    expect(withFailure(known, expand, undefined).authorities).toStrictEqual({
      ca: { directory, issue: one },
      other: { issue: three },
    })
  })

  test('of an order that is over is gone with the last of its authority, and with the last authority', () => {
    const known: Failures = { authorities: { ca: { issue: one }, other: { issue: three } } }
    expect(withFailure(known, issue, undefined)).toStrictEqual({ authorities: { other: { issue: three } } })
    expect(withFailure({ observe: one, authorities: { ca: { issue: one } } }, issue, undefined)).toStrictEqual({
      observe: one,
    })
  })

  test('of an order that was noted of nobody becomes its authority’s own', () => {
    const known: Failures = { authorities: { '': { issue: one, expand: two } } }
    expect(withFailure(known, issue, three).authorities).toStrictEqual({
      ca: { directory: 'https://ca.example', issue: three, expand: two },
    })
  })
})

describe('all failures', () => {
  const known: Failures = {
    ...{ observe: one, cleanUp: two },
    authorities: { ca: { directory: 'https://ca.example', issue: one, expand: three }, other: { expand: two } },
  }

  test('are listed with what was tried, and at which authority, those of authorities last', () => {
    expect(allFailures(known)).toStrictEqual([
      { attempt: 'observe', ...one },
      { attempt: 'cleanUp', ...two },
      { attempt: 'issue', authority: 'ca', ...one },
      { attempt: 'expand', authority: 'ca', ...three },
      { attempt: 'expand', authority: 'other', ...two },
    ])
    const each = { observe: one, deploy: two, repair: three, cleanUp: one }
    expect(allFailures(each).map(({ attempt }) => attempt)).toStrictEqual(['observe', 'deploy', 'repair', 'cleanUp'])
    expect(allFailures({})).toStrictEqual([])
    expect(allFailures(undefined)).toStrictEqual([])
  })

  test('are changed one by one; those of which nothing is left are gone', () => {
    const changed = mapFailures(known, (failure) => (failure === two ? undefined : { ...failure, count: 9 }))
    expect(changed).toStrictEqual({
      observe: { ...one, count: 9 },
      authorities: {
        ca: { directory: 'https://ca.example', issue: { ...one, count: 9 }, expand: { ...three, count: 9 } },
      },
    })
    expect(mapFailures({ authorities: { ca: { issue: one } } }, (failure) => failure)).toStrictEqual({
      authorities: { ca: { issue: one } },
    })
    expect(mapFailures(known, () => undefined)).toStrictEqual({})
  })

  test('stand in the document, which has no such field when there are none', () => {
    expect(withFailures(emptyDocument, { observe: one })).toStrictEqual({
      ...emptyDocument,
      failures: { observe: one },
    })
    expect(withFailures({ ...emptyDocument, failures: { deploy: two } }, {})).toStrictEqual(emptyDocument)
  })
})
