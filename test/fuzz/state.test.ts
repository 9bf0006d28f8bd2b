import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { dueMarkers, isFullScanDone, markerKey, parseMarkerKey } from '../../lib/state/schedule.ts'
import { cut, cuts, mutated, mutations } from '../support/damage.ts'
import { full } from '../support/full-document.ts'
import { accepted, fuzz } from '../support/fuzz.ts'
import { hostileText } from '../support/hostile.ts'

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const sound = json(full)

describe('F-62: what newleaf remembers', () => {
  fuzz('is read as it was written, or refused', mutations(4), async (changes) => {
    const given: unknown = JSON.parse(JSON.stringify(mutated(sound, changes)) ?? 'null') // as a store gives it
    const document = await accepted(() => parseDocument(documentKey('shop'), given))
    // What was read is written again at the end of a run, and must still be readable then.
    if (document !== undefined) expect(parseDocument(documentKey('shop'), json(document))).toEqual(document)
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  const key = markerKey(new Date('2026-11-22T06:00:00Z'), 'shop')
  fuzz('of whom to wake is one of ours, or nothing', fc.tuple(cuts(3), fc.array(hostileText)), ([changes, more]) => {
    const damaged = cut(key, changes)
    const wake = parseMarkerKey(damaged)
    if (wake !== undefined) expect(markerKey(wake.at, wake.id)).toBe(damaged)
    for (const { id } of dueMarkers([damaged, ...more])) expect(id).toMatch(/^[a-z0-9-]{1,63}$/)
    expect(isFullScanDone([damaged, ...more], new Date(), 'hash')).toBe(false)
  })
})
