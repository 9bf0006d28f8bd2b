/** Certificates that share a Scaleway load balancer, whose swaps wait for one another and go up together; all else is in memory. */
import { generateKeyPairSync } from 'node:crypto'
import { withSharedLooks } from '../../../lib/balancers/shared-looks.ts'
import { DAY, HOUR } from '../../../lib/platform/clock.ts'
import { timeLeftUntil } from '../../../lib/platform/deadline.ts'
import { createLog } from '../../../lib/platform/log.ts'
import type { Dependencies, Handshake, Probe } from '../../../lib/ports.ts'
import { logEvents } from '../../../lib/report/event-log.ts'
import type { RunReport } from '../../../lib/report/report.ts'
import { runIn } from '../../../lib/run.ts'
import type { CertificateSpec, PublicCertificate } from '../../../lib/types.ts'
import { publicCertificate } from '../../../lib/x509/certificate.ts'
import { covers } from '../../../sandbox/lies.ts'
import { createAuthority } from '../../../sandbox/pki.ts'
import {
  addBackend,
  addCertificate,
  addLb,
  emptyScaleway,
  newFrontend,
  type ScalewayState,
} from '../../../sandbox/scaleway/objects.ts'
import { createMemoryNotifier, type MemoryNotifier } from '../../support/memory-notifier.ts'
import { createMemorySecrets, createMemoryState } from '../../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld } from '../../support/memory-world.ts'
import { quickIssuer } from '../../support/quick-issuer.ts'
import { saveList } from '../../support/rewind.ts'
import { scalewayInMemory } from '../../support/scaleway-in-memory.ts'
import type { Gate } from '../effects.ts'
import { FOREIGN } from '../outside.ts'
import { type Runner, start } from '../runner.ts'

/** What the load balancer does to the certificate of one name that is none of these. */
export interface Bad {
  readonly name: string
  /** `broken`: handshakes end with an alert. `stale`: the frontend says yes and goes on serving the one before. */
  readonly how: 'broken' | 'stale'
  readonly unless: PublicCertificate
}

export interface Gathered {
  readonly memory: MemoryWorld
  readonly notifier: MemoryNotifier
  readonly specs: readonly CertificateSpec[]
  readonly scaleway: ScalewayState
  bad: Bad | undefined
  /** Log records and reports, as text. */
  readonly said: string[]
  /** What a client is shown that asks for this name. */
  shown(name: string): Handshake
  /** A run as a schedule starts it: a new process, with a driver of its own. */
  run(): Runner<RunReport>
  /** Gives the way back to what there is now. */
  save(): () => void
}

const ADDRESS = '192.0.2.10'
/** What stands in front of ours at each frontend, and belongs to somebody else. */
export const PARTNERS = ['placeholder', 'partner'] as const
const FRONTENDS = ['web', 'api'] as const
const RUN = 60 * 60_000

/** Every third certificate is one of the second frontend. */
const specOf = (index: number): CertificateSpec => {
  const listener = { loadBalancer: 'edge', frontend: FRONTENDS[index % 3 === 2 ? 1 : 0] ?? 'web' }
  const id = `edge/edge/${listener.frontend}`
  const target = { id, name: id, balancer: 'edge', listener }
  const name = `site${index}`
  return {
    ...{ id: name, names: [`${name}.example`], key: 'ecdsa-p256', authorities: ['ca'], configHash: 'one' },
    targets: [target],
  }
}

export const frontendOf = ({ targets: [target] }: CertificateSpec): string => String(target?.listener.frontend)

export async function createGathered(count: number): Promise<Gathered> {
  const notifier = createMemoryNotifier()
  const [secrets, state] = [createMemorySecrets(), createMemoryState()]
  const said: string[] = []
  const memory = await createMemoryWorld({ secrets, state, notifiers: { ops: notifier } })
  const { clock, txt } = memory
  txt.set('_acme-challenge.site0.example', [FOREIGN.value])
  const scaleway = await furnished(clock.now())
  const api = await scalewayInMemory(scaleway, { clock })
  const specs = Array.from({ length: count }, (_, index) => specOf(index))

  const world: Gathered = {
    ...{ memory, notifier, specs, scaleway, bad: undefined, said },
    shown(name) {
      const spec = specs.find(({ names }) => names.includes(name))
      const certificate = chosen(scaleway, spec ? frontendOf(spec) : '', name)
      if (certificate === undefined) return { result: 'refused', reason: 'the connection is refused' }
      const { bad } = world
      if (bad === undefined || bad.name !== name || bad.unless.fingerprint === certificate.fingerprint)
        return { result: 'presented', certificate }
      return bad.how === 'stale'
        ? { result: 'presented', certificate: bad.unless }
        : { result: 'broken', reason: 'it answers with the TLS alert handshake failure', silent: false }
    },
    run() {
      const timeLeft = timeLeftUntil(new Date(clock.now().getTime() + RUN), clock)
      const log = createLog((record) => said.push(JSON.stringify(record)), clock)
      const probe: Probe = { handshake: async (_, name) => world.shown(name) }
      const outside = { ...memory, probe, log, emit: logEvents(log), timeLeft, balancers: {} }
      return start((gated, pass) => scheduled(gated, pass), outside)
    },
    save() {
      const parts = [memory, secrets, state].map((each) => each.save())
      const lists = [said, notifier.notices].map((list) => saveList<unknown>(list))
      const [kept, { bad }] = [structuredClone(scaleway), world]
      return () => {
        for (const rewind of [...parts, ...lists]) rewind()
        Object.assign(scaleway, structuredClone(kept))
        world.bad = bad
      }
    },
  }
  return world

  async function scheduled(gated: Dependencies, pass: Gate): Promise<RunReport> {
    const edge = await api.openThrough(
      ({ method, url }, send) =>
        pass(
          { place: 'balancers.edge', name: `balancers.edge ${method} ${routeOf(url)}`, changes: method !== 'GET' },
          send,
        ),
      gated.clock,
    )
    const balancers = { edge: withSharedLooks(edge, gated) }
    const report = await runIn(
      { certificates: specs },
      { force: false, dryRun: false, fullScan: false },
      { ...gated, balancers },
    )
    said.push(JSON.stringify(report))
    return report
  }
}

const routeOf = (url: string): string =>
  new URL(url).pathname.replace(/^.*\/zones\/[^/]+\//, '').replace(/[\da-f]{8}-[\da-f-]{27}/g, '*')

/** A load balancer with two frontends, each with two certificates of somebody else. */
async function furnished(now: Date): Promise<ScalewayState> {
  const scaleway = emptyScaleway()
  const lb = addLb(scaleway, { name: 'edge' }, [ADDRESS])
  const backend = addBackend(scaleway, lb, 'servers').id
  const issue = quickIssuer(await createAuthority({ name: 'somebody else' }))
  const certificate_ids: string[] = []
  for (const name of PARTNERS) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [notBefore, notAfter] = [new Date(now.getTime() - HOUR), new Date(now.getTime() + 365 * DAY)]
    const chainPem = await issue({ publicKey, names: [`${name}.example`], notBefore, notAfter })
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    certificate_ids.push(addCertificate(scaleway, lb, { name, chainPem, privateKeyPem }).id)
  }
  const settings = { timeout_client: 0, connection_rate_limit: null, enable_access_logs: false, enable_http3: false }
  scaleway.frontends = FRONTENDS.map((name, index) =>
    newFrontend(lb, { ...settings, name, inbound_port: 443 + index, backend, certificate_ids: [...certificate_ids] }),
  )
  return scaleway
}

const parsed = new Map<string, PublicCertificate>()
export function parsedOnce(chainPem: string): PublicCertificate {
  const known = parsed.get(chainPem) ?? publicCertificate(chainPem)
  if (parsed.size > 2_000) parsed.clear()
  parsed.set(chainPem, known)
  return known
}

/** The first in the frontend’s list that covers the name, else the first of all. */
function chosen({ frontends, certificates }: ScalewayState, frontend: string, name: string) {
  const { certificate_ids: ids = [] } = frontends.find((each) => each.name === frontend) ?? {}
  const bound = ids.flatMap((id) => certificates.find((each) => each.id === id) ?? [])
  const all = bound.map(({ chainPem }) => parsedOnce(chainPem))
  return all.find(({ names }) => names.some((each) => covers(each, name))) ?? all[0]
}
