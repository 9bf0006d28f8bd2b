import { describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { documentKey, emptyDocument, parseDocument, withEvent } from '../../lib/state/document.ts'
import { at, full } from '../support/full-document.ts'

const stored = (document: unknown): unknown => JSON.parse(JSON.stringify(document))
const parsed = (document: unknown) => parseDocument('certificate/shop', stored(document))

function refusal(document: unknown): string {
  try {
    parsed(document)
  } catch (error) {
    if (isFailure(error, 'STORE_UNREADABLE')) return error.message
    throw error
  }
  return 'accepted'
}

describe('the state document of a certificate', () => {
  test('comes back from JSON as it was, dates included', () => {
    expect(parsed(full)).toEqual(full)
    expect(parsed(emptyDocument)).toEqual(emptyDocument)
    expect(documentKey('shop')).toBe('certificate/shop')
  })

  test('may be about a certificate whose key is of a kind that newleaf does not make', () => {
    const current = { ...full.current, keyAlgorithm: 'other' }
    expect(parsed({ ...full, current }).current).toEqual(current)
  })

  test('carries along what a newer newleaf noted in the same version', () => {
    expect(stored(parsed({ ...full, novelty: { kept: true } }))).toMatchObject({ novelty: { kept: true } })
    expect(parsed({ ...full, lease: { ...full.lease, novelty: 1 } })).toEqual(full)
  })

  test('F-69 of a newer version is refused by saying so, whatever is in it', () => {
    for (const document of [{ ...full, v: 3 }, { v: 3 }, { v: 99, fence: 'new' }]) {
      expect(refusal(document)).toBe('the state document certificate/shop was written by a newer newleaf: run that one')
    }
  })

  test.each([
    ['v', { ...full, v: 0 }],
    ['v', { ...full, v: '2' }],
    ['fence', { ...full, fence: -1 }],
    ['fence', { ...full, fence: 1.5 }],
    ['lease.until', { ...full, lease: { ...full.lease, until: 'tomorrow' } }],
    ['lease.until', { ...full, lease: { ...full.lease, until: '2026-11-31T25:00:00.000Z' } }],
    ['challengeRecords.0.zone', { ...full, challengeRecords: [{ name: 'a', value: 'b', provider: 'c', since: at }] }],
    [
      'targets.fr/edge/https.verified',
      { ...full, targets: { 'fr/edge/https': { ...full.targets['fr/edge/https'], verified: 'yes' } } },
    ],
    ['orphans', { ...full, orphans: {} }],
    ['failures.deploy.count', { ...full, failures: { deploy: { ...full.failures?.deploy, count: null } } }],
    ['issued.0', { ...full, issued: [0] }],
    ['events', { ...full, events: undefined }],
  ])('F-62 damaged at %s is refused with the place', (place, document) => {
    expect(refusal(document)).toBe(
      `the state document certificate/shop is damaged at ${place}: restore it, or remove it to start anew`,
    )
  })

  test.each([null, 'text', 7, [], {}, true])('F-62 %j is no state document', (document) => {
    expect(refusal(document)).toMatch(/^the state document certificate\/shop is damaged/)
  })

  test('a target named __proto__ is not taken over', () => {
    const hostile: unknown = JSON.parse(
      JSON.stringify(full).replace('"targets":{', '"targets":{"__proto__":{"fingerprint":"","name":"","since":0},'),
    )
    expect(Object.keys(parseDocument('certificate/shop', hostile).targets)).toEqual(['fr/edge/https'])
  })

  test('keeps the last fifty events, the newest last', () => {
    let document = emptyDocument
    for (let index = 0; index < 60; index++) document = withEvent(document, at, `event ${index}`)
    expect(document.events).toHaveLength(50)
    expect(document.events[0]).toEqual({ at, event: 'event 10' })
    expect(withEvent(document, at, 'issued', 'ab').events.at(-1)).toEqual({ at, event: 'issued', detail: 'ab' })
    expect(emptyDocument.events).toEqual([])
  })
})
