import { createAuthority } from '../../lib/acme/authority.ts'
import type { AuthorityOptions } from '../../lib/acme/directories.ts'
import { driver as httpreq } from '../../lib/dns/drivers/httpreq.ts'
import { createSolver } from '../../lib/dns/solver.ts'
import type { RunEvent } from '../../lib/events.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createHttp } from '../../lib/platform/http.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { createRest } from '../../lib/platform/rest.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { CertificateAuthority, Dependencies, LoadBalancer, SecretStore } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
import type { Certificate, CertificateSpec, Outcome, RunRequest } from '../../lib/types.ts'
import { createMemoryBalancer, memoryProbe } from './memory-balancer.ts'
import { createMemorySecrets, createMemoryState } from './memory-stores.ts'
import type { Whereabouts } from './pebble-site.ts'

export const AUTHORITY = 'pebble'

export interface IssuingWorld extends Dependencies {
  readonly authority: CertificateAuthority
  readonly records: readonly LogRecord[]
  readonly events: readonly RunEvent[]
  /** One whole run over these certificates. */
  run(specs: readonly CertificateSpec[], request?: Partial<RunRequest>): Promise<Outcome[]>
  /** The certificate that is current. */
  current(id: string): Promise<Certificate>
  close(): Promise<void>
}

export interface IssuingOptions {
  /** Of an earlier world, so that its account and its certificates are known. */
  readonly secrets?: SecretStore
  readonly options?: Partial<AuthorityOptions>
  /** What the reference in `eab` stands for. */
  readonly hmac?: string
}

/** The real authority and the real solver, in real time; stores and balancers are in memory, each certificate with a balancer of its own. */
export async function createIssuingWorld(
  { directory, caCertificate, resolver, nameserver, txtEndpoint }: Whereabouts,
  { secrets = createMemorySecrets(), options, hmac = '' }: IssuingOptions = {},
): Promise<IssuingWorld> {
  const records: LogRecord[] = []
  const events: RunEvent[] = []
  const until = Date.now() + 900_000
  const hostContext = {
    clock: systemClock,
    random: Math.random,
    log: createLog((record) => records.push(record), systemClock),
    timeLeft: () => until - Date.now(),
  }
  const resolve = async () => new Secret(hmac)
  const http = createHttp({ ...hostContext, caCertificate, privateAddresses: 'allow' })
  const provider = await httpreq.open(
    { endpoint: txtEndpoint },
    {
      ...hostContext,
      environment: 'peers',
      folder: '/',
      resolve,
      http: () => http,
      rest: (rest) => createRest(http, rest, hostContext),
    },
  )
  const balancers: Record<string, LoadBalancer> = {}
  const authority = createAuthority(
    AUTHORITY,
    { directory, agreeToTerms: true, ...options },
    { ...hostContext, secrets, http, resolve, requireUnbound: async () => {} },
  )
  const world: Dependencies = {
    ...hostContext,
    environment: 'peers',
    authorities: { [AUTHORITY]: authority },
    solver: createSolver({
      ...hostContext,
      providers: { main: { provider } },
      resolvers: [resolver],
      nameservers: [nameserver],
    }),
    secrets,
    state: createMemoryState(),
    balancers,
    probe: memoryProbe,
    notifiers: {},
    references: [],
    credentials: [],
    digestReferences: async () => ({ salt: '', digest: '' }),
    emit: (event) => events.push(event),
  }
  return {
    ...world,
    authority,
    records,
    events,
    async run(specs, request = {}) {
      for (const { id } of specs) balancers[id] ??= createMemoryBalancer(`${txtEndpoint}/${id}`)
      const whole: RunRequest = { force: false, dryRun: false, fullScan: true, ...request }
      return renewAll(specs, whole, world)
    },
    async current(id) {
      const { current } = await readStages(id, { secrets, environment: 'peers' })
      if (current === undefined) throw new Error(`no certificate of ${id} is current`)
      return current.stored.certificate
    },
    close: () => http.close(),
  }
}

/** A certificate for the balancer of the same name. */
export const specFor = (
  id: string,
  names: readonly string[],
  more: Partial<CertificateSpec> = {},
): CertificateSpec => ({
  id,
  names,
  key: 'ecdsa-p256',
  authorities: [AUTHORITY],
  targets: [{ id, name: id, balancer: id, listener: {} }],
  configHash: id,
  ...more,
})
