import { findDue } from '../../lib/observe/due.ts'
import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { CertificateAuthority, Clock, Dependencies, LoadBalancer } from '../../lib/ports.ts'
import { askWindows } from '../../lib/renewal/ask-windows.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { reportOf } from '../../lib/report/report.ts'
import { documentKey } from '../../lib/state/document.ts'
import { removingTogether } from '../../lib/state/removing-together.ts'
import type { CertificateSpec, Outcome, PlanItem, RunRequest, WindowAsked } from '../../lib/types.ts'
import { createMemoryBalancer, type MemoryBalancer } from '../support/memory-balancer.ts'
import { createMemoryWorld } from '../support/memory-world.ts'
import { createSoakAuthority, isNearIncident } from './authority.ts'
import { inTurn } from './draw.ts'
import { createEdits, type EditKind, secondTarget } from './edits.ts'
import { createOutages, type Outage, type Weather } from './outages.ts'
import { createSpells, type SpellKind } from './spells.ts'
import { createTruth } from './truth.ts'
import { type Counts, createWatch, type Promised } from './watch.ts'

/** Some certificates, and what they live through. */
export interface Scene extends Weather {
  readonly name: string
  readonly seed: number
  readonly years: number
  readonly certificates: number
  /** In hours, by how people call them. */
  readonly lifetimes: Readonly<Record<string, number>>
  /** Milliseconds for which a balancer breaks down at most. */
  readonly spell: number
}

/** Plain values: they come from another thread. */
export interface Soaked {
  readonly scene: Scene
  readonly least: Readonly<Record<string, number>>
  readonly counts: Counts
  readonly broken: Readonly<Record<Promised, readonly string[]>>
  readonly outages: readonly Outage[]
  readonly spells: readonly SpellKind[]
  readonly edits: readonly EditKind[]
  readonly seconds: number
}

const YEAR = 365.25 * DAY
/** New certificates come one after the other at first, and the last days are without an outage. */
const OPENING = 20 * DAY
const EPILOGUE = 10 * DAY
/** Hours after an outage by which nothing of it is to be seen any more. */
const QUIET = 48
/** Hours after one by which nothing waits for another try: people change the configuration then, which would not wait. */
const CAUGHT_UP = 36
const MOST_NAPS = 10_000
const REQUEST: RunRequest = { force: false, dryRun: false, fullScan: false }

let worlds = 0

/** Lives through the years, hour by hour, as the schedule does: who is due, plan, renew. */
export async function soak(scene: Scene): Promise<Soaked> {
  const place = `soak-${++worlds}`
  const started = performance.now()
  const { seed, years, certificates, lifetimes, durations, quiet, spell } = scene
  const base = await createMemoryWorld()
  const began = base.clock.now()
  let now = began
  let naps = 0
  const clock: Clock = {
    now: () => now,
    // It stands still while a run lasts.
    async sleep() {
      naps += 1
      if (naps > MOST_NAPS) throw new Error('a run waits for something that never comes')
    },
  }
  const end = after(began, years * YEAR)
  const kinds = Object.keys(lifetimes).slice(0, certificates)
  const kindOf = (number: number) => inTurn(kinds, number)
  const outages = createOutages({
    seed,
    clock,
    durations,
    quiet,
    lifetimes: kinds,
    between: [after(began, OPENING), after(end, -EPILOGUE - Math.max(...Object.values(durations)))],
  })
  const balancers: Record<string, MemoryBalancer> = {}
  const latest = after(end, -EPILOGUE)
  const watch = createWatch(
    clock,
    () => outages,
    (id) => spells.of(id) !== undefined,
  )
  const txt = (name: string) => base.txt.get(name) ?? []

  const authorities: Record<string, CertificateAuthority> = {}
  for (const [kind, hours] of Object.entries(lifetimes)) {
    for (const name of [kind, second(kind)]) {
      const directory = `https://${name.replaceAll(' ', '-')}.ca.example/directory`
      const authority = await createSoakAuthority({ seed, clock, began, lifetime: hours * HOUR, directory, txt, watch })
      authorities[name] = outages.gate('authority', authority)
    }
  }
  const specs: CertificateSpec[] = []
  const others: Record<string, MemoryBalancer> = {}
  for (let number = 0; number < certificates; number++) {
    const id = `c${String(number).padStart(3, '0')}`
    balancers[id] = createMemoryBalancer(`${id}.${place} one`, `${id}.${place} other`)
    specs.push({
      id,
      names: [`${id}.example`],
      key: 'ecdsa-p256',
      authorities: [kindOf(number), ...(number % 2 === 1 ? [second(kindOf(number))] : [])],
      targets: [
        { id: 'fr/edge', name: 'fr/edge', balancer: id, listener: {} },
        ...(number % 4 < 2 ? [secondTarget(id)] : []),
      ],
      configHash: id,
    })
    if (number % 4 < 2) others[id] = createMemoryBalancer(`${id}.${place} more`)
  }
  const mayForce = () => Object.values(lifetimes).every((hours) => hours > 10 * 24) && !isNearIncident(now, began)
  const edits = createEdits({ seed, clock, watch, specs, others })
  const spells = createSpells({ seed, clock, balancers, longest: spell, mayForce })
  const truth = createTruth({ clock, watch, outages, spells, balancers })
  const world: Dependencies = {
    ...base,
    clock,
    authorities,
    solver: outages.gate('dns', base.solver),
    secrets: outages.gate('secrets', base.secrets),
    state: outages.gate('state', base.state),
    balancers: {
      ...(balancers as Record<string, LoadBalancer>),
      ...Object.fromEntries(Object.entries(others).map(([id, each]) => [`${id} more`, each])),
    },
    notifiers: { ops: { send: async (notice) => watch.hears(notice) } },
    log: createLog(silent, clock),
    emit: () => {},
  }

  const renewAt = new Map<string, Date>()
  const dueNow = (kind: string) =>
    specs.find(({ id }, number) => {
      const at = renewAt.get(id)
      return kindOf(number) === kind && at !== undefined && at <= now
    })?.id

  const soonest = () => {
    const [first] = [...renewAt].sort(([, one], [, other]) => one.getTime() - other.getTime())
    return first?.[0]
  }

  for (let calm = 0; now < end; now = after(now, HOUR)) {
    for (const [number, { id }] of specs.entries()) {
      watch.sees(id, kindOf(number), balancers[id]?.served)
      truth.sees(id)
    }
    outages.tick(dueNow)
    if (outages.current() !== undefined) spells.end()
    else spells.tick(calm > QUIET && now < latest, soonest())
    calm = outages.current() === undefined && !spells.isOn ? calm + 1 : 0
    if (calm === QUIET && now > after(began, OPENING)) await tidy()
    const age = now.getTime() - began.getTime()
    naps = 0
    const count = Math.ceil((certificates * age) / OPENING)
    if (calm === CAUGHT_UP) edits.edit(count)
    const configured = specs.slice(0, count)
    const { forced } = spells
    watch.forces(forced)
    if (forced !== undefined) await run(configured, { ...REQUEST, only: [forced], force: true })
    await run(configured, REQUEST)
  }
  await tidy()
  return {
    scene,
    least: Object.fromEntries(watch.least),
    counts: watch.counts,
    broken: watch.broken,
    outages: outages.past,
    spells: spells.past,
    edits: edits.past,
    seconds: (performance.now() - started) / 1_000,
  }

  /** As `run` of lib/run.ts. */
  async function run(all: readonly CertificateSpec[], request: RunRequest): Promise<void> {
    watch.begins()
    const outcomes: Outcome[] = []
    const asked: WindowAsked[] = []
    const state = removingTogether(world.state)
    const deps = { ...world, state }
    const hear = ({ spec, renewAt: at }: PlanItem) => {
      if (at !== undefined) renewAt.set(spec.id, at)
    }
    try {
      const due = await findDue(all, request, deps)
      watch.counts.looks += due.specs.length
      // One after the other: an outage that begins in the middle of one must find the others where the seed has them.
      for (const spec of due.specs) {
        const alone = due.isFullScan ? [] : await askWindows([spec], request, deps)
        asked.push(...alone)
        if (alone.length === 0) outcomes.push(...(await renewAll([spec], request, deps, hear)))
      }
      watch.counts.windows += asked.length
      for (const { id, result } of outcomes) if (result === 'renewed') renewAt.delete(id)
      watch.ended(outcomes)
      const unhealthy = await due.updateSchedule(outcomes, asked)
      await state.removeMarkers()
      const whole = request.only === undefined
      const times = { startedAt: now, finishedAt: now }
      const ends = { environment: 'soak', dryRun: false, whole, ...times, certificates: outcomes, unhealthy }
      truth.reported(outcomes, reportOf(ends))
    } catch (error) {
      truth.cut(outcomes)
      watch.failedRun(error)
    }
  }

  async function tidy(): Promise<void> {
    const markers = (await base.state.list('wake/')).filter((key) => !key.startsWith('wake/0000'))
    if (markers.length !== specs.length) watch.breaks('tidy', `${markers.length} wake markers for ${specs.length}`)
    if (base.txt.size > 0) watch.breaks('tidy', `${base.txt.size} TXT names are left`)
    for (const { id } of specs) {
      const stored = await base.state.read(documentKey(id))
      const fields = Object.keys(stored?.document ?? {})
      // Of what was left behind it is remembered for a week that it was told.
      const most = fields.includes('leftBehind') ? LEFT_OVERS.filter((field) => field !== 'notified') : LEFT_OVERS
      const held = fields.filter((field) => most.includes(field))
      if (held.length > 0) watch.breaks('tidy', `${id}: ${held.join(' and ')} is left in the state`)
      const objects = balancers[id]?.objects.size ?? 0
      if (objects > 2) watch.breaks('tidy', `${id}: ${objects} certificates are left at the balancer`)
    }
    edits.check(specs.length, (id) => balancers[id]?.served?.fingerprint)
  }
}

const LEFT_OVERS = ['lease', 'order', 'failures', 'notified']

/** A second authority whose certificates live as long. */
const second = (kind: string): string => `${kind} too`
