import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode, type FailureFields } from '../../lib/errors.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import type { Order } from '../../lib/ports.ts'
import { knownOrder, NOT_OF_THE_ORDER, stepFailed } from '../../lib/renewal/known-order.ts'
import type { Lease } from '../../lib/renewal/lease.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const NOW = Date.parse('2026-11-22T06:00:00Z')
const at = (milliseconds: number) => new Date(NOW + milliseconds)
const issuer = { authority: 'ca', directory: 'https://ca.example/directory' }
const noted = { ...issuer, url: 'https://ca.example/order/1' }
const order: Order = {
  ...{ url: noted.url, status: 'pending', names: ['shop.example'], expires: undefined, authorizations: [] },
  ...{ finalize: 'https://ca.example/finalize/1', certificate: undefined },
}

/** A clock that moves by sleeping alone. */
function clockFrom(start = NOW) {
  let now = start
  const slept: number[] = []
  const sleep = async (milliseconds: number) => {
    slept.push(milliseconds)
    now += milliseconds
  }
  return { slept, now: () => new Date(now), sleep }
}

describe('an order that is remembered', () => {
  async function read(said: readonly (Order | Failure)[], known: Partial<typeof noted> & object = {}) {
    const clock = clockFrom()
    const left = [...said]
    let reads = 0
    const readOrder = async () => {
      reads += 1
      const next = left.length > 1 ? left.shift() : left[0]
      if (next instanceof Failure) throw next
      return next as Order
    }
    const result = await knownOrder(issuer, { order: { ...noted, ...known } }, { authority: { readOrder }, clock })
    return { ...result, reads, slept: clock.slept }
  }
  const failure = (code: FailureCode, fields = {}) =>
    new Failure(code, 'as told', { fields: { authority: 'ca', ...fields } })

  test('is gone on with, or is none', async () => {
    expect(await read([order])).toMatchObject({ order, reads: 1 })
    expect(await knownOrder(issuer, {}, { authority: { readOrder: async () => order }, clock: clockFrom() })).toEqual(
      {},
    )
  })

  test('of another authority, or of another directory, is not read', async () => {
    expect(await read([order], { authority: 'other' })).toEqual({ reads: 0, slept: [] })
    expect(await read([order], { directory: 'https://other.example' })).toEqual({ reads: 0, slept: [] })
  })

  test.each([
    { what: 'by its own word', seen: { expires: at(0) }, known: {} },
    { what: 'by what was noted', seen: {}, known: { expires: at(0) } },
  ])('has expired $what', async ({ seen, known }) => {
    expect(await read([{ ...order, ...seen }], known)).toMatchObject({ over: 'expired' })
    const later = Object.fromEntries(Object.keys({ ...seen, ...known }).map((key) => [key, at(1)]))
    const isOwn = 'expires' in seen
    expect(await read([{ ...order, ...(isOwn ? later : {}) }], isOwn ? {} : later)).toMatchObject({ order: {} })
  })

  test('is over when nothing came of a step for six hours and in three runs, unless it is ready by now', async () => {
    const undecided = (since: number, runs = 3) => ({ undecided: { step: 'validate', since: at(since), runs } })
    expect(await read([order], undecided(-6 * HOUR))).toMatchObject({ over: 'undecided' })
    expect(await read([order], undecided(1 - 6 * HOUR))).toMatchObject({ order })
    const processing: Order = { ...order, status: 'processing' }
    expect(await read([processing], undecided(-48 * HOUR, 2))).toMatchObject({ order: processing })
    const ready: Order = { ...order, status: 'ready' }
    expect(await read([ready], undecided(-6 * HOUR))).toMatchObject({ order: ready })
  })

  test('is over when it is invalid, and is fetched when it is valid, whenever its end was', async () => {
    expect(await read([{ ...order, status: 'invalid' }])).toMatchObject({ over: 'invalid' })
    expect(await read([{ ...order, status: 'valid', expires: at(-HOUR) }])).toMatchObject({
      order: { status: 'valid' },
    })
  })

  test.each([failure('ANSWER_INVALID'), failure('UNEXPECTED'), failure('ACME_PROBLEM', { status: 403 })])(
    'is asked for six times, two seconds apart, when nobody can tell whose answer it was: %s',
    async (unclear) => {
      expect(await read([unclear])).toEqual({
        over: unclear.code,
        reads: 6,
        slept: Array.from({ length: 5 }, () => 2 * SECOND),
      })
      expect(await read([unclear, unclear, unclear, unclear, unclear, order])).toMatchObject({ order, reads: 6 })
    },
  )

  test.each([
    failure('ACME_PROBLEM', { status: 400, type: 'urn:ietf:params:acme:error:malformed' }),
    failure('ACME_ACCOUNT_REFUSED'),
    failure('NOT_FOUND'),
  ])('is asked for once when its authority says no: %s', async (refusal) => {
    expect(await read([refusal])).toEqual({ over: refusal.code, reads: 1, slept: [] })
  })

  test('stays when its authority asks not to be asked for now, though its end is past: another one would be a request too', async () => {
    const asked = failure('ACME_RATE_LIMITED')
    await expect(read([asked], { expires: at(0) } as object)).rejects.toBe(asked)
  })

  test.each<FailureCode>([
    ...(['REJECTED', 'CONFLICT', 'ANSWER_INVALID', 'NOT_FOUND', 'DENIED'] as const),
    ...(['STORE_FAILED', 'STORE_UNREADABLE', 'SECRET_CONFLICT'] as const),
  ])(
    'stays when a store fails (%s) while it is to be read, even past its end: its authority has said nothing',
    async (code) => {
      const ofStore = new Failure(code, 'as told', { fields: { store: 'secrets' } })
      for (const expires of [at(1), at(0)]) await expect(read([ofStore], { expires } as object)).rejects.toBe(ofStore)
    },
  )

  test.each<FailureCode>(['UNREACHABLE', ...NOT_OF_THE_ORDER])(
    'stays when it cannot be read for %s, unless its end is past',
    async (code) => {
      await expect(read([failure(code)], { expires: at(1) } as object)).rejects.toMatchObject({ code })
      await expect(read([failure(code)])).rejects.toMatchObject({ code })
      expect(await read([failure(code)], { expires: at(0) } as object)).toMatchObject({ over: code })
    },
  )
})

describe('a step of an order that fails', () => {
  /** What becomes of the order, and what is thrown. */
  async function outcomeOf(
    step: Parameters<typeof stepFailed>[0],
    code: FailureCode,
    { known = {}, fields = { authority: 'ca' } }: { known?: object; fields?: FailureFields } = {},
  ) {
    const records: LogRecord[] = []
    const clock = clockFrom()
    let document: CertificateDocument = { ...emptyDocument, order: { ...noted, ...known } }
    const lease = {
      get document() {
        return document
      },
      save: async (change: (before: CertificateDocument) => CertificateDocument) => {
        document = change(document)
      },
    } as unknown as Lease
    const log = createLog((record) => records.push(record), clock)
    const thrown = await stepFailed(step, new Failure(code, 'as told', { fields }), issuer, {
      lease,
      clock,
      log,
    }).catch((error) => error)
    return { order: document.order, code: thrown.code, events: document.events, warned: records.length }
  }
  const at0 = { step: 'finalize', since: at(0), runs: 1 }

  test('for a reason that is not the authority’s leaves it alone', async () => {
    expect(await outcomeOf('validate', 'ACME_VALIDATION_FAILED', { fields: {} })).toMatchObject({
      order: noted,
      warned: 0,
    })
  })

  test.each(NOT_OF_THE_ORDER)('for %s, which says nothing of the order, leaves it alone', async (code) => {
    expect(await outcomeOf('finalize', code)).toMatchObject({ order: noted, code, warned: 0 })
  })

  test('with the authority’s last word lets it go, and says so', async () => {
    expect(await outcomeOf('validate', 'ACME_VALIDATION_FAILED')).toEqual({
      ...{ order: undefined, code: 'ACME_VALIDATION_FAILED', warned: 1 },
      events: [{ at: at(0), event: 'order let go', detail: 'ACME_VALIDATION_FAILED' }],
    })
  })

  test.each<FailureCode>(['ACME_UNDECIDED', 'ANSWER_INVALID', 'OUT_OF_TIME'])(
    'without a clear word (%s) notes since when, and in how many runs, for each step',
    async (code) => {
      expect(await outcomeOf('finalize', code)).toMatchObject({ order: { undecided: at0 }, code })
      const earlier = { step: 'finalize', since: at(-MINUTE), runs: 1 }
      const twice = { ...earlier, runs: 2 }
      expect((await outcomeOf('finalize', code, { known: { undecided: earlier } })).order?.undecided).toEqual(twice)
      const other = { step: 'validate', since: at(-MINUTE), runs: 1 }
      expect((await outcomeOf('finalize', code, { known: { undecided: other } })).order?.undecided).toEqual(at0)
      const ahead = { step: 'finalize', since: at(1), runs: 1 }
      expect((await outcomeOf('finalize', code, { known: { undecided: ahead } })).order?.undecided).toEqual(at0)
    },
  )

  test('without a clear word counts the runs of one moment together', async () => {
    const noted = (await outcomeOf('finalize', 'ANSWER_INVALID', { known: { undecided: at0 } })).order?.undecided
    expect(noted).toEqual({ ...at0, runs: 2 })
  })

  test.each<FailureCode>(['STORE_UNREADABLE', 'ACME_PAUSED', 'ACME_TERMS_CHANGED', 'ACME_ORDER_NOT_READY'])(
    'for the account’s sake (%s) leaves the order: nothing was said of it',
    async (code) => {
      expect(await outcomeOf('finalize', code)).toEqual({ order: noted, code, events: [], warned: 0 })
    },
  )

  test.each<FailureCode>(['ACME_RATE_LIMITED', 'ACME_SERVER', 'UNREACHABLE'])(
    'for something that passes (%s) leaves the order',
    async (code) => {
      expect(await outcomeOf('validate', code)).toEqual({ order: noted, code, events: [], warned: 0 })
    },
  )

  test('for want of time is the authority’s failure once it has had ten minutes', async () => {
    const since = (milliseconds: number) => ({
      known: { undecided: { step: 'finalize', since: at(milliseconds), runs: 1 } },
    })
    expect(await outcomeOf('finalize', 'OUT_OF_TIME', since(1 - 10 * MINUTE))).toMatchObject({ code: 'OUT_OF_TIME' })
    expect(await outcomeOf('finalize', 'OUT_OF_TIME', since(-10 * MINUTE))).toMatchObject({ code: 'ACME_UNDECIDED' })
    expect(await outcomeOf('finalize', 'ANSWER_INVALID', since(-HOUR))).toMatchObject({ code: 'ANSWER_INVALID' })
  })

  test.each<[FailureCode, known: object, stays: boolean]>([
    ['ACME_ACCOUNT_REFUSED', {}, true],
    ['ACME_ACCOUNT_REFUSED', { expires: at(1) }, true],
    ['ACME_ACCOUNT_REFUSED', { expires: at(0) }, false],
    ['ACME_ORDER_GONE', {}, false],
    ['ACME_SERVER', { expires: at(0) }, true],
  ])('for a certificate that was issued (%s, %j) leaves the order: %s', async (code, known, stays) => {
    expect((await outcomeOf('download', code, { known })).order !== undefined).toBe(stays)
  })
})

describe('a call to an authority', () => {
  const LOADS = /^import (?!type )[^';]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm
  /** All files that are loaded for it. */
  const reached = new Set<string>()
  const follow = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const [, early, path = early ?? ''] of readFileSync(file, 'utf8').matchAll(LOADS))
      follow(join(dirname(file), path))
  }
  follow('lib/acme/authority.ts')
  const codes = [...reached].flatMap((file) => {
    if (file === 'lib/errors.ts') return []
    const source = readFileSync(file, 'utf8').replace(/isFailure\([^)]*\)/g, '')
    return [...source.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, code]) => code)
  })

  test('can fail for each reason that says nothing of the order', () => {
    expect(NOT_OF_THE_ORDER.filter((code) => !codes.includes(code))).toEqual(['REFERENCE_UNRESOLVED']) // of `resolve`, which is given to it
  })

  test('fails for nothing else that is a run’s own: not for a lock, the state, this machine, or a right that is missing', () => {
    const ofARun = codes.filter((code = '') => /^(?:STORE|STATE|SECRET|LOCAL|LOCKED|DENIED)/.test(code))
    expect(new Set(ofARun)).toEqual(new Set(['STORE_UNREADABLE']))
  })
})
