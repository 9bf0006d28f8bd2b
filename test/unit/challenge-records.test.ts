import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { removable } from '../../lib/policy/challenge-records.ts'
import type { ChallengeSolver, StateStore, TxtRecord } from '../../lib/ports.ts'
import { cleanUpRecords, everyRecord } from '../../lib/renewal/challenge-records.ts'
import { type Lease, openLease } from '../../lib/renewal/lease.ts'
import { type CertificateDocument, type ChallengeRecord, documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryState } from '../support/memory-stores.ts'

const DAY = 86_400_000
let now: number
let state: StateStore
let removed: string[]
let records: LogRecord[]
beforeEach(() => {
  ;[now, state, removed, records] = [Date.parse('2026-11-22T06:00:00Z'), createMemoryState(), [], []]
})
const clock = { now: () => new Date(now), sleep: async () => {} }
const at = (later = 0) => new Date(Date.parse('2026-11-22T06:00:00Z') + later)
const days = (count: number) => new Date(now + count * DAY)
const log = createLog((record) => records.push(record), clock)
const outside = () => ({ environment: 'test', state, clock, log, timeLeft: () => 600_000 })
const value = (name: string, since = clock.now(), provider = 'main'): ChallengeRecord => ({
  ...{ name: `_acme-challenge.${name}`, value: `of ${name}`, zone: name, provider, since },
})
const textOf = ({ name, value: text }: TxtRecord) => `${name} ${text}`

async function holding(...challengeRecords: ChallengeRecord[]): Promise<Lease> {
  const lease = await openLease('shop', outside())
  await lease.hold((document) => ({ ...document, challengeRecords }))
  return lease
}
const solverWith = (change: Partial<ChallengeSolver> = {}): ChallengeSolver => ({
  ...{ assigned: async (record) => record, locate: async () => [], check: async () => {}, present: async () => {} },
  ...{ caa: async () => undefined, capacity: async () => undefined },
  persistentRecords: async () => [],
  async cleanUp(all) {
    removed.push(...all.map(textOf))
  },
  ...change,
})
const documentNow = async (): Promise<CertificateDocument> =>
  parseDocument('shop', (await state.read(documentKey('shop')))?.document)
const leftNow = async () => (await documentNow()).challengeRecords.map(({ name }) => name)
const denied = new Failure('DENIED', 'the token has lost a right')
const denies = { cleanUp: async () => Promise.reject(denied) }
/** What came of it is saved by whoever comes next. */
async function clean(lease: Lease, change: Partial<ChallengeSolver> = {}) {
  const failure = await cleanUpRecords(lease, { solver: solverWith(change), log, clock }, everyRecord)
  await lease.save((document) => document)
  return failure
}

describe('TXT values that are noted', () => {
  test('are removed, and noted no more', async () => {
    const lease = await holding(value('a.example'), value('b.example'))
    expect(await clean(lease)).toBeUndefined()
    expect(removed).toEqual(['_acme-challenge.a.example of a.example', '_acme-challenge.b.example of b.example'])
    expect(await documentNow()).toMatchObject({ challengeRecords: [] })
    expect(await documentNow()).not.toHaveProperty('leftBehind')
  })

  test('are not asked for where none is to be removed, and nothing is written', async () => {
    const lease = await holding(value('a.example'))
    const tag = (await state.read(documentKey('shop')))?.tag
    const asked: unknown[] = []
    const cleanUp: ChallengeSolver['cleanUp'] = async (all) => void asked.push(all)
    expect(await cleanUpRecords(lease, { solver: solverWith({ cleanUp }), log, clock }, () => [])).toBeUndefined()
    expect([asked, (await state.read(documentKey('shop')))?.tag]).toEqual([[], tag])
  })

  test('of one name and value at two providers are two', async () => {
    const lease = await holding(value('a.example', at(), 'one'), value('a.example', at(), 'two'))
    const first = ({ challengeRecords }: CertificateDocument) => challengeRecords.slice(0, 1)
    expect(await cleanUpRecords(lease, { solver: solverWith(), log, clock }, first)).toBeUndefined()
    expect(lease.document.challengeRecords.map(({ provider }) => provider)).toEqual(['two'])
  })

  test('of which others are still shown are not given up with them, however old they are', async () => {
    const lease = await holding(value('a.example', days(-7)), value('shown.example', days(-7)))
    const first = ({ challengeRecords }: CertificateDocument) => challengeRecords.slice(0, 1)
    await cleanUpRecords(lease, { solver: solverWith(denies), log, clock }, first)
    expect(lease.document.challengeRecords.map(({ name }) => name)).toEqual(['_acme-challenge.shown.example'])
  })

  test('are removed where they are by now, under whatever name their provider has', async () => {
    const lease = await holding(value('a.example', clock.now(), 'old'))
    const providers: string[] = []
    const cleanUp = async (all: readonly TxtRecord[]) => {
      providers.push(...all.map(({ provider }) => provider))
    }
    await clean(lease, { assigned: async (record) => ({ ...record, provider: 'new' }), cleanUp })
    expect([providers, await leftNow()]).toEqual([['new'], []])
  })

  test('of nobody whom the configuration knows are left behind, with their names; the others are removed', async () => {
    const lease = await holding(value('a.example', clock.now(), 'gone'), value('b.example'))
    expect(
      await clean(lease, { assigned: async (record) => (record.provider === 'gone' ? undefined : record) }),
    ).toBeUndefined()
    expect([removed, await leftNow()]).toEqual([['_acme-challenge.b.example of b.example'], []])
    expect((await documentNow()).leftBehind).toEqual({
      what: ['a TXT value at _acme-challenge.a.example (gone)'],
      since: clock.now(),
    })
  })

  test('that cannot be removed stay noted for a week, and the failure is told and never thrown', async () => {
    const lease = await holding(value('a.example', new Date(days(-7).getTime() + 1)))
    expect(await clean(lease, denies)).toBe(denied)
    expect(await leftNow()).toEqual(['_acme-challenge.a.example'])
    expect(records).toMatchObject([{ level: 'warn', fields: { code: 'DENIED', reason: denied.message } }])
    expect(await documentNow()).not.toHaveProperty('leftBehind')
  })

  test('that could not be removed for a week are left behind, and those of later are tried again', async () => {
    const lease = await holding(value('a.example', days(-7)), value('b.example', days(-1)))
    expect(await clean(lease, denies)).toBe(denied)
    expect(await leftNow()).toEqual(['_acme-challenge.b.example'])
    expect((await documentNow()).leftBehind?.what).toEqual(['a TXT value at _acme-challenge.a.example (main)'])
    const old = await leaseAnew(value('a.example', days(-8)))
    expect(await clean(old, denies)).toBeUndefined()
    expect(await leftNow()).toEqual([])
  })

  const leaseAnew = (...challengeRecords: ChallengeRecord[]) => {
    state = createMemoryState()
    return holding(...challengeRecords)
  }

  test('that are removed stay in the store until the next saving: to remove them again would do no harm', async () => {
    const lease = await holding(value('a.example'))
    await cleanUpRecords(lease, { solver: solverWith(), log, clock }, everyRecord)
    expect([lease.document.challengeRecords, await leftNow()]).toEqual([[], ['_acme-challenge.a.example']])
    await lease.save((document) => document)
    expect(await leftNow()).toEqual([])
  })
})

describe('a TXT value stays', () => {
  const url = 'https://ca.example/order/1'
  const record = (since: Date, order?: string) => ({ ...value('a.example', since), ...(order && { order }) })
  const order = { authority: 'ca', url }

  test.each<[why: string, record: ChallengeRecord, order: CertificateDocument['order'], stays: boolean]>([
    ['while its order is under way', record(at(), url), order, true],
    ['for three days', record(at(-3 * DAY + 1), url), order, true],
    ['and no longer', record(at(-3 * DAY), url), order, false],
    ['not when its order is over', record(at(), url), undefined, false],
    ['not when another order is under way', record(at(), 'https://ca.example/order/2'), order, false],
    ['not when nobody knows its order', record(at()), order, false],
    ['while its order may still be valid', record(at(), url), { ...order, expires: at(1) }, true],
    ['not when its order has expired', record(at(), url), { ...order, expires: at() }, false],
  ])('%s', (_, each, underWay, stays) => {
    const document = {
      challengeRecords: [each],
      ...(underWay && { order: underWay }),
    } as unknown as CertificateDocument
    expect(removable(document, at())).toEqual(stays ? [] : [each])
  })
})

describe('a run that was overtaken', () => {
  /** The other run has taken over, and shows these. */
  async function overtaken(lease: Lease, ...theirs: ChallengeRecord[]) {
    now += DAY
    const other = await openLease('shop', outside())
    await other.hold((document) => ({ ...document, challengeRecords: theirs }))
    return lease
  }

  test('removes what nobody but it knows of, leaves what the other shows, and says that it was overtaken', async () => {
    const shared = value('a.example')
    const lease = await overtaken(await holding(shared, value('b.example')), shared)
    await expect(clean(lease)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(removed).toEqual(['_acme-challenge.b.example of b.example'])
    expect(await leftNow()).toEqual(['_acme-challenge.a.example'])
  })

  test('removes another value of the same name, which the other does not show', async () => {
    const own = value('a.example')
    const lease = await overtaken(await holding(own), { ...own, value: 'theirs' })
    await expect(clean(lease)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(removed).toEqual(['_acme-challenge.a.example of a.example'])
  })

  test('removes the same value at another name, which the other does not show', async () => {
    const own = value('a.example')
    const lease = await overtaken(await holding(own), { ...own, name: '_acme-challenge.b.example' })
    await expect(clean(lease)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(removed).toEqual(['_acme-challenge.a.example of a.example'])
  })

  test('says so, also when it cannot remove anything', async () => {
    const lease = await overtaken(await holding(value('a.example')))
    await expect(clean(lease, denies)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(records).toMatchObject([{ level: 'warn', fields: { code: 'DENIED' } }])
  })
})
