import { describe, expect, test } from 'vitest'
import type { DecisionInput } from '../../lib/policy/observed.ts'
import { isOutdated, lostFromStore, newerThanStored } from '../../lib/policy/outdated.ts'
import type { StoredCertificate, StoredKey } from '../../lib/secrets/codec.ts'
import { shop } from '../support/memory-world.ts'

const now = new Date('2026-11-22T06:00:00Z')
const at = (days: number) => new Date(now.getTime() + days * 86_400_000)
const facts = (fingerprint: string, notBefore: Date, notAfter = at(60)) => ({
  ...{ names: [], serial: '01', keyAlgorithm: 'ecdsa-p256' as const, issuer: 'CN=CA' },
  ...{ fingerprint, notBefore, notAfter },
})
const stored = (fingerprint: string, notBefore: Date) =>
  ({ kind: 'certificate', certificate: facts(fingerprint, notBefore) }) as unknown as StoredCertificate
const key = { kind: 'key' } as unknown as StoredKey
const [known, older] = [facts('known', at(-3)), stored('older', at(-9))]
const held = { current: older, pending: undefined }
const input = (observed: object) => ({ spec: shop, observed, now }) as unknown as DecisionInput

describe('what the state knows was current', () => {
  test.each([
    ['newer than the one that is stored', true, known, held],
    ['newer than that one, and another one is about to be current', true, known, { ...held, pending: older }],
    ['newer than that one, and a key is there', true, known, { ...held, pending: key }],
    ['that one itself', false, facts('older', at(-9)), held],
    ['as old as that one', false, facts('known', at(-9)), held],
    ['older than it', false, facts('known', at(-30)), held],
    ['about to be current', false, known, { ...held, pending: stored('known', at(-3)) }],
    ['about to end', true, facts('known', at(-3), new Date(now.getTime() + 1)), held],
    ['over', false, facts('known', at(-3), now), held],
    ['newer than nothing', false, known, { current: undefined, pending: undefined }],
    ['nothing', false, undefined, held],
  ])('%s: the store is outdated is %s', (_what, outdated, current, store) => {
    const document = current ? { current } : {}
    expect(newerThanStored(document, store, now)).toBe(outdated ? current : undefined)
    const decision = isOutdated(input({ ...store, document }))
    expect(decision?.action).toBe(outdated ? 'blocked' : undefined)
    expect(decision?.error.code).toBe(outdated ? 'STORE_OUTDATED' : undefined)
  })

  test.each([
    ['holds nothing', true, known, { current: undefined, pending: undefined }],
    ['holds a key', true, known, { current: undefined, pending: key }],
    ['holds another one that is about to be current', true, known, { current: undefined, pending: older }],
    ['holds it, about to be current', false, known, { current: undefined, pending: stored('known', at(-3)) }],
    ['holds another one', false, known, held],
    ['holds nothing, and there was nothing', false, undefined, { current: undefined, pending: undefined }],
  ])('is lost where the store %s: %s', (_what, isLost, current, store) => {
    expect(lostFromStore(current ? { current } : {}, store)).toBe(isLost ? current : undefined)
  })

  test('is named where it is newer than what is stored', () => {
    const observed = { ...held, document: { current: { ...known, fingerprint: 'a'.repeat(64) } } }
    expect(isOutdated(input(observed))?.error.message).toBe(
      `the secrets store holds an older certificate of shop than ${'a'.repeat(16)}, which was current before: it is not deployed over the newer one`,
    )
  })
})
