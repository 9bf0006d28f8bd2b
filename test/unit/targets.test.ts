import { describe, expect, test } from 'vitest'
import { type CertificateDocument, emptyDocument, type TargetEntry } from '../../lib/state/document.ts'
import {
  answeringSince,
  entryOf,
  isDeletionDue,
  isLost,
  isSettled,
  isVerified,
  withEntry,
  withObject,
  withProbes,
  withVerification,
} from '../../lib/state/targets.ts'
import type { AddressResult, ProbeResult, PublicCertificate, Shows } from '../../lib/types.ts'

const now = new Date('2026-11-22T06:00:00Z')
const before = new Date('2026-11-20T06:00:00Z')
const target = { id: 'us/apps', name: 'us/apps', balancer: 'us', listener: { frontend: 'apps' } }
const [ONE, TWO] = ['192.0.2.1 port 443', '192.0.2.2 port 443']
const deployed = { fingerprint: 'ab', object: 'newleaf-ab', since: before }
const known = (change: Partial<TargetEntry> = {}): CertificateDocument => ({
  ...emptyDocument,
  targets: {
    'us/apps': { ...entryOf(emptyDocument, target), deployed, ...change },
    other: { ...entryOf(emptyDocument, target), name: 'other' },
  },
})
const probed = (address: string, shows: Shows, fingerprint?: string): ProbeResult => ({
  ...{ address, port: 443, serverName: 'shop.example', shows, reason: undefined },
  served: fingerprint === undefined ? undefined : ({ fingerprint } as PublicCertificate),
})
const entryIn = (document: CertificateDocument) => document.targets['us/apps']

test('of a target that nobody has looked at yet it is known where it is', () => {
  expect(entryOf(emptyDocument, target)).toEqual({
    ...{ name: 'us/apps', balancer: 'us', listener: target.listener },
    ...{ verified: false, addresses: {}, objects: [], superseded: [] },
  })
})

describe('probes', () => {
  test.each<[Shows, answers: boolean, lost: boolean]>([
    ['current', true, false],
    ['incomplete', true, false],
    ['other', true, false],
    ['broken', true, false],
    ['refused', false, true],
    ['unreachable', false, true],
    ['unknown', false, false],
  ])('that show %s: the address answers: %s; it is lost, if it did before: %s', (shows, answers, lost) => {
    const document = withProbes(known(), target, [probed('192.0.2.1', shows)], now)
    expect(Object.keys(entryIn(document)?.addresses ?? {})).toEqual(answers ? [ONE] : [])
    const probe = answeringSince(
      { ...entryOf(known(), target), addresses: { [ONE]: { answersSince: before } } },
      probed('192.0.2.1', shows),
    )
    expect(probe.answersSince).toEqual(before)
    expect(isLost(probe)).toBe(lost)
    expect(isLost(answeringSince(undefined, probed('192.0.2.1', shows)))).toBe(false)
  })

  test('note since when an address answers, and when it was first seen to serve what the target was given', () => {
    const seen = (shows: Shows, fingerprint: string | undefined, addresses: TargetEntry['addresses'] = {}) =>
      entryIn(withProbes(known({ addresses }), target, [probed('192.0.2.1', shows, fingerprint)], now))
    expect(seen('current', 'ab')?.addresses).toEqual({ [ONE]: { answersSince: now, verified: now } })
    expect(seen('current', 'cd')?.addresses).toEqual({ [ONE]: { answersSince: now } })
    expect(seen('other', 'ab')?.addresses).toEqual({ [ONE]: { answersSince: now } })
    const earlier = { [ONE]: { answersSince: before, verified: before } }
    expect(seen('current', 'ab', earlier)?.addresses).toEqual(earlier)
    expect(seen('broken', undefined, earlier)?.addresses).toEqual(earlier)
    const [yes, no] = [seen('current', 'ab'), seen('other', 'cd')]
    expect([yes?.verified, no?.verified]).toEqual([true, false])
  })

  test('of one address leave the others, and other targets, as they were', () => {
    const addresses = { [TWO]: { answersSince: before } }
    const document = withProbes(known({ addresses }), target, [probed('192.0.2.1', 'current', 'ab')], now)
    expect(entryIn(document)?.addresses).toEqual({ ...addresses, [ONE]: { answersSince: now, verified: now } })
    expect(document.targets.other).toEqual(known().targets.other)
  })
})

describe('a proof', () => {
  const proven = (state: AddressResult['state'], address = '192.0.2.1'): AddressResult => ({
    address,
    port: 443,
    state,
  })
  const proof = (document: CertificateDocument, fingerprint: string, ...results: AddressResult[]) =>
    entryIn(withVerification(document, target, { fingerprint, object: `newleaf-${fingerprint}` }, results, now))

  test('notes what the target was given, since when, and where it was seen', () => {
    expect(proof(known(), 'cd', proven('verified'))).toMatchObject({
      deployed: { fingerprint: 'cd', object: 'newleaf-cd', since: now },
      addresses: { [ONE]: { answersSince: now, verified: now } },
      verified: true,
    })
  })

  test('of the same certificate keeps since when it is there, and since when it was seen', () => {
    const addresses = { [ONE]: { answersSince: before, verified: before } }
    expect(proof(known({ addresses }), 'ab', proven('verified'))).toMatchObject({ deployed, addresses })
    expect(proof(known({ addresses }), 'cd', proven('verified'))?.addresses).toEqual({
      [ONE]: { answersSince: before, verified: now },
    })
  })

  test('where an address was not seen keeps that it answers, and not that it was verified', () => {
    const addresses = { [ONE]: { answersSince: before, verified: before } }
    const result = proof(known({ addresses }), 'cd', proven('unverified'), proven('unverified', '192.0.2.2'))
    expect(result).toMatchObject({ addresses: { [ONE]: { answersSince: before }, [TWO]: {} }, verified: false })
    expect(result?.addresses[ONE]).toEqual({ answersSince: before })
    expect(result?.addresses[TWO]).toEqual({})
  })

  test('forgets addresses that the listener has no more', () => {
    const addresses = { [TWO]: { answersSince: before, verified: before } }
    expect(Object.keys(proof(known({ addresses }), 'ab', proven('verified'))?.addresses ?? {})).toEqual([ONE])
  })
})

describe.each<[addresses: TargetEntry['addresses'], verified: boolean, settled: boolean]>([
  [{}, false, true],
  [{ [ONE]: {} }, false, true],
  [{ [ONE]: { answersSince: before } }, false, false],
  [{ [ONE]: { answersSince: before, verified: now } }, true, true],
  [{ [ONE]: { answersSince: before, verified: now }, [TWO]: {} }, true, true],
  [{ [ONE]: { answersSince: before, verified: now }, [TWO]: { answersSince: before } }, false, false],
])('a target whose addresses are known as %j', (addresses, verified, settled) => {
  const entry = { ...entryOf(known(), target), addresses }
  test(`is verified: ${verified}; what it served before may go: ${settled}`, () => {
    expect([isVerified(entry), isSettled(entry, 'ab')]).toEqual([verified, settled])
    expect(entryIn(withEntry(known(), target, { ...entry, verified: !verified }))).toEqual({ ...entry, verified })
  })

  test('keeps what it served before as long as it has another certificate, or none', () => {
    const { deployed: _none, ...empty } = entry
    expect([isSettled(entry, 'cd'), isSettled(entry, undefined), isSettled(empty, 'ab')]).toEqual([false, false, false])
    expect([isSettled(undefined, 'ab'), isSettled(undefined, undefined), isSettled(empty, undefined)]).toEqual([
      ...[false, false, false],
    ])
  })
})

test('an object that may exist is noted once, the newest last', () => {
  const once = withObject(known({ objects: ['a'] }), target, 'b')
  expect(entryIn(once)?.objects).toEqual(['a', 'b'])
  expect(entryIn(withObject(once, target, 'a'))?.objects).toEqual(['a', 'b'])
  expect(entryIn(withObject(emptyDocument, target, 'a'))).toEqual({
    ...{ name: 'us/apps', balancer: 'us', listener: target.listener, verified: false, addresses: {}, superseded: [] },
    objects: ['a'],
  })
})

test('something is to be deleted once the time of one object is over, at a target or at one that left the configuration', () => {
  const later = new Date(now.getTime() + 1)
  const superseded = [now, later].map((after) => ({ object: 'a', after }))
  const orphan = { name: 'us/old', balancer: 'us', since: before }
  expect(isDeletionDue(known({ superseded }), now)).toBe(true)
  expect(isDeletionDue({ ...known(), orphans: [{ ...orphan, objects: superseded }] }, now)).toBe(true)
  expect(isDeletionDue(known({ superseded: superseded.slice(1) }), now)).toBe(false)
  expect(isDeletionDue(known(), now)).toBe(false)
})
