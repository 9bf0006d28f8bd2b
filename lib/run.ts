import type { Config } from './config/load.ts'
import { Failure } from './errors.ts'
import { sendTests, type TestResults } from './notify/test-notice.ts'
import { whoIsDue } from './observe/due.ts'
import { type Inventory, inventoriesOf } from './observe/inventory.ts'
import { type OpenWorld, openWorld, type Surroundings } from './open.ts'
import type { Secret } from './platform/secret.ts'
import type { World } from './ports.ts'
import { discard } from './renewal/discard.ts'
import { importCertificate } from './renewal/import.ts'
import { type Placed, placePlaceholder } from './renewal/placeholder.ts'
import { plan } from './renewal/plan.ts'
import { renewAll } from './renewal/renew-all.ts'
import { type ObservedCertificate, observedOf } from './report/observed.ts'
import { type RunReport, reportOf } from './report/report.ts'
import { type SecretPlace, setSecret } from './secrets/set-secret.ts'
import type { Certificate, CertificateSpec, PlanItem, Wish } from './types.ts'
import { readBundle } from './x509/bundle.ts'

/** The story: who is due, what to do about each, do it, say what became of it. */
export async function run(config: Config, wish: Wish, surroundings: Surroundings): Promise<RunReport> {
  checkOnly(config, wish)
  return inWorld(config, surroundings, (world) => runIn(config, wish, world))
}

/** The same in a world that is open. */
export async function runIn(
  { certificates: all }: Pick<Config, 'certificates'>,
  wish: Wish,
  world: World,
): Promise<RunReport> {
  const { environment, clock } = world
  const startedAt = clock.now()
  const due = await whoIsDue(all, wish, world)
  const certificates = due.specs.length === 0 ? [] : await renewAll(due.specs, wish, world)
  const unhealthy = await due.settle(certificates)
  const run = { environment, dryRun: wish.dryRun, whole: wish.only === undefined, startedAt, finishedAt: clock.now() }
  return reportOf({ ...run, certificates, unhealthy })
}

type Take = (ids: readonly string[]) => Promise<void>

/** What was given away, and a report of a run that has looked at nobody: it knows who was not healthy at the last look. */
export interface GivenAway {
  readonly queued: readonly string[]
  readonly report: RunReport
}

/** Finds out who is due and gives them away, to be renewed by other runs. Resolves once all were taken. */
export const giveAway = (config: Config, surroundings: Surroundings, take: Take): Promise<GivenAway> =>
  inWorld(config, surroundings, (world) => giveAwayIn(config, world, take))

/** The same in a world that is open. */
export async function giveAwayIn(
  { certificates: all }: Pick<Config, 'certificates'>,
  world: World,
  take: Take,
): Promise<GivenAway> {
  const { environment, clock } = world
  const startedAt = clock.now()
  const due = await whoIsDue(all, { force: false, dryRun: false, sweep: false }, world)
  const queued = due.specs.map(({ id }) => id)
  if (queued.length > 0) await take(queued)
  const unhealthy = await due.settle([])
  const run = { environment, dryRun: false, whole: true, startedAt, finishedAt: clock.now() }
  return { queued, report: reportOf({ ...run, certificates: [], unhealthy }) }
}

/** Looks and decides, and changes nothing. */
export async function planOnly(config: Config, wish: Wish, surroundings: Surroundings): Promise<PlanItem[]> {
  checkOnly(config, wish)
  return inWorld(config, surroundings, async (world) => {
    const { specs } = await whoIsDue(config.certificates, wish, world)
    return plan(specs, wish, world)
  })
}

/** A plan, and what everybody who was asked has shown. */
export const observe = async (config: Config, wish: Wish, surroundings: Surroundings): Promise<ObservedCertificate[]> =>
  (await planOnly(config, wish, surroundings)).map(observedOf)

/** Nothing is ordered: a certificate that a person brings is stored, brought to its targets, and proved. */
export async function importOne(
  config: Config,
  id: string,
  texts: readonly Secret[],
  surroundings: Surroundings,
): Promise<RunReport> {
  const wish: Wish = { only: [id], force: false, deploy: true, dryRun: false, sweep: true }
  checkOnly(config, wish)
  const spec = specOf(config, id)
  const startedAt = surroundings.clock.now()
  const certificate = await readBundle(texts, { now: startedAt })
  const certificates = await inWorld(config, surroundings, async (world) => {
    await importCertificate(spec, certificate, world)
    const due = await whoIsDue([spec], wish, world)
    const outcomes = await renewAll(due.specs, wish, world)
    await due.settle(outcomes)
    return outcomes
  })
  const finishedAt = surroundings.clock.now()
  const { environment } = config
  return reportOf({ environment, dryRun: false, whole: false, startedAt, finishedAt, certificates, unhealthy: [] })
}

/** Drops the new certificate of this id that its targets do not take. Resolves to its fingerprint; undefined: there is none. */
export async function discardOne(config: Config, id: string, surroundings: Surroundings): Promise<string | undefined> {
  checkOnly(config, { only: [id] })
  const spec = specOf(config, id)
  return inWorld(config, surroundings, (world) => discard(spec, world))
}

/** Gives the placeholder that is made for its names to the targets of one certificate that have none yet. */
export async function placeOne(
  config: Config,
  id: string,
  create: (names: readonly string[], now: Date) => Promise<Certificate>,
  surroundings: Surroundings,
): Promise<Placed> {
  checkOnly(config, { only: [id] })
  const spec = specOf(config, id)
  const placeholder = await create(spec.names, surroundings.clock.now())
  return inWorld(config, surroundings, (world) => placePlaceholder(spec, placeholder, world))
}

/** What the load balancers of these certificates hold. */
export async function list(
  config: Config,
  only: readonly string[] | undefined,
  surroundings: Surroundings,
): Promise<Inventory[]> {
  checkOnly(config, only === undefined ? {} : { only })
  const specs = config.certificates.filter(({ id }) => only === undefined || only.includes(id))
  return inWorld(config, surroundings, (world) => inventoriesOf(specs, world))
}

function specOf({ certificates }: Config, id: string): CertificateSpec {
  const spec = certificates.find((each) => each.id === id)
  if (spec === undefined) throw new Failure('EVENT_INVALID', `there is no certificate "${id}" in the configuration`)
  return spec
}

/** Sends a test to those notifiers, to all if none is named. */
export async function testNotifiers(
  config: Config,
  only: readonly string[] | undefined,
  surroundings: Surroundings,
): Promise<TestResults> {
  const names = Object.keys(config.notify)
  if (names.length === 0)
    throw new Failure('EVENT_INVALID', 'nobody is told: there is no `notify` in the configuration')
  checkKnown('notifier', only, names)
  const wanted = Object.entries(config.notify).filter(([name]) => only === undefined || only.includes(name))
  return inWorld({ ...config, notify: Object.fromEntries(wanted) }, surroundings, sendTests)
}

/** Puts a person's secret into the store, where references find it. */
export const keepSecret = (
  config: Config,
  place: SecretPlace,
  value: Secret,
  surroundings: Surroundings,
): Promise<void> => inWorld(config, surroundings, ({ secrets }) => setSecret(secrets, place, value))

async function inWorld<T>(
  config: Config,
  surroundings: Surroundings,
  work: (world: OpenWorld) => Promise<T>,
): Promise<T> {
  const world = openWorld(config, surroundings)
  try {
    return await work(world)
  } finally {
    await world.close()
  }
}

const checkOnly = ({ certificates }: Config, { only }: Pick<Wish, 'only'>): void =>
  checkKnown(
    'certificate',
    only,
    certificates.map(({ id }) => id),
  )

function checkKnown(what: string, only: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = only?.filter((name) => !known.includes(name)) ?? []
  if (unknown.length > 0) {
    throw new Failure(
      'EVENT_INVALID',
      `there is no ${what} "${unknown.join('", "').slice(0, 200)}" in the configuration; there are: ${known.join(', ')}`,
    )
  }
}
