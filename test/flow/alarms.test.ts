import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { handler } from '../../handlers/scheduled.ts'
import { Failure } from '../../lib/errors.ts'
import { after, HOUR } from '../../lib/platform/clock.ts'
import { backstop } from '../../lib/policy/renewal-time.ts'
import { lifetime } from '../../lib/x509/lifetime.ts'
import { alarmPromises } from '../support/alarm-promises.ts'
import { deployed } from '../support/cloudformation.ts'
import { alarmsIn } from '../support/cloudwatch.ts'
import { createFortnight, type Fortnight, type Scene } from '../support/fortnight.ts'
import { plenty } from '../support/function-world.ts'
import { packageService, SITE } from '../support/packaged-service.ts'
import { printedBy } from '../support/printed-by.ts'

const CONFIGURATION = `
environment: test
secrets: { use: aws-secrets-manager }
state: { use: s3, options: { bucket: state } }
`
const service = await packageService({ 'newleaf.yaml': CONFIGURATION + SITE })
afterAll(() => service.remove())
afterEach(() => vi.unstubAllEnvs())
const alarms = alarmsIn(deployed(service.template))
/** In hours, like all times here. */
const DAY = 24
const FORTNIGHT = 14 * DAY

const promised = await alarmPromises()
const proved = new Set<string>()

/** The alarm of this row rings within its time, once; no other does but those `beside` it; and it is red as long as the trouble `lasts`. */
function expectPromise(what: string, at: Fortnight, since: Date, { beside = [] as string[], lasts = true } = {}): void {
  const { alarm, within } = promised.get(what) ?? { alarm: `nothing is promised for: ${what}`, within: 0 }
  const rung = at.rung(since)
  expect(Object.keys(rung).sort()).toEqual([alarm, ...beside].sort())
  expect(rung[alarm]).toHaveLength(1)
  expect(rung[alarm]?.[0]).toBeLessThanOrEqual(within)
  if (lasts) expect(at.red().sort()).toEqual([alarm, ...beside].sort())
  proved.add(what)
}

/** A day has gone by, and a few hours of the next, in which everybody was looked at; all is quiet. */
async function quiet(scene: Omit<Scene, 'alarms'>): Promise<Fortnight> {
  const at = await createFortnight({ alarms, ...scene })
  await at.live(DAY + 3)
  expect(at.red()).toEqual([])
  return at
}
const first = ({ balancers: { c0: balancer } }: Fortnight) => {
  if (balancer?.served === undefined) throw new Error('nothing is served')
  return { balancer, served: balancer.served }
}
/** Certificates of a week are renewed twice in a fortnight. */
const WEEK = 7

describe.each([
  ['without the queue', { queue: false, seed: 11 }],
  ['with the queue', { queue: true, seed: 12 }],
])('a fortnight %s', (_, mode) => {
  test('in which nothing lasts rings nothing: renewals, runs by hand, and trouble that two runs meet', async () => {
    for (const seed of [mode.seed, mode.seed + 10, mode.seed + 20]) {
      const at = await quiet({ ...mode, seed, certificates: 3, lifetime: WEEK })
      const since = at.now()
      const twoRuns = async (begin: () => void, end: () => void) => {
        const { refused } = at
        begin()
        await at.live(2)
        end()
        expect(at.refused).toBeGreaterThan(refused)
        await at.live(5)
        await at.run({ only: ['c1'] })
        await at.live(DAY - 7)
      }
      await at.live(DAY - 3)
      for (const part of ['state', 'balancers', 'secrets', 'dns'] as const) {
        if (part === 'dns')
          await at.live(Math.floor((backstop(first(at).served).getTime() - at.now().getTime()) / HOUR))
        await twoRuns(
          () => at.trouble.set(part, 'UNAVAILABLE'),
          () => at.trouble.delete(part),
        )
      }
      await at.run({ dryRun: true })
      await at.run({})
      await at.live(FORTNIGHT - (at.now().getTime() - since.getTime()) / HOUR)
      expect(at.rung(since)).toEqual({})
      expect(at.red()).toEqual([])
      expect(at.memory.authority.issued).toBeGreaterThanOrEqual(3 * 5)
    }
  })

  test('with a certificate that can never be issued', async () => {
    const at = await quiet({ ...mode, certificates: 3 })
    const since = at.now()
    at.memory.authority.unprovable.add('new.example')
    at.add('new')
    await at.live(FORTNIGHT)
    expectPromise('a certificate cannot be issued', at, since)
    at.memory.authority.unprovable.clear()
    await at.run({ only: ['new'] })
    await at.live(2)
    expect(at.red()).toEqual([])
  })

  test('with a token for DNS that was revoked, until the certificate has ended', async () => {
    const at = await quiet({ ...mode, certificates: 2, lifetime: WEEK })
    const { served } = first(at)
    at.trouble.set('dns', 'DENIED')
    await at.live(FORTNIGHT)
    expect(served.notAfter < at.now()).toBe(true)
    const beside = ['expires-soon']
    expectPromise('a renewal is due, and DNS or the authority refuses it', at, backstop(served), { beside })
    const pressing = after(served.notAfter, -lifetime(served) * 0.15)
    expect(at.rung(pressing)).not.toHaveProperty('unhealthy')
    expectPromise('a certificate comes to its end', at, pressing, { lasts: false })
  })

  test('with one certificate of ten that is not renewed, while others are, and a person renews some', async () => {
    const at = await quiet({ ...mode, certificates: 10, lifetime: WEEK })
    const due = backstop(first(at).served)
    at.memory.authority.unprovable.add('c0.example')
    for (let day = 0; day < 4; day++) {
      await at.live(DAY)
      await at.run({ only: ['c1', 'c2'] })
    }
    expectPromise('one certificate of many cannot be renewed', at, due)
    expect(at.balancers.c1?.changes.filter((change) => change.startsWith('swap')).length).toBeGreaterThan(1)
  })

  test('with a load balancer whose TLS a new certificate breaks', async () => {
    const at = await quiet({ ...mode, certificates: 2, lifetime: WEEK })
    const { balancer, served } = first(at)
    balancer.breaking = { how: 'broken', unless: served.fingerprint }
    await at.live(4 * DAY)
    expect(balancer.served?.fingerprint).toBe(served.fingerprint)
    expectPromise('a new certificate breaks TLS at a load balancer; the old one was put back', at, backstop(served))
  })

  test('with a load balancer that refuses the token, until it is mended and somebody asks', async () => {
    const at = await quiet({ ...mode, certificates: 3 })
    const since = at.now()
    const { balancer } = first(at)
    balancer.trouble = new Failure('DENIED', 'the token was revoked')
    await at.live(FORTNIGHT)
    expectPromise('a load balancer refuses the token', at, since)
    balancer.trouble = undefined
    await at.run({ only: ['c0'] })
    await at.live(2)
    expect(at.red()).toEqual([])
  })

  test.each([
    ['no longer speaks TLS', { breaking: { how: 'broken' } }],
    ['serves another certificate', { stale: true }],
  ] as const)('with a listener that %s', async (__, fault) => {
    const at = await quiet({ ...mode, certificates: 3 })
    const { balancer } = first(at)
    Object.assign(balancer, fault, 'stale' in fault ? { served: at.balancers.c1?.served } : {})
    const since = at.now()
    await at.live(FORTNIGHT)
    expectPromise('a listener no longer speaks TLS, or serves another certificate', at, since)
  })

  test.each([
    ['secrets', 'the secrets store refuses'],
    ['state', 'the state store refuses'],
    ['writing state', 'the state store can be read, and not written'],
  ] as const)('with a store that denies: %s', async (part, what) => {
    const at = await quiet({ ...mode, certificates: 3 })
    const since = at.now()
    at.trouble.set(part, 'DENIED')
    await at.live(FORTNIGHT)
    expectPromise(what, at, since)
    at.trouble.clear()
    await at.live(DAY + 6)
    expect(at.red()).toEqual([])
  })

  test('with the schedule off', async () => {
    const at = await quiet(mode)
    const since = at.now()
    at.schedule = undefined
    await at.live(4)
    await at.run({ only: ['c0'] })
    await at.live(FORTNIGHT)
    expectPromise('the schedule is off', at, since)
  })

  test('with a configuration that cannot be read', async () => {
    const at = await quiet(mode)
    const since = at.now()
    vi.stubEnv('NEWLEAF_CONFIG', 'nowhere.yaml')
    const lines: string[] = []
    at.schedule = async () => {
      lines.push(...(await printedBy(() => handler({}, plenty))))
      return lines.slice(-1)
    }
    await at.live(FORTNIGHT)
    expectPromise('the configuration cannot be read', at, since)
    expect(lines).toHaveLength(FORTNIGHT)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: 'error', code: 'CONFIG_INVALID' })
  })

  test('with a function that the platform ends', async () => {
    const at = await quiet(mode)
    let since: Date | undefined
    at.schedule = async () => {
      since ??= at.now()
      at.platform('AWS/Lambda', 'Errors', { FunctionName: 'newleaf-test-scheduled' })
      return []
    }
    await at.live(FORTNIGHT)
    expectPromise('the platform ends a function', at, since ?? at.now(), { beside: ['no-run'] })
  })

  test('with a message that is given up', async () => {
    const at = await quiet(mode)
    const since = at.now()
    at.platform('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'newleaf-test-dead-letters' })
    await at.live(DAY)
    expectPromise('a message is given up', at, since, { lasts: false })
  })
})

describe('a queue on which nobody works', () => {
  const what = 'with the queue, nobody works on what is due'

  test('rings, and is quiet again when somebody does', async () => {
    const at = await quiet({ queue: true, seed: 13, certificates: 3 })
    const since = at.now()
    at.workers = false
    await at.live(FORTNIGHT)
    expectPromise(what, at, since)
    at.workers = true
    await at.live(3)
    expect(at.red()).toEqual([])
  })

  test('rings also when nobody ever did', async () => {
    const at = await createFortnight({ alarms, queue: true, seed: 14, certificates: 3 })
    at.workers = false
    await at.live(1)
    const since = at.now()
    await at.live(FORTNIGHT)
    expectPromise(what, at, since)
  })
})

test('what the documentation promises is proved here, row by row', () => {
  expect([...proved].sort()).toEqual([...promised.keys()].sort())
})
