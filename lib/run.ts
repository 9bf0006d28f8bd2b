import type { Config } from './config/load.ts'
import { Failure, toFailure } from './errors.ts'
import { type Due, findDue } from './observe/due.ts'
import { viewsOf } from './observe/observe.ts'
import { type Unconfigured, unconfiguredInState } from './observe/unconfigured.ts'
import { type HostContext, openRuntime, type Runtime } from './open.ts'
import { thereAre } from './platform/suggestion.ts'
import { unconfiguredIn } from './policy/unconfigured.ts'
import type { Dependencies, Queued } from './ports.ts'
import { askWindows } from './renewal/ask-windows.ts'
import { endingUnconfigured, notifyUnconfigured } from './renewal/notify-unconfigured.ts'
import { plan } from './renewal/plan.ts'
import { renewAll } from './renewal/renew-all.ts'
import { type ObservedCertificate, observedOf } from './report/observed.ts'
import { rememberedOf } from './report/remembered.ts'
import { type RunReport, reportOf } from './report/report.ts'
import { removingTogether } from './state/removing-together.ts'
import { certificateOf } from './state/schedule.ts'
import type { CertificateSpec, CredentialExpiry, Obstacle, Plan, PlanItem, RunRequest, WindowAsked } from './types.ts'

/** The story: who is due, what to do about each, do it, say what became of it. */
export async function run(config: Config, request: RunRequest, hostContext: HostContext): Promise<RunReport> {
  checkOnly(config, request)
  return withRuntime(config, hostContext, (deps) => runIn(config, request, deps))
}

/** The same with dependencies that are open. */
export async function runIn(
  { certificates: all }: Pick<Config, 'certificates'>,
  request: RunRequest,
  outside: Dependencies,
): Promise<RunReport> {
  const state = removingTogether(outside.state)
  const deps = { ...outside, state }
  const { environment, clock } = deps
  const startedAt = clock.now()
  const due = await findDue(all, request, deps)
  const items: PlanItem[] = []
  const hear = (item: PlanItem) => void items.push(item)
  const asked = due.isFullScan ? [] : await askWindows(due.specs, request, deps)
  const specs = without(due.specs, asked)
  const certificates = specs.length === 0 ? [] : await renewAll(specs, request, deps, hear)
  const obstacles = request.dryRun ? await preflight(items, deps) : undefined
  const unhealthy = await due.updateSchedule(certificates, asked)
  await state.removeMarkers()
  if (!request.dryRun) await notifyUnconfigured(await endingUnconfigured(all, leftIn(due), deps), deps)
  if (!request.dryRun && certificates.some(({ decision }) => decision.action !== 'blocked'))
    await (await import('./renewal/notify-credentials.ts')).notifyCredentials(deps)
  if (due.isFullScan && !request.dryRun) await tidySecrets(deps)
  const run = {
    environment,
    dryRun: request.dryRun,
    whole: request.only === undefined,
    startedAt,
    finishedAt: clock.now(),
  }
  const windowsAsked = asked.map(({ id }) => id)
  const more = { ...(asked.length > 0 && { windowsAsked }), ...(obstacles && { obstacles }) }
  return reportOf({ ...run, certificates, unhealthy, ...more })
}

const without = (specs: readonly CertificateSpec[], asked: readonly WindowAsked[]) =>
  specs.filter(({ id }) => !asked.some((each) => each.id === id))

const preflight = async (items: readonly PlanItem[], deps: Dependencies): Promise<Obstacle[]> =>
  (await import('./observe/preflight.ts')).preflight(items, deps)
const expiries = async (deps: Dependencies): Promise<CredentialExpiry[]> =>
  (await import('./observe/credentials.ts')).credentialExpiries(deps)

/** Who has left the configuration and is looked at now; undefined: all that have. */
const leftIn = ({ isFullScan, unconfigured }: Due) => (isFullScan ? undefined : unconfigured)

/** It is in nobody's way: a run in which it fails has done what it was for. */
async function tidySecrets({ secrets, log }: Dependencies): Promise<void> {
  try {
    await secrets.tidy?.()
  } catch (error) {
    const { code, message: reason } = toFailure(error)
    log.warn('what interrupted writes have left in the secrets store could not be removed', { code, reason })
  }
}

type Take = (certificates: readonly Queued[]) => Promise<void>

/** What was given away, and a report of a run that has looked at nobody: it knows who was not healthy at the last look. */
export interface Enqueued {
  readonly queued: readonly string[]
  readonly report: RunReport
}

/** Finds out who is due and gives them away, to be renewed by other runs. Resolves once all were taken. */
export const enqueueDue = (config: Config, hostContext: HostContext, take: Take): Promise<Enqueued> =>
  withRuntime(config, hostContext, (deps) => enqueueDueIn(config, deps, take))

/** The same with dependencies that are open. */
export async function enqueueDueIn(
  { certificates: all }: Pick<Config, 'certificates'>,
  deps: Dependencies,
  take: Take,
): Promise<Enqueued> {
  const { environment, clock } = deps
  const startedAt = clock.now()
  const due = await findDue(all, { force: false, dryRun: false, fullScan: false }, deps)
  const queued = due.specs.map(({ id }) => id)
  // Workers have what it takes to notify, and hear of these as of any other.
  const ending = (await endingUnconfigured(all, leftIn(due), deps)).map(({ id }) => id)
  const markersOf = Map.groupBy(due.keys, (key) => certificateOf(key))
  const given = [...queued, ...ending].map((id) => ({ id, markers: markersOf.get(id) ?? [] }))
  if (given.length > 0) await take(given)
  const unhealthy = await due.updateSchedule([])
  const run = { environment, dryRun: false, whole: true, startedAt, finishedAt: clock.now() }
  return { queued, report: reportOf({ ...run, certificates: [], unhealthy }) }
}

/** Notifies of those among these ids that have left the configuration, and end soon. Resolves to their ids. */
export const notifyOfUnconfigured = (
  config: Config,
  ids: readonly string[],
  hostContext: HostContext,
): Promise<string[]> =>
  withRuntime(config, hostContext, async (deps) => {
    const endings = await endingUnconfigured(config.certificates, ids, deps)
    await notifyUnconfigured(endings, deps)
    return endings.map(({ id }) => id)
  })

/** Looks, decides, asks all that a renewal would ask before it orders, and changes nothing. */
export async function planOnly(config: Config, request: RunRequest, hostContext: HostContext): Promise<Plan> {
  checkOnly(config, request)
  return withRuntime(config, hostContext, (deps) => planIn(config, request, deps))
}

/** The same with dependencies that are open. */
export async function planIn(
  { certificates: all }: Pick<Config, 'certificates'>,
  request: RunRequest,
  deps: Dependencies,
): Promise<Plan> {
  const { specs } = await findDue(all, request, deps)
  const items = await plan(specs, request, deps)
  const [obstacles, credentials] = await Promise.all([preflight(items, deps), expiries(deps)])
  return { items, obstacles, unconfigured: unconfiguredIn(items, all, deps.environment), credentials }
}

/** How everything stands: what is configured, and what has left the configuration. */
export interface Status {
  readonly certificates: readonly ObservedCertificate[]
  /** Undefined: only some were asked for, or the state cannot be listed, and why is said of each certificate. */
  readonly unconfigured: readonly Unconfigured[] | undefined
  readonly credentials: readonly CredentialExpiry[]
}

/** Opens the outside once, looks at everything, and changes nothing. */
export async function status(config: Config, request: RunRequest, hostContext: HostContext): Promise<Status> {
  checkOnly(config, request)
  return withRuntime(config, hostContext, async (deps) => {
    const [certificates, unconfigured, credentials] = await Promise.all([
      observe(config, request, deps),
      request.only === undefined ? unconfiguredInState(config.certificates, deps).catch(() => undefined) : undefined,
      expiries(deps),
    ])
    return { certificates, unconfigured, credentials }
  })
}

/** A plan, what is remembered, and what everybody who was asked has shown: the wire, too, when what is stored cannot be read. */
async function observe(
  { certificates }: Config,
  request: RunRequest,
  deps: Dependencies,
): Promise<ObservedCertificate[]> {
  const { specs } = await findDue(certificates, request, deps)
  // What holds back the next run that nobody waits for is part of what is shown.
  const unattended = { ...request, attended: false }
  const [items, remembered] = await Promise.all([plan(specs, unattended, deps), rememberedOf(specs, deps)])
  const observed = items.map(async (item, index) => {
    const views = isSeen(item) ? undefined : await viewsOf(item.spec, deps)
    return observedOf(item, remembered[index]?.document, views)
  })
  return Promise.all(observed)
}

/** Whether its targets were looked at; each of them has a view then. */
const isSeen = ({ targets }: PlanItem): boolean => Object.keys(targets).length > 0

/** Opens what a run needs of the outside, and closes it when the work is done. */
export async function withRuntime<T>(
  config: Config,
  hostContext: HostContext,
  work: (deps: Runtime) => Promise<T>,
): Promise<T> {
  const deps = openRuntime(config, hostContext)
  try {
    return await work(deps)
  } finally {
    await deps.close()
  }
}

export const checkOnly = ({ certificates }: Config, { only }: Pick<RunRequest, 'only'>): void =>
  checkKnown(
    'certificate',
    only,
    certificates.map(({ id }) => id),
  )

export function checkKnown(what: string, only: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = only?.filter((name) => !known.includes(name)) ?? []
  if (unknown.length > 0) {
    throw new Failure(
      'EVENT_INVALID',
      `there is no ${what} "${unknown.join('", "').slice(0, 200)}" in the configuration${thereAre(unknown[0] ?? '', known)}`,
    )
  }
}
