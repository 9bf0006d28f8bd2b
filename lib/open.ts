import { openBalancer } from './balancers/open.ts'
import type { Config } from './config/load.ts'
import { createResolver } from './config/references.ts'
import { registry as dnsProviders } from './dns/registry.ts'
import { Failure } from './errors.ts'
import { registry as notifiers } from './notify/registry.ts'
import { readCaCertificate } from './platform/ca-certificate.ts'
import type { Driver, DriverContext, Registry } from './platform/driver.ts'
import type { Http } from './platform/http.ts'
import { lazy, lazyPort } from './platform/lazy.ts'
import { mapValues, named } from './platform/named.ts'
import { createRest } from './platform/rest.ts'
import type { Clock, Log, SecretStore, World } from './ports.ts'
import { registry as secretStores } from './secrets/registry.ts'
import { registry as stateStores } from './state/registry.ts'

/** What a run is given by whoever starts it. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  readonly log: Log
  random(): number
  /** Milliseconds until the run must have ended. */
  timeLeft(): number
}

export interface OpenWorld extends World {
  /** Ends every connection. */
  close(): Promise<void>
}

/**
 * The only place where drivers meet. Nothing is opened here: each driver is loaded, given its secrets and opened at its
 * first call, so that a run with nothing due pays for none, and a certificate whose driver cannot be opened fails alone.
 */
export function openWorld(config: Config, { env, clock, log, random, timeLeft }: Surroundings): OpenWorld {
  const pools = new Map<string, Http>()
  const retry = { clock, random, timeLeft }

  const pool = (caFile: string | undefined, privateAddresses: 'allow' | 'refuse'): Http => {
    const key = `${privateAddresses} ${caFile ?? ''}`
    const http = pools.get(key) ?? lazyHttp(caFile, privateAddresses)
    pools.set(key, http)
    return http
  }
  /** For addresses that somebody chose: only a CA certificate of its own makes a private one trustworthy. */
  const chosen = (caFile: string | undefined) => pool(caFile, caFile === undefined ? 'refuse' : 'allow')
  const lazyHttp = (caFile: string | undefined, privateAddresses: 'allow' | 'refuse'): Http => {
    let made = false
    const opened = lazy(async () => {
      made = true
      const { createHttp } = await import('./platform/http.ts')
      const caCertificate = caFile === undefined ? undefined : await readCaCertificate(config.folder, caFile)
      return createHttp({ clock, timeLeft, caCertificate, privateAddresses })
    })
    return {
      send: async (request) => (await opened()).send(request),
      close: async () => {
        if (made)
          await opened().then(
            (http) => http.close(),
            () => undefined,
          ) // what never opened needs no closing
      },
    }
  }

  const context = (references: Pick<DriverContext, 'resolve'>): DriverContext => ({
    environment: config.environment,
    folder: config.folder,
    rest: (options) => createRest(pool(options.caCertificate, 'allow'), options, retry),
    http: chosen,
    clock,
    random,
    log,
    timeLeft,
    ...references,
  })

  // The secrets store itself can only be given what stands in the environment.
  const storeContext = context({ resolve: createResolver({ env, secrets: noSecrets }) })
  const secrets = lazyPort(() => openDriver(secretStores, config.secrets, storeContext))
  const resolve = createResolver({ env, secrets })
  const driverContext = context({ resolve })

  return {
    environment: config.environment,
    authorities: mapValues(config.authorities, (options, name) =>
      lazyPort(async () => {
        const { createAuthority } = await import('./acme/authority.ts')
        return createAuthority(name, options, {
          secrets,
          http: chosen(options.caCertificate),
          resolve,
          clock,
          random,
          log,
          timeLeft,
        })
      }),
    ),
    solver: lazyPort(async () => {
      const { createSolver } = await import('./dns/solver.ts')
      const { resolvers, nameservers, providers } = config.dns
      return createSolver({
        providers: mapValues(providers, ({ zones, ...entry }) => ({
          provider: lazyPort(() => openDriver(dnsProviders, entry, driverContext)),
          ...(zones && { zones }),
        })),
        ...(resolvers && { resolvers }),
        ...(nameservers && { nameservers }),
        clock,
        log,
        random,
        timeLeft,
      })
    }),
    secrets,
    state: lazyPort(() => openDriver(stateStores, config.state, storeContext)),
    balancers: mapValues(config.balancers, (entry) => lazyPort(() => openBalancer(entry, driverContext))),
    probe: lazyPort(async () => (await import('./platform/probe.ts')).createProbe({ timeLeft })),
    notifiers: mapValues(config.notify, (entry) => lazyPort(() => openDriver(notifiers, entry, driverContext))),
    clock,
    random,
    log,
    timeLeft,
    async close() {
      await Promise.all([...pools.values()].map((http) => http.close()))
    },
  }
}

/** The options were parsed with this very driver's schema when the configuration was read. */
async function openDriver<Port>(
  registry: Registry<Driver<Port>>,
  { use, options }: { readonly use: string; readonly options: unknown },
  context: DriverContext,
): Promise<Port> {
  const { driver } = await named(registry, use)()
  return driver.open(options, context)
}

const noSecrets: Pick<SecretStore, 'read'> & SecretStore = {
  read: async () => undefined,
  stage: () => Promise.reject(unusable()),
  promote: () => Promise.reject(unusable()),
}
const unusable = () =>
  new Failure('REFERENCE_UNRESOLVED', 'a store cannot keep its own secrets in itself; use env:NAME')
