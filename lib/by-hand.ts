/** What a person does beside renewals, by a command or an event. */
import type { Config } from './config/load.ts'
import { configName } from './config/schema.ts'
import { Failure } from './errors.ts'
import { sendTests, type TestResults } from './notify/test-notice.ts'
import { findDue } from './observe/due.ts'
import { atBalancers, type Inventory, inventoriesOf } from './observe/inventory.ts'
import { withWire } from './observe/on-the-wire.ts'
import { withOwners } from './observe/owners.ts'
import type { HostContext } from './open.ts'
import { safeParse } from './platform/safe-parse.ts'
import type { Secret } from './platform/secret.ts'
import { deleteNamed, type Named } from './renewal/delete.ts'
import { discard } from './renewal/discard.ts'
import { forget } from './renewal/forget.ts'
import { importCertificate } from './renewal/import.ts'
import { attachPlaceholder, type Placed } from './renewal/placeholder.ts'
import { type Pruned, prune } from './renewal/prune.ts'
import { renewAll } from './renewal/renew-all.ts'
import { unlock } from './renewal/unlock.ts'
import { type RunReport, reportOf } from './report/report.ts'
import { checkKnown, checkOnly, withRuntime } from './run.ts'
import { type SecretField, setSecret } from './secrets/set-secret.ts'
import type { Certificate, CertificateSpec, Forgotten, InstalledCertificate, RunRequest } from './types.ts'
import { readBundle } from './x509/bundle.ts'

/** Nothing is ordered: a certificate that a person brings is stored, brought to its targets, and proved. */
export async function importOne(
  config: Config,
  id: string,
  texts: readonly Secret[],
  hostContext: HostContext,
): Promise<RunReport> {
  const request: RunRequest = { only: [id], force: false, deploy: true, dryRun: false, fullScan: true }
  checkOnly(config, request)
  const spec = specOf(config, id)
  const startedAt = hostContext.clock.now()
  const certificate = await readBundle(texts, { now: startedAt, isSelfSigned: spec.selfSigned !== undefined })
  const certificates = await withRuntime(config, hostContext, async (deps) => {
    await importCertificate(spec, certificate, deps)
    const due = await findDue([spec], request, deps)
    const outcomes = await renewAll(due.specs, request, deps)
    await due.updateSchedule(outcomes)
    return outcomes
  })
  const finishedAt = hostContext.clock.now()
  const { environment } = config
  return reportOf({ environment, dryRun: false, whole: false, startedAt, finishedAt, certificates, unhealthy: [] })
}

/** Drops the new certificate of this id that its targets do not take. Resolves to its fingerprint; undefined: there is none. */
export async function discardOne(config: Config, id: string, hostContext: HostContext): Promise<string | undefined> {
  checkOnly(config, { only: [id] })
  const spec = specOf(config, id)
  return withRuntime(config, hostContext, (deps) => discard(spec, deps))
}

/** Ends the lock of one certificate, in the configuration or not, if `agree` says so. */
export async function unlockOne(
  config: Config,
  id: string,
  agree: Parameters<typeof unlock>[2],
  hostContext: HostContext,
): ReturnType<typeof unlock> {
  checkName(id)
  return withRuntime(config, hostContext, (deps) => unlock(id, deps, agree))
}

/** What no configuration can name has no state to be looked for either. */
function checkName(id: string): void {
  const { issues } = safeParse(configName, id)
  if (issues !== undefined) throw new Failure('EVENT_INVALID', `"${id}" names no certificate: ${issues[0].message}`)
}

/** Ends a certificate that has left the configuration. */
export async function forgetOne(
  config: Config,
  { id, deletesUnused }: { readonly id: string; readonly deletesUnused: boolean },
  hostContext: HostContext,
): Promise<Forgotten> {
  checkName(id)
  if (config.certificates.some((each) => each.id === id))
    throw new Failure('EVENT_INVALID', `"${id}" is in the configuration: take it out there first`)
  return withRuntime(config, hostContext, (deps) => forget(id, deletesUnused, deps))
}

/** Gives the placeholder that is made for its names to the targets of one certificate that have none yet. */
export async function attachPlaceholderTo(
  config: Config,
  id: string,
  create: (names: readonly string[], now: Date) => Promise<Certificate>,
  hostContext: HostContext,
  cutOffTls: boolean,
): Promise<Placed> {
  checkOnly(config, { only: [id] })
  const spec = specOf(config, id)
  const placeholder = await create(spec.names, hostContext.clock.now())
  return withRuntime(config, hostContext, (deps) => attachPlaceholder(spec, placeholder, deps, cutOffTls))
}

/** What the load balancers hold: those of these certificates, or these, or all. What their APIs do not tell is looked for on the wire. */
export async function list(
  config: Config,
  { only, balancers }: { readonly only?: readonly string[]; readonly balancers: readonly string[] },
  hostContext: HostContext,
): Promise<readonly Inventory[]> {
  checkOnly(config, only === undefined ? {} : { only })
  checkKnown('balancer', balancers, Object.keys(config.balancers))
  const wanted = config.certificates.filter(({ id }) => only === undefined || only.includes(id))
  const specs = atBalancers(wanted, balancers)
  return withRuntime(config, hostContext, async (deps) => {
    const seen = await withWire(await inventoriesOf(specs, deps), deps)
    return withOwners(seen, config.certificates, deps)
  })
}

/** Deletes what newleaf has made at these balancers, at all if none is named, and nobody needs. */
export async function pruneBalancers(
  config: Config,
  options: { readonly balancers: readonly string[]; readonly dryRun: boolean },
  hostContext: HostContext,
): Promise<Pruned[]> {
  checkKnown('balancer', options.balancers, Object.keys(config.balancers))
  return withRuntime(config, hostContext, (deps) => prune(config.certificates, options, deps))
}

/** Deletes what a person names at one balancer, if `agree` says so. */
export async function deleteAt(
  config: Config,
  wanted: { readonly balancer: string; readonly names: readonly string[] },
  agree: (certificates: readonly InstalledCertificate[]) => Promise<boolean>,
  hostContext: HostContext,
): Promise<Named[]> {
  checkKnown('balancer', [wanted.balancer], Object.keys(config.balancers))
  if (!config.certificates.some(({ targets }) => targets.some(({ balancer }) => balancer === wanted.balancer))) {
    throw new Failure(
      'EVENT_INVALID',
      `no certificate in the configuration has a target at "${wanted.balancer}", so that newleaf knows none of its load balancers`,
    )
  }
  return withRuntime(config, hostContext, (deps) => deleteNamed(config.certificates, wanted, deps, agree))
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
  hostContext: HostContext,
): Promise<TestResults> {
  const names = Object.keys(config.notify)
  if (names.length === 0)
    throw new Failure('EVENT_INVALID', 'no notifier is configured: there is no `notify` in the configuration')
  checkKnown('notifier', only, names)
  const wanted = Object.entries(config.notify).filter(([name]) => only === undefined || only.includes(name))
  return withRuntime({ ...config, notify: Object.fromEntries(wanted) }, hostContext, sendTests)
}

/** Seals all secrets with the key that is configured. Resolves to how many were sealed with the former one. */
export const rewrapSecrets = (config: Config, hostContext: HostContext): Promise<number> =>
  withRuntime(config, hostContext, async ({ secrets }) => {
    const count = await secrets.rewrap?.()
    if (count !== undefined) return count
    throw new Failure(
      'EVENT_INVALID',
      `newleaf seals nothing in ${config.secrets.use}: the key is changed at its vendor`,
    )
  })

/** Puts a person's secret into the store, where references find it. */
export const keepSecret = (
  config: Config,
  secretField: SecretField,
  value: Secret,
  hostContext: HostContext,
): Promise<void> => withRuntime(config, hostContext, ({ secrets }) => setSecret(secrets, secretField, value))
