/** A week of trouble, hour by hour in virtual time: what newleaf says is written down beside what is so. */
import { findDue } from '../../lib/observe/due.ts'
import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { askWindows } from '../../lib/renewal/ask-windows.ts'
import { plan } from '../../lib/renewal/plan.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { reportOf } from '../../lib/report/report.ts'
import type { CertificateSpec, Health, RunRequest } from '../../lib/types.ts'
import { createMemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryBalancer } from '../support/memory-balancer.ts'
import { createMemoryWorld } from '../support/memory-world.ts'
import { FOREIGN, type Ground, HOURS, hourOf, TROUBLES, type Trouble, withQuota, withRefusals } from './troubles.ts'

/** One certificate in one hour. */
export interface Entry {
  readonly hour: number
  readonly id: string
  /** `run`: by the scheduled run. `status`: by a person who asks right after it. */
  readonly by: 'run' | 'status'
  readonly said: string
  /** What clients see, and what goes on. */
  readonly so: string
  /** Undefined: the two agree. */
  readonly differs: string | undefined
}

const REQUEST: RunRequest = { force: false, dryRun: false, fullScan: false, attended: false }
/** What failed is remembered until its next try, a day later at most. */
const REMEMBERED = 25

let weeks = 0

export async function week(): Promise<Entry[]> {
  weeks += 1
  const base = await createMemoryWorld()
  const began = base.clock.now()
  let now = began
  const clock = { now: () => now, sleep: async () => {} }
  const grounds: Ground[] = []
  const specs: CertificateSpec[] = []
  for (const { id, lifetime } of TROUBLES) {
    const directory = `https://${id}.ca.example/directory`
    const authority = await createMemoryAuthority(clock, (name) => base.txt.get(name) ?? [], directory)
    if (lifetime !== undefined) authority.lifetime = (lifetime * HOUR) / DAY
    const balancer = createMemoryBalancer(`${id}.week-${weeks}`)
    withQuota(balancer)
    const ground = { id, authority, balancer, state: base.state }
    grounds.push({
      ...ground,
      get now() {
        return now
      },
    })
    const target = { id: `${id}/edge`, name: `${id}/edge`, balancer: id, listener: {} }
    const names = [`${id}.shop.example`]
    specs.push({ id, names, key: 'ecdsa-p256', authorities: [id], targets: [target], configHash: id })
  }
  const own = <T>(of: (ground: Ground) => T) => Object.fromEntries(grounds.map((ground) => [ground.id, of(ground)]))
  const world: Dependencies = {
    ...base,
    clock,
    solver: withRefusals(base.solver),
    authorities: own(({ authority }) => authority),
    balancers: own(({ balancer }) => balancer),
    log: createLog(silent, clock),
    emit: () => {},
  }

  const entries: Entry[] = []
  const lastSaid = new Map<string, boolean>()
  for (; hourOf(began, now) < HOURS; now = after(now, HOUR)) {
    const hour = hourOf(began, now)
    const seen = (ground: Ground, trouble: Trouble, by: Entry['by'], health: Health) =>
      entries.push(compared({ hour, id: ground.id, by }, ground, trouble, health))
    for (const [index, trouble] of TROUBLES.entries()) {
      const ground = grounds[index] as Ground
      if (hour >= trouble.from && hour < trouble.until) await trouble.happens(ground)
      if (hour === trouble.until) await trouble.ends(ground)
    }
    const due = await findDue(specs, REQUEST, world)
    const asked = due.isFullScan ? [] : await askWindows(due.specs, REQUEST, world)
    const others = due.specs.filter(({ id }) => !asked.some((each) => each.id === id))
    const certificates = await renewAll(others, REQUEST, world)
    const unhealthy = await due.updateSchedule(certificates, asked)
    const times = { startedAt: now, finishedAt: now }
    const { ok } = reportOf({ environment: 'test', dryRun: false, whole: true, ...times, certificates, unhealthy })
    const items = await plan(specs, { ...REQUEST, dryRun: true }, world)
    for (const [index, trouble] of TROUBLES.entries()) {
      const ground = grounds[index] as Ground
      const outcome = certificates.find(({ id }) => id === ground.id)
      if (outcome !== undefined) {
        lastSaid.set(ground.id, outcome.health.healthy)
        seen(ground, trouble, 'run', outcome.health)
      }
      const item = items[index]
      if (item !== undefined) seen(ground, trouble, 'status', item.health)
    }
    const allWell = [...lastSaid.values()].every((healthy) => healthy)
    if (ok !== allWell)
      entries.push({
        ...{ hour, id: 'all', by: 'run', said: ok ? 'ok' : 'not ok', so: allWell ? 'all were well' : 'not all were' },
        differs: 'the report is not what was said of each',
      })
  }
  return entries
}

/** Both sides in words, and whether they agree. */
function compared(
  entry: Pick<Entry, 'hour' | 'id' | 'by'>,
  ground: Ground,
  trouble: Trouble,
  { healthy, conditions }: Health,
): Entry {
  const { hour } = entry
  const client = seenByClients(ground)
  const isOn = hour >= trouble.from && hour < trouble.until
  const said = healthy
    ? 'healthy'
    : conditions
        .filter(({ severity }) => severity !== 'info')
        .map(({ code, message }) => `${code} (${message})`)
        .join('; ')
  const so = `${client}${isOn ? `; ${trouble.what}` : ''}`
  const mustBeSaid = isOn && hour >= (trouble.said ?? trouble.from)
  const maybe = isOn || (hour >= trouble.until && hour < trouble.until + REMEMBERED)
  const differs = healthy
    ? client !== 'valid'
      ? 'clients see it otherwise'
      : mustBeSaid
        ? 'what goes on is not said'
        : undefined
    : client === 'expired' && conditions[0]?.code !== 'EXPIRED'
      ? 'that it has expired is not said first'
      : !maybe
        ? 'nothing goes on'
        : conditions.some(({ message }) => trouble.words.test(message))
          ? undefined
          : 'it is called otherwise than it is'
  return { ...entry, said, so, differs }
}

function seenByClients({ id, balancer, now }: Ground): string {
  const [address = ''] = balancer.addresses
  const shown = balancer.shows(address, `${id}.shop.example`)
  if (shown.result !== 'presented') return 'no certificate'
  const { names, notAfter, fingerprint } = shown.certificate
  if (fingerprint === FOREIGN) return 'another certificate'
  if (notAfter <= now) return 'expired'
  return names.includes(`${id}.shop.example`) ? 'valid' : 'for another name'
}
