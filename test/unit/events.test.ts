import { describe, expect, test } from 'vitest'
import { liveView } from '../../cli/live-view.ts'
import { parseConfig } from '../../lib/config/load.ts'
import { about, type RunEvent, toAll } from '../../lib/events.ts'
import { openRuntime } from '../../lib/open.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { logEvents } from '../../lib/report/event-log.ts'
import { stepTimer } from '../../lib/report/metrics.ts'
import { place, sound } from '../support/config-text.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

const now = new Date('2026-11-22T06:00:00.000Z')
const clock = { now: () => now, sleep: async () => {} }
const shop = { certificate: 'shop' }
const atEdge = { ...shop, target: 'fr/edge' }

/** One of each kind, as it happens in a run that fails at the second step. */
const one = {
  planned: {
    kind: 'planned',
    ...shop,
    names: ['shop.example', '*.shop.example'],
    action: 'wait',
    reason: 'budget',
    why: 'no more certificates are ordered for these names until then',
    until: now,
  },
  'window-asked': { kind: 'window-asked', ...shop, start: now, end: undefined, next: now },
  'step-started': { kind: 'step-started', ...shop, step: 'order' },
  'step-done': { kind: 'step-done', ...shop, step: 'order', ms: 1_500 },
  waiting: { kind: 'waiting', ...shop, step: 'order', what: 'the authority' },
  'step-failed': { kind: 'step-failed', ...atEdge, step: 'deploy', code: 'DENIED', reason: 'the token is refused' },
  'certificate-finished': {
    kind: 'certificate-finished',
    ...shop,
    result: 'failed',
    code: 'DENIED',
    reason: 'the token is refused',
    step: 'deploy',
    next: now,
  },
} as const satisfies { readonly [Kind in RunEvent['kind']]: Extract<RunEvent, { kind: Kind }> }
const all: readonly RunEvent[] = Object.values(one)

function recorded() {
  const records: LogRecord[] = []
  return { records, log: createLog((record) => records.push(record), clock) }
}

const ERASE = '\r\x1b[J'

/** What stands on a terminal after all that was written to it: the lines, without those that were drawn over. */
function terminal() {
  const lines: string[] = []
  return {
    lines,
    stdout: {
      columns: 100,
      write(text: string) {
        const erased = text.indexOf(ERASE)
        const [up = '0'] = text.slice(0, Math.max(erased, 0)).match(/\d+/) ?? []
        const rest = text.slice(erased < 0 ? 0 : erased + ERASE.length)
        lines.splice(lines.length - Number(up), Number(up), ...rest.split('\n').slice(0, -1))
      },
    },
  }
}

/** A view on a screen of so many columns, whose clock stands still until `pass` is called. */
function viewed(columns = 100) {
  const { lines, stdout } = terminal()
  let [seconds, tick, say] = [0, () => {}, (_text: string) => {}]
  const ticker = {
    now: () => new Date(now.getTime() + seconds * 1_000),
    every(_milliseconds: number, work: () => void) {
      tick = work
      return () => {
        tick = () => {}
      }
    },
  }
  const io = {
    stdout: { ...stdout, columns },
    whenInterrupted(draw: typeof say) {
      say = draw
    },
  }
  const view = liveView(io, ({ message }) => `logged: ${message}`, ticker)
  const hear = (event: RunEvent) => {
    for (const show of view.events ?? []) show(event)
  }
  const pass = (more: number) => {
    seconds += more
    tick()
  }
  return { lines, view, hear, pass, interrupt: (text: string) => say(text) }
}

describe('an event of a run', () => {
  test.each<[RunEvent['kind'], level: string, message: string, fields: object]>([
    [
      'planned',
      'info',
      'planned',
      {
        ...{ ...shop, names: one.planned.names, action: 'wait', reason: 'budget', why: one.planned.why },
        until: now.toISOString(),
      },
    ],
    [
      'window-asked',
      'info',
      'renewal window asked for',
      { ...shop, start: now.toISOString(), end: undefined, next: now.toISOString() },
    ],
    ['step-started', 'info', 'step started', { ...shop, step: 'order' }],
    ['step-done', 'info', 'step done', { ...shop, step: 'order', ms: 1_500 }],
    ['waiting', 'debug', 'waiting', { ...shop, step: 'order', what: 'the authority' }],
    [
      'step-failed',
      'warn',
      'step failed',
      { ...atEdge, step: 'deploy', code: 'DENIED', reason: 'the token is refused' },
    ],
    [
      'certificate-finished',
      'error',
      'certificate finished',
      {
        ...shop,
        result: 'failed',
        code: 'DENIED',
        reason: 'the token is refused',
        step: 'deploy',
        next: now.toISOString(),
      },
    ],
  ])('%s is one line of the log', (kind, level, message, fields) => {
    const { records, log } = recorded()
    logEvents(log)(one[kind])
    expect(records).toEqual([{ time: now, level, message, fields }])
  })

  test('of a certificate whose window alone was asked for is no row of the live view', () => {
    const { lines, hear } = viewed()
    hear(one['window-asked'])
    expect(lines).toEqual([])
  })

  test('is no error in the log where a certificate has ended well', () => {
    const { records, log } = recorded()
    const well = { result: 'kept', code: undefined, reason: undefined, step: undefined } as const
    logEvents(log)({ ...one['certificate-finished'], ...well })
    expect(records).toMatchObject([{ level: 'info', fields: { result: 'kept' } }])
  })

  test('is measured where a step has ended well, and no other is', () => {
    const { sink, seconds } = stepTimer()
    for (const event of all) sink(event)
    expect(seconds).toEqual({ order: [1.5] })
  })

  test.each<[Exclude<RunEvent['kind'], 'window-asked'>, earlier: readonly RunEvent[], row: string]>([
    ['planned', [], 'shop         wait (budget)  shop.example, *.shop.example'],
    ['step-started', [], '  shop  … order'],
    ['step-done', [one['step-started']], '  shop  ✓ order'],
    ['waiting', [one['step-started']], '  shop  … order'],
    ['step-failed', [{ kind: 'step-started', ...atEdge, step: 'deploy' }], '  shop  '],
    [
      'certificate-finished',
      [one['step-done'], { kind: 'step-started', ...atEdge, step: 'deploy' }],
      '  shop  ✓ order  ✗ failed (DENIED)',
    ],
  ])('%s is seen in the live view', (kind, earlier, row) => {
    const { lines, hear } = viewed()
    for (const event of earlier) hear(event)
    if (kind !== 'waiting') expect(lines).not.toEqual([row])
    hear(one[kind])
    expect(lines).toEqual([row])
  })

  test('that is a step at two targets is in hand until it has ended at both', () => {
    const { lines, hear } = viewed()
    const deploy = (kind: 'step-started' | 'step-done', target: string): RunEvent =>
      ({ kind, certificate: 'shop', target, step: 'deploy', ms: 1 }) as RunEvent
    for (const target of ['fr/edge', 'us/apps']) hear(deploy('step-started', target))
    expect(lines).toEqual(['  shop  … deploy  … deploy'])
    hear(deploy('step-done', 'us/apps'))
    expect(lines).toEqual(['  shop  ✓ deploy  … deploy'])
    hear(deploy('step-done', 'fr/edge'))
    expect(lines).toEqual(['  shop  ✓ deploy'])
  })

  test('of a step in hand is told with the seconds that go by, and with what it waits for', () => {
    const { lines, hear, pass } = viewed()
    hear(one['step-started'])
    pass(1)
    expect(lines).toEqual(['  shop  … order'])
    hear(one.waiting)
    pass(39)
    expect(lines).toEqual(['  shop  … order 40 s, waiting for the authority'])
    pass(1)
    expect(lines).toEqual(['  shop  … order 41 s, waiting for the authority'])
  })

  test('of many steps leaves the newest and the result on a screen of 80 columns', () => {
    const { lines, hear, pass } = viewed(80)
    const steps = ['lock', 'key', 'order', 'validate', 'finalize', 'store', 'deploy', 'verify', 'activate']
    for (const step of steps) hear({ kind: 'step-done', ...shop, step, ms: 1 })
    hear({ kind: 'step-started', ...atEdge, step: 'delete' })
    pass(5)
    expect(lines[0]).toMatch(/^ {2}shop {2}✓ \d steps .* ✓ activate {2}… delete 5 s$/)
    expect(lines[0]?.length).toBeLessThan(80)
    hear(one['certificate-finished'])
    expect(lines[0]).toMatch(/^ {2}shop {2}✓ \d steps .* ✓ activate {2}✗ failed \(DENIED\)$/)
    expect(lines[0]?.length).toBeLessThan(80)
  })

  test('comes and goes, and that the run was asked to stop stays on the screen', () => {
    const { lines, hear, interrupt } = viewed()
    hear(one['step-started'])
    interrupt('Stopping.')
    hear(one['step-done'])
    hear(one.planned)
    expect(lines.slice(-2)).toEqual(['  shop  ✓ order', 'Stopping.'])
  })

  test('is known by its kind: the words of a log line move no row', () => {
    const { lines, view, hear } = viewed()
    hear(one['step-started'])
    view.sink({ time: now, level: 'info', message: 'step done', fields: { ...shop, step: 'order', ms: 3 } })
    expect(lines).toEqual(['logged: step done', '  shop  … order'])
  })

  test('says which certificate and which target it is about', async () => {
    const heard: RunEvent[] = []
    const world = await createMemoryWorld({ emit: (event) => heard.push(event) })
    await world.run()
    const steps = heard.filter((event) => event.kind === 'step-done')
    expect(steps.map(({ certificate }) => certificate)).toEqual(steps.map(() => 'shop'))
    expect(steps.flatMap(({ step, target }) => (step === 'deploy' ? [target] : [])).sort()).toEqual([
      'fr/edge',
      'us/apps',
    ])
    expect(heard.at(-1)).toMatchObject({ kind: 'certificate-finished', certificate: 'shop', result: 'renewed' })
  })

  test('is about the target and the certificate where a target is looked at within a certificate', () => {
    const { records, log } = recorded()
    const heard: RunEvent[] = []
    const own = about(about({ log, emit: (event) => heard.push(event) }, shop), { target: 'fr/edge' })
    own.emit({ kind: 'step-started', step: 'deploy' })
    own.log.info('a line')
    expect(heard).toEqual([{ kind: 'step-started', ...atEdge, step: 'deploy' }])
    expect(records).toMatchObject([{ message: 'a line', fields: atEdge }])
  })
})

describe('whoever shows the events', () => {
  const broken = () => {
    throw new Error('the screen is gone')
  }

  test('and throws stands in the way of neither the run nor the others, and the log tells', async () => {
    const heard: RunEvent[] = []
    const { records, log } = recorded()
    const world = await createMemoryWorld({ emit: toAll([broken, (event) => heard.push(event)], log) })
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(records).toHaveLength(heard.length)
    expect(records[0]).toMatchObject({
      level: 'warn',
      message: 'an event was not shown',
      fields: { event: 'planned' },
    })
  })

  test('and throws as the log does is nobody’s trouble', () => {
    expect(() => toAll([broken], { warn: broken })(one.planned)).not.toThrow()
  })

  test('and throws does no harm in a world as every run opens it', async () => {
    const { records, log } = recorded()
    const config = await parseConfig(sound, place)
    const hostContext = { env: {}, clock, log, random: () => 0.5, timeLeft: () => 60_000 }
    openRuntime(config, { ...hostContext, events: [broken] }).emit(one.planned)
    openRuntime(config, hostContext).emit(one.planned)
    expect(records.map(({ message }) => message)).toEqual(['an event was not shown', 'planned'])
  })
})
