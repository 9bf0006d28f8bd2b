import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { Dependencies, LoadBalancer } from '../../lib/ports.ts'
import type { Outcome, PublicCertificate, TargetResult } from '../../lib/types.ts'
import { type Drawn, drawLie, KINDS } from './drawn-lies.ts'
import { chance } from './faults.ts'
import { type Judged, judge, type Shown, type Spoiled } from './judge.ts'
import { LANES, type Lane } from './lanes.ts'
import { type ChaosOptions, chaos } from './renewals.ts'
import { factsOf } from './report.ts'

describe('renewals while listeners lie', { timeout: 120_000 }, () => {
  /** Which facts do not hold. */
  async function through(lane: Lane, count: number, more: Partial<ChaosOptions>) {
    const report = await chaos(lane, count, {
      seed: 'lies',
      faults: 0,
      kills: 0,
      habits: 0,
      lies: 1,
      handshakes: 4,
      ...more,
    })
    const facts = factsOf([report], count).filter(({ holds }) => !holds)
    return { report, facts: facts.map(({ what, details }) => [what.replace(/ [\d,]+$/, ''), ...details]) }
  }

  test('F-7C: what a swap breaks is said, put back, and renewed once that is over, while calls fail and runs are killed', async () => {
    const { report, facts } = await through(LANES[0], 4, { faults: 0.2, kills: 0.1 })
    expect(facts).toEqual([])
    expect(report.lies).toEqual({ begun: 4, shown: 4 })
  })

  test('F-7C: of two balancers one lies: it is given back what it had, whatever the other one has', async () => {
    const { report, facts } = await through(LANES[2], 3, { faults: 0.05 })
    expect(facts).toEqual([])
    expect(report.lies.shown).toBe(3)
  })

  const alert: Drawn = {
    ...{ what: 'breaks TLS', balancer: 'scaleway', lie: 'alert', options: { when: 'changed' } },
    ...{ lasts: 30 * MINUTE, fair: true },
  }
  const second = (isFirst: boolean) => (isFirst ? undefined : alert)
  const swapping = (world: Dependencies, swap: (balancer: LoadBalancer) => LoadBalancer['swap']): Dependencies => {
    const changed = (balancer: LoadBalancer) =>
      new Proxy(balancer, { get: (own, name) => (name === 'swap' ? swap(balancer) : Reflect.get(own, name)) })
    const all = Object.entries(world.balancers).map(([name, each]) => [name, changed(each)])
    return { ...world, balancers: Object.fromEntries(all) }
  }

  test('handshakes that fail meanwhile are counted apart, and none fails before or after', async () => {
    const { report, facts } = await through(LANES[0], 2, { lies: second, handshakes: 40 })
    expect(facts).toEqual([])
    expect(report.handshakes.expected).toBeGreaterThan(0)
  })

  test('it can be false that who says well is well, and that what is broken is said', async () => {
    let told: PublicCertificate | undefined
    const credulous = (world: Dependencies): Dependencies => ({
      ...swapping(world, (balancer) => async (listener, deployment, keep) => {
        await balancer.swap(listener, deployment, keep)
        told = deployment.certificate
      }),
      probe: {
        handshake: async (endpoint, name) =>
          told ? { result: 'presented', certificate: told } : world.probe.handshake(endpoint, name),
      },
    })
    const { facts } = await through(LANES[0], 2, { lies: second, change: credulous })
    expect(facts.map(([what]) => what)).toEqual([
      'said well and was not',
      'broken and not said',
      'broken and not put back',
    ])
  })

  test('it can be false that what was served before is put back', async () => {
    const names: string[] = []
    const forward = (world: Dependencies): Dependencies =>
      swapping(world, (balancer) => async (listener, deployment, keep) => {
        if (names.includes(deployment.name) && names.at(-1) !== deployment.name) return
        names.push(deployment.name)
        await balancer.swap(listener, deployment, keep)
      })
    const { facts } = await through(LANES[0], 2, { lies: second, change: forward })
    expect(facts.map(([what]) => what)).toEqual(['broken and not put back'])
  })

  test('every kind of lie comes, ends in time, and a seed gives the same again', () => {
    const drawn = (seed: string) => {
      const random = chance(seed)
      const where = { names: LANES[2].names, balancers: LANES[2].balancers, addresses: 2 }
      return Array.from({ length: 300 }, () => drawLie(where, random))
    }
    const lies = drawn('one')
    expect(new Set(lies.map(({ what }) => what))).toEqual(new Set(Object.keys(KINDS)))
    expect(new Set(lies.map(({ balancer }) => balancer))).toEqual(new Set(['scaleway', 'linode']))
    // A fifth try, after which a certificate is given up, comes a day after the fourth.
    for (const { lasts, options } of lies) expect(lasts - (options.afterMs ?? 0)).toBeLessThan(12.5 * HOUR)
    expect(Math.max(...lies.map(({ options }) => options.afterMs ?? 0))).toBeLessThan(DAY)
    expect(drawn('one')).toEqual(lies)
    expect(drawn('two')).not.toEqual(lies)
  })
})

describe('the judge', () => {
  const [current, newest, old] = ['aa', 'bb', '00'] as const
  const outcome = (healthy: boolean, target?: TargetResult): Outcome => ({
    ...{
      id: 'shop',
      result: 'kept',
      decision: { action: 'issue', reason: 'due', message: 'due', authorities: [{ authority: 'ca' }] },
      error: undefined,
      missing: [],
    },
    ...{ certificate: undefined, next: undefined, health: { healthy, conditions: [] } },
    targets: target === undefined ? {} : { edge: target },
  })
  const shown = (fingerprint: string | undefined, fault?: string, unseen = false): Shown => ({
    ...{ target: 'edge', where: 'shop.example at 127.0.0.1', fingerprint, fault, unseen },
  })
  const verified: TargetResult = { state: 'verified', addresses: [] }
  const failed = (code: 'VERIFY_FAILED' | 'UNREACHABLE'): TargetResult => ({
    state: 'failed',
    error: new Failure(code, 'x'),
  })
  const spoiled: Spoiled = {
    ...{
      target: 'edge',
      what: 'breaks TLS',
      swapped: true,
      before: { 'shop.example at 127.0.0.1': old },
      shows: false,
    },
  }
  const judged = (change: Partial<Judged>) =>
    judge({
      said: { ok: false, outcome: undefined },
      shown: undefined,
      current,
      newest,
      spoiled: undefined,
      ...change,
    }).map(({ how }) => how)
  const said = (ok: boolean, one: Outcome | undefined) => ({ said: { ok, outcome: one } })
  const broken = shown(undefined, 'ECONNRESET')

  test.each<[string, Partial<Judged>, string[]]>([
    ['what is healthy shows what is current', { ...said(true, outcome(true)), shown: [shown(current)] }, []],
    ['it shows another one', { ...said(true, outcome(true)), shown: [shown(old)] }, ['said well and was not']],
    [
      'one client of two is turned away',
      { ...said(false, outcome(true)), shown: [shown(current), broken] },
      ['said well and was not'],
    ],
    ['it came to be so later', { ...said(true, outcome(true)), shown: [shown(undefined, 'ECONNRESET', true)] }, []],
    [
      'the report is ok, and the certificate is not',
      { ...said(true, outcome(false)), shown: [shown(current, 'expired')] },
      ['said well and was not'],
    ],
    ['a run that found nothing due is ok', { ...said(true, undefined), shown: [broken] }, ['broken and not said']],
    ['a run that found nothing due is not ok', { ...said(false, undefined), shown: [broken] }, []],
    [
      'a target that is verified shows the new one',
      { ...said(false, outcome(false, verified)), shown: [shown(newest)] },
      [],
    ],
    [
      'a target that is verified shows it without its chain',
      { ...said(false, outcome(false, verified)), shown: [shown(newest, 'broken chain')] },
      ['said well and was not'],
    ],
    [
      'a target that is verified shows the new one to some',
      { ...said(false, outcome(false, verified)), shown: [shown(newest), shown(current)] },
      ['said well and was not'],
    ],
    [
      'a swap was spoiled, said and put back',
      { ...said(false, outcome(false, failed('VERIFY_FAILED'))), shown: [shown(old)], spoiled },
      [],
    ],
    [
      'something else was said of it',
      { ...said(false, outcome(false, failed('UNREACHABLE'))), shown: [shown(old)], spoiled },
      ['broken and not said'],
    ],
    [
      'nothing was said of it',
      { ...said(false, outcome(false)), shown: [shown(old)], spoiled },
      ['broken and not said'],
    ],
    [
      'the listener still lies about it',
      {
        ...said(false, outcome(false, failed('VERIFY_FAILED'))),
        shown: [shown(old)],
        spoiled: { ...spoiled, shows: true },
      },
      ['broken and not put back'],
    ],
    [
      'clients do not see again what they saw before',
      { ...said(false, outcome(false, failed('VERIFY_FAILED'))), shown: [shown(current)], spoiled },
      ['broken and not put back'],
    ],
    [
      'one that an earlier run left is put back',
      { ...said(false, outcome(false)), shown: [shown(old)], spoiled: { ...spoiled, swapped: false } },
      [],
    ],
  ])('%s', (_what, change, wrongs) => {
    expect(judged(change)).toEqual(wrongs)
  })
})
