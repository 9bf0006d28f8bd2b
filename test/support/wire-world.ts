/** Whole renewals over the wire: the real authority at the sandbox's CA, whose answers a proxy may rewrite, and the real solver. */
import { onTestFinished } from 'vitest'
import { createAuthority } from '../../lib/acme/authority.ts'
import type { AuthorityOptions } from '../../lib/acme/directories.ts'
import { createSolver, type SolverOptions } from '../../lib/dns/solver.ts'
import { requireUnbound } from '../../lib/observe/caa.ts'
import { createHttp } from '../../lib/platform/http.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { Clock, Dependencies, DnsProvider } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { readDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, Outcome, RunRequest } from '../../lib/types.ts'
import { type CaOptions, startCa } from '../../sandbox/ca/ca.ts'
import { lookUpAt } from '../../sandbox/dns/look-up.ts'
import { startDns } from '../../sandbox/dns/server.ts'
import { createZones, type Zones } from '../../sandbox/dns/zones.ts'
import { createAuthority as createIssuer, serverCertificate } from '../../sandbox/pki.ts'
import { leapingClock } from './acme-authority.ts'
import { createMemoryBalancer, memoryProbe } from './memory-balancer.ts'
import { createMemoryNotifier } from './memory-notifier.ts'
import { createMemorySecrets, createMemoryState } from './memory-stores.ts'
import { type Rewriting, rewritingProxy } from './rewriting-proxy.ts'

const RUN_TIME = 900_000

/** The sandbox's CA, known by the address of a proxy before it. Both end with the test. */
export async function rewrittenCa(rewriting: Rewriting, options: Pick<CaOptions, 'resolveTxt'> & Partial<CaOptions>) {
  const issuer = await createIssuer({ name: 'Practice' })
  const tls = await serverCertificate(issuer)
  const proxy = await rewritingProxy(tls, () => ca.port, rewriting)
  onTestFinished(() => proxy.close())
  const ca = await startCa({ tls, issuer, origin: proxy.origin, random: () => 0.999, ...options })
  onTestFinished(() => ca.close())
  return { ca, exchanges: proxy.exchanges, directory: ca.directoryUrl, caCertificate: issuer.rootPem }
}

export interface WireOptions extends Rewriting {
  readonly names?: readonly string[]
  readonly zones?: readonly string[]
  readonly ca?: Partial<CaOptions>
  readonly authority?: Partial<AuthorityOptions>
  readonly solver?: Partial<SolverOptions>
  /** How long a change takes to be shown by the name server, by the time since the beginning; in milliseconds. */
  readonly lag?: (sinceBegan: number) => number
  /** What one run has, in milliseconds. */
  readonly runTime?: number
}

let worlds = 0

/** One certificate of one authority, `ca`, for one balancer. Time passes by sleeping alone, and stores and balancer are in memory. */
export async function wireWorld(options: WireOptions = {}) {
  worlds += 1
  const clock = leapingClock()
  const dns = await dnsFor(options.zones ?? ['shop.test'], clock, options.lag)
  const first = await rewrittenCa(options, { clock, ...dns.lookUp, ...options.ca })
  const records: LogRecord[] = []
  let began = clock.now().getTime()
  const timeLeft = () => (options.runTime ?? RUN_TIME) - (clock.now().getTime() - began)
  const context = { clock, random: () => 0.5, log: createLog((record) => records.push(record), clock), timeLeft }
  const secrets = createMemorySecrets()
  const notifier = createMemoryNotifier()
  const authorityAt = ({ directory, caCertificate }: Pick<typeof first, 'directory' | 'caCertificate'>) => {
    const http = createHttp({ ...context, caCertificate, privateAddresses: 'allow' })
    onTestFinished(() => http.close())
    const configured = { directory, agreeToTerms: true as const, ...options.authority }
    return (unbound: Parameters<typeof createAuthority>[2]['requireUnbound']) =>
      createAuthority('ca', configured, {
        ...{ ...context, secrets, http, resolve: async () => new Secret(''), requireUnbound: unbound },
      })
  }
  const newSolver = () =>
    createSolver({ ...context, providers: { main: { provider: dns.provider } }, ...dns.at, ...options.solver })
  let newAuthority = authorityAt(first)
  const deps: Omit<Dependencies, 'authorities'> = {
    ...context,
    environment: 'test',
    solver: newSolver(),
    secrets,
    state: createMemoryState(),
    balancers: { edge: createMemoryBalancer(`10.99.0.${worlds}`) },
    probe: memoryProbe,
    notifiers: { ops: notifier },
    references: [],
    credentials: [],
    digestReferences: async () => ({ salt: '', digest: '' }),
    emit: () => undefined,
  }
  const spec: CertificateSpec = {
    ...{ id: 'shop', names: options.names ?? ['shop.test', '*.shop.test'], key: 'ecdsa-p256', authorities: ['ca'] },
    targets: [{ id: 'edge', name: 'edge', balancer: 'edge', listener: {} }],
    configHash: 'one',
  }
  return {
    ...{
      ...first,
      dns: dns.server,
      clock,
      records,
      notifier,
      secrets,
      deps,
      spec,
      zones: dns.zones,
      lookUp: dns.lookUp,
    },
    /** The same name in the configuration stands for another CA from now on. */
    moveTo(other: typeof first) {
      newAuthority = authorityAt(other)
    },
    /** One whole run with time of its own, as a new process: it knows what is stored, and no more. */
    async run(request: Partial<RunRequest> = {}, of: Partial<CertificateSpec> = {}): Promise<Outcome> {
      began = clock.now().getTime()
      const whole = { force: false, dryRun: false, fullScan: true, ...request }
      const solver = newSolver()
      const authority = newAuthority((url) => requireUnbound(url, 'ca', spec.names, solver))
      const outside = { ...deps, solver, authorities: { ca: authority } }
      const [outcome] = await renewAll([{ ...spec, ...of }], whole, outside)
      if (outcome === undefined) throw new Error('a run without an outcome')
      return outcome
    },
    document: async () => (await readDocument('shop', deps)).document,
  }
}

/** The DNS of the sandbox over UDP and TCP, and a provider that writes into its zones. */
async function dnsFor(names: readonly string[], clock: Pick<Clock, 'now'>, lag: WireOptions['lag'] = () => 0) {
  const began = clock.now().getTime()
  const zones: Zones = createZones(clock)
  for (const name of names) zones.addZone(name)
  const server = await startDns({ zones, lagMs: () => lag(clock.now().getTime() - began) })
  onTestFinished(() => server.close())
  const address = `127.0.0.1:${server.port}`
  const provider: DnsProvider = {
    addTxt: async ({ name, value }) => void zones.addRecord({ name, type: 'TXT', data: value }),
    removeTxt: async ({ name, value }) => void zones.removeRecord({ name, type: 'TXT', data: value }),
  }
  return {
    zones,
    server,
    provider,
    at: { resolvers: [address], nameservers: [address] },
    lookUp: lookUpAt(server.port),
  }
}
