import { describe, expect, test } from 'vitest'
import { GRACE, withGrace, withSuperseded } from '../../lib/renewal/collect.ts'
import { type CertificateDocument, emptyDocument, type TargetEntry } from '../../lib/state/document.ts'

const now = new Date('2026-11-22T06:00:00Z')
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000)
const target = { id: 'fr/edge', name: 'fr/edge', balancer: 'fr', listener: {} }
const entry: TargetEntry = {
  ...{ name: 'fr/edge', balancer: 'fr', verified: true, objects: ['a', 'b', 'c'] },
  ...{ addresses: { '192.0.2.1 port 443': { answersSince: now, verified: now } } },
  deployed: { fingerprint: 'ab', object: 'b', since: hours(-9) },
  superseded: [
    { object: 'a', after: hours(-1) },
    { object: 'b', after: hours(-1) },
  ],
}
const known = (change: Partial<TargetEntry> = {}): CertificateDocument => ({
  ...emptyDocument,
  targets: { 'fr/edge': { ...entry, ...change }, 'us/apps': { ...entry, objects: [] } },
})
const supersededIn = (document: CertificateDocument) => document.targets['fr/edge']?.superseded

describe('what is superseded', () => {
  test('is every object but the one that stays: a day from now for what was current, and at its own time for what was noted', () => {
    const document = withSuperseded(known(), { staying: 'c', leaving: 'b' }, now)
    expect(supersededIn(document)).toEqual([
      { object: 'a', after: hours(-1) },
      { object: 'b', after: hours(24) },
    ])
    expect(document.targets['us/apps']?.superseded).toEqual([])
    expect(GRACE).toBe(24 * 3_600_000)
  })

  test('has a day from now where nothing was noted, and none where it stays again', () => {
    expect(supersededIn(withSuperseded(known(), { staying: 'a', leaving: undefined }, now))).toEqual([
      { object: 'b', after: hours(-1) },
      { object: 'c', after: hours(24) },
    ])
  })

  test('at a target that was behind has its day from when it was given what is current', () => {
    expect(supersededIn(withGrace(known(), target, now))).toEqual([
      { object: 'a', after: hours(-1) },
      { object: 'b', after: hours(24) },
    ])
    const { deployed: _none, ...without } = entry
    const document = { ...known(), targets: { 'fr/edge': without } }
    expect(withGrace(document, target, now)).toBe(document)
    const untouched = known({ superseded: [] })
    expect(withGrace(untouched, target, now)).toBe(untouched)
    expect(supersededIn(withGrace(known({ superseded: entry.superseded.slice(0, 1) }), target, now))).toEqual([
      { object: 'a', after: hours(-1) },
    ])
  })
})
