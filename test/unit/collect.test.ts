import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import type { LoadBalancer, StateStore } from '../../lib/ports.ts'
import { collect } from '../../lib/renewal/collect.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import {
  type CertificateDocument,
  documentKey,
  emptyDocument,
  type Orphan,
  type TargetEntry,
} from '../../lib/state/document.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const now = new Date('2026-11-22T06:00:00Z')
const hours = (count: number) => new Date(now.getTime() + count * HOUR)
const clock = { now: () => now, sleep: async () => {} }
const spec = { ...shop, targets: shop.targets.slice(0, 1) }
const entry = (change: Partial<TargetEntry> = {}): TargetEntry => ({
  ...{ name: 'fr/edge', balancer: 'fr', verified: true, objects: ['a', 'b', 'c', 'live'] },
  ...{ addresses: { '192.0.2.1 port 443': { answersSince: now, verified: now } } },
  deployed: { fingerprint: 'ab', object: 'live', since: hours(-99) },
  superseded: [
    { object: 'a', after: now },
    { object: 'b', after: hours(-1) },
    { object: 'c', after: hours(1) },
  ],
  ...change,
})
const orphan = (change: Partial<Orphan> = {}): Orphan => ({
  ...{ name: 'us/old', balancer: 'us', listener: { frontend: 'old' }, since: hours(-24) },
  objects: [
    { object: 'x', after: now },
    { object: 'y', after: hours(-1) },
    { object: 'z', after: hours(30) },
  ],
  ...change,
})
const document = (change: Partial<CertificateDocument> = {}): CertificateDocument => ({ ...emptyDocument, ...change })

let asked: string[]
let records: LogRecord[]
let state: StateStore
beforeEach(() => {
  ;[asked, records, state] = [[], [], createMemoryState()]
})
const log = createLog((record) => records.push(record), clock)
/** It deletes those of them that are free. */
const balancer = (deletes: (names: readonly string[]) => readonly string[]) =>
  ({
    deleteUnused: async (_listener: unknown, names: readonly string[]) => {
      asked.push(names.join())
      return deletes(names)
    },
  }) as unknown as LoadBalancer
const all = balancer((names) => names)
const none = balancer(() => [])

async function collected(known: CertificateDocument, balancers: Record<string, LoadBalancer> = { fr: all, us: all }) {
  const outside = { environment: 'test', state, clock, log, timeLeft: () => 600_000, balancers }
  const lease = await openLease('shop', outside)
  await lease.hold(() => known)
  const tag = (await state.read(documentKey('shop')))?.tag
  await collect(spec, { fingerprint: 'ab' }, lease, outside)
  const isWritten = (await state.read(documentKey('shop')))?.tag !== tag
  return { ...lease.document, isWritten, at: lease.document.targets['fr/edge'] }
}
const at = (change?: Partial<TargetEntry>) => document({ targets: { 'fr/edge': entry(change) } })

describe('what is superseded at a target', () => {
  test('and past its grace is deleted, and noted no more; what has its grace stays', async () => {
    const { at: left } = await collected(at())
    expect(asked).toEqual(['a,b'])
    expect(left).toMatchObject({ objects: ['c', 'live'], superseded: [{ object: 'c', after: hours(1) }] })
    expect(records).toEqual([])
  })

  test('and still in use is tried again a day later, and that is told', async () => {
    const { at: left } = await collected(at(), { fr: balancer(() => ['a']) })
    expect(left?.objects).toEqual(['b', 'c', 'live'])
    expect(left?.superseded).toEqual([
      { object: 'b', after: hours(24) },
      { object: 'c', after: hours(1) },
    ])
    expect(records).toMatchObject([{ message: 'superseded certificates are still in use', fields: { names: ['b'] } }])
  })

  test('and cannot be asked for is tried again a day later, and holds up nothing', async () => {
    const denies = balancer(() => {
      throw new Failure('DENIED', 'no')
    })
    const { at: left } = await collected(at(), { fr: denies })
    expect(left?.superseded.map(({ after }) => after)).toEqual([hours(24), hours(24), hours(1)])
    expect(records).toMatchObject([{ level: 'warn', fields: { code: 'DENIED', reason: 'no' } }])
  })

  test('and has its grace is not asked for, and nothing is written', async () => {
    const { isWritten } = await collected(at({ superseded: [{ object: 'a', after: hours(1) }] }))
    expect([asked, isWritten]).toEqual([[], false])
  })

  test.each<[string, Partial<TargetEntry>]>([
    [
      'was not seen at every address',
      { addresses: { a: { answersSince: now }, b: { answersSince: now, verified: now } } },
    ],
    ['is another one', { deployed: { fingerprint: 'cd', object: 'other', since: now } }],
  ])('stays another day while what it has there %s', async (_why, change) => {
    const { at: left } = await collected(at(change))
    expect(asked).toEqual([])
    expect(left?.objects).toEqual(['a', 'b', 'c', 'live'])
    expect(left?.superseded.map(({ after }) => after)).toEqual([hours(24), hours(24), hours(1)])
  })

  test('is left alone once the certificate is another run’s', async () => {
    const locked = balancer(() => {
      throw new Failure('LOCKED', 'taken')
    })
    await expect(collected(at(), { fr: locked })).rejects.toMatchObject({ code: 'LOCKED' })
  })
})

describe('what an orphan has left', () => {
  const having = (...orphans: Orphan[]) => document({ orphans })

  test('and is past its time is deleted; what has its grace stays with it', async () => {
    const { orphans } = await collected(having(orphan()))
    expect(asked).toEqual(['x,y'])
    expect(orphans).toEqual([{ ...orphan(), objects: [{ object: 'z', after: hours(30) }] }])
  })

  test('is tried again a day later at the soonest', async () => {
    const { orphans } = await collected(having(orphan()), { us: none })
    expect(orphans).toEqual([
      {
        ...orphan(),
        objects: [
          { object: 'x', after: hours(24) },
          { object: 'y', after: hours(24) },
          { object: 'z', after: hours(30) },
        ],
      },
    ])
  })

  test('and is all gone is forgotten, and orphans of its name or its time stay', async () => {
    const gone = orphan({ objects: [{ object: 'x', after: now }] })
    const grace = [{ object: 'x', after: hours(1) }]
    const others = [orphan({ since: hours(-9), objects: grace }), orphan({ name: 'us/other', objects: grace })]
    const known = await collected(having(others[0] ?? gone, gone, others[1] ?? gone))
    expect(known.orphans).toEqual(others)
    expect(known).not.toHaveProperty('leftBehind')
  })

  test('is postponed at that orphan alone', async () => {
    const grace = [{ object: 'x', after: hours(1) }]
    const others = [orphan({ since: hours(-9), objects: grace }), orphan({ name: 'us/other', objects: grace })]
    const known = await collected(having(others[0] ?? orphan(), orphan(), others[1] ?? orphan()), { us: none })
    expect([known.orphans[0], known.orphans[2]]).toEqual(others)
  })

  test('and has its grace is not asked for, and nothing is written', async () => {
    const { isWritten } = await collected(having(orphan({ objects: [{ object: 'z', after: hours(1) }] })))
    expect([asked, isWritten]).toEqual([[], false])
  })

  test.each<[why: string, left: Orphan, balancers: Record<string, LoadBalancer>]>([
    ['its load balancer has left the configuration', orphan(), { fr: all }],
    ['nobody knows its listener', orphan({ listener: undefined as never }), { us: all }],
    ['it was tried for a week', orphan({ since: hours(-7 * 24) }), { us: none }],
  ])('is left behind when %s: told once, and forgotten', async (_why, left, balancers) => {
    const { listener: _none, ...unknown } = left
    const known = await collected(having(left.listener === undefined ? unknown : left), balancers)
    expect(known.orphans).toEqual([])
    expect(known.leftBehind).toEqual({ what: ['x at us/old', 'y at us/old', 'z at us/old'], since: now })
  })

  test('is kept within the week', async () => {
    const known = await collected(having(orphan({ since: new Date(hours(-7 * 24).getTime() + 1) })), { us: none })
    expect(known.orphans).toHaveLength(1)
  })

  test('and a target there may go back to is not asked for', async () => {
    const using = { ...entry({ objects: ['x', 'y', 'z'], superseded: [] }), balancer: 'us' }
    const { orphans } = await collected(document({ orphans: [orphan()], targets: { used: using } }))
    expect(asked).toEqual([])
    expect(orphans[0]?.objects.map(({ after }) => after)).toEqual([hours(24), hours(24), hours(30)])
  })
})
