import { type AuthorityContext, createAuthority } from './acme/authority.ts'
import type { AuthorityOptions } from './acme/directories.ts'
import { openBalancer } from './balancers/open.ts'
import { withSharedLooks } from './balancers/shared-looks.ts'
import type { Config } from './config/load.ts'
import { createReferenceDigest } from './config/reference-digest.ts'
import { referencesIn } from './config/reference-locations.ts'
import { createResolver, referenceText } from './config/references.ts'
import {
  deferredDnsProvider,
  deferredHttp,
  deferredLoadBalancer,
  deferredNotifier,
  deferredSecretStore,
  deferredStateStore,
} from './deferred.ts'
import { registry as dnsProviders } from './dns/registry.ts'
import { createSolver } from './dns/solver.ts'
import { Failure } from './errors.ts'
import { type EventSink, toAll } from './events.ts'
import { registry as notifiers } from './notify/registry.ts'
import { requireUnbound } from './observe/caa.ts'
import { annotated } from './platform/annotated.ts'
import { readCaCertificate } from './platform/ca-certificate.ts'
import type { Driver, DriverContext, Registry } from './platform/driver.ts'
import type { Http } from './platform/http.ts'
import { lookup, mapValues } from './platform/lookup.ts'
import { createProbe } from './platform/probe.ts'
import type { ProcessIdentity } from './platform/process.ts'
import { createRest } from './platform/rest.ts'
import { givingWay } from './platform/semaphore.ts'
import { withLocation } from './policy/location.ts'
import type {
  CertificateAuthority,
  ChallengeSolver,
  Clock,
  ConfiguredCredential,
  Dependencies,
  DnsProvider,
  Expiring,
  Invocation,
  LoadBalancer,
  Log,
  SecretStore,
} from './ports.ts'
import { logEvents } from './report/event-log.ts'
import { registry as secretStores } from './secrets/registry.ts'
import { registry as stateStores } from './state/registry.ts'

/** What a run is given by whoever starts it. */
export interface HostContext {
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  readonly log: Log
  /** Who is shown what happens; a line of the log each if nobody is named. */
  readonly events?: readonly EventSink[]
  /** Whom a lock names as its holder. */
  readonly process?: ProcessIdentity
  readonly invocation?: Invocation
  random(): number
  /** Milliseconds until the run must have ended. */
  timeLeft(): number
}

export interface Runtime extends Dependencies {
  /** Ends every connection. */
  close(): Promise<void>
}

/**
 * The only place where drivers meet. Nothing is opened here: each driver is loaded, given its secrets and opened at its
 * first call, so that a run with nothing due pays for none, and a certificate whose driver cannot be opened fails alone.
 */
export function openRuntime(config: Config, given: HostContext): Runtime {
  const hostContext = { ...given, clock: givingWay(given.clock) }
  const { env, clock, log, events, random, timeLeft, process, invocation } = hostContext
  const connections = createConnections(config.folder, hostContext)
  const contextWith = (resolve: DriverContext['resolve']): DriverContext => ({
    environment: config.environment,
    folder: config.folder,
    rest: (options) => createRest(connections.to(options.caCertificate, 'allow'), options, hostContext),
    http: connections.toChosen,
    clock,
    random,
    log,
    timeLeft,
    resolve,
  })
  // The secrets store itself can only be given what stands in the environment.
  const storeContext = contextWith(createResolver({ env, secrets: noSecrets }))
  const located = referencesIn(config)
  const references = located.map(({ location, reference }) => ({
    ...{ location, text: referenceText(reference) },
    check: async () => void (await context.resolve(reference)),
  }))
  const { at, each } = withLocations(references)
  const openSecrets = () => openDriver(secretStores, config.secrets, storeContext)
  const openState = () => openDriver(stateStores, config.state, storeContext)
  const secrets = at('secrets', deferredSecretStore(openSecrets))
  const context = contextWith(createResolver({ env, secrets }))

  const dns = each('dns', config.dns.providers, (entry) =>
    deferredDnsProvider(() => openDriver(dnsProviders, entry, context)),
  )
  const balancers = each('balancers', config.balancers, (entry) => balancerOf(entry, context))
  const solver = solverOf(config.dns, dns, context, connections.to(undefined, 'allow'))
  const unbound = (authority: string) => (accountUrl: string) =>
    requireUnbound(accountUrl, authority, namesAt(authority, config), solver)

  return {
    environment: config.environment,
    authorities: each('acme.authorities', config.authorities, (options, name) =>
      authorityOf(name, options, { secrets, requireUnbound: unbound(name) }, context),
    ),
    solver,
    secrets,
    state: at('state', deferredStateStore(openState)),
    balancers,
    probe: createProbe({ timeLeft }),
    notifiers: each('notify', config.notify, (entry) => deferredNotifier(() => openDriver(notifiers, entry, context))),
    references,
    credentials: credentialsOf({ secrets, dns, balancers }),
    digestReferences: createReferenceDigest(located, context.resolve),
    clock,
    ...(process && { process }),
    ...(invocation && { invocation }),
    random,
    log,
    emit: toAll(events ?? [logEvents(log)], log),
    timeLeft,
    close: connections.close,
  }
}

/** Ports whose failures say where in the configuration to look first. */
function withLocations(references: Dependencies['references']) {
  const at = <Port extends object>(part: string, port: Port): Port =>
    annotated(port, (failure) => withLocation(failure, part, references))
  const each = <Entry, Port extends object>(
    part: string,
    entries: Readonly<Record<string, Entry>>,
    open: (entry: Entry, name: string) => Port,
  ): Record<string, Port> => mapValues(entries, (entry, name) => at(`${part}.${name}`, open(entry, name)))
  return { at, each }
}

/** Each part that is opened with a credential whose vendor may tell when it ends. */
function credentialsOf(opened: {
  readonly secrets: Expiring
  readonly dns: Readonly<Record<string, Expiring>>
  readonly balancers: Readonly<Record<string, Expiring>>
}): ConfiguredCredential[] {
  const each = (part: 'dns' | 'balancers') =>
    Object.entries(opened[part]).map(([name, port]) => [`${part}.${name}`, port] as const)
  const ports = [['secrets', opened.secrets] as const, ...each('dns'), ...each('balancers')]
  return ports.map(([location, port]) => ({ location, expiresAt: async () => port.expiresAt?.() }))
}

const balancerOf = (entry: Config['balancers'][string], context: DriverContext): LoadBalancer =>
  withSharedLooks(
    deferredLoadBalancer(() => openBalancer(entry, context)),
    context,
  )

const authorityOf = (
  name: string,
  options: AuthorityOptions,
  own: Pick<AuthorityContext, 'secrets' | 'requireUnbound'>,
  { http, resolve, clock, random, log, timeLeft }: DriverContext,
): CertificateAuthority => {
  const connections = http(options.caCertificate)
  return createAuthority(name, options, { ...own, http: connections, resolve, clock, random, log, timeLeft })
}

/** All that is ordered there. */
const namesAt = (authority: string, { certificates }: Pick<Config, 'certificates'>): string[] => {
  const ordered = certificates.filter(
    ({ authorities, imported, selfSigned }) =>
      authorities.includes(authority) && imported !== true && selfSigned === undefined,
  )
  return [...new Set(ordered.flatMap(({ names }) => names))]
}

function solverOf(
  { resolvers, nameservers, propagation, providers }: Config['dns'],
  opened: Readonly<Record<string, DnsProvider>>,
  { clock, log, random, timeLeft }: DriverContext,
  http: Pick<Http, 'send'>,
): ChallengeSolver {
  return createSolver({
    providers: mapValues(opened, (provider, name) => {
      const { zones, together } = providers[name] ?? {}
      return { provider, ...(zones && { zones }), ...(together && { together }) }
    }),
    ...(resolvers && { resolvers }),
    ...(nameservers && { nameservers }),
    ...(propagation && { propagation }),
    http,
    clock,
    log,
    random,
    timeLeft,
  })
}

/** One pool of connections for each set of CA certificates that is trusted. */
function createConnections(folder: string, { clock, timeLeft }: HostContext) {
  const pools = new Map<string, Http>()
  /** undici, 700 KiB of it, is loaded with the first request: most runs make none. */
  const deferred = (caFile: string | undefined, privateAddresses: 'allow' | 'refuse') =>
    deferredHttp(async () => {
      const { createHttp } = await import('./platform/http.ts')
      const caCertificate = caFile === undefined ? undefined : await readCaCertificate(folder, caFile)
      return createHttp({ clock, timeLeft, caCertificate, privateAddresses })
    })
  const to = (caFile: string | undefined, privateAddresses: 'allow' | 'refuse'): Http => {
    const key = `${privateAddresses} ${caFile ?? ''}`
    const pool = pools.get(key) ?? deferred(caFile, privateAddresses)
    pools.set(key, pool)
    return pool
  }
  return {
    to,
    /** To addresses that somebody chose: only a CA certificate of its own makes a private one trustworthy. */
    toChosen: (caFile: string | undefined) => to(caFile, caFile === undefined ? 'refuse' : 'allow'),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
    },
  }
}

async function openDriver<Port>(
  // biome-ignore lint/suspicious/noExplicitAny: the options were parsed with this very driver's schema when the configuration was read
  registry: Registry<Driver<Port, any>>,
  { use, options }: { readonly use: string; readonly options: unknown },
  context: DriverContext,
): Promise<Port> {
  const { driver } = await lookup(registry, use)()
  return driver.open(options, context)
}

const noSecrets: SecretStore = {
  read: async () => undefined,
  stage: () => Promise.reject(unusable()),
  activate: () => Promise.reject(unusable()),
  remove: () => Promise.reject(unusable()),
}
const unusable = () =>
  new Failure('REFERENCE_UNRESOLVED', 'a store cannot keep its own secrets in itself; use env:NAME')
