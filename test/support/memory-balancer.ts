import { Failure } from '../../lib/errors.ts'
import type { Handshake, LoadBalancer, Probe } from '../../lib/ports.ts'
import type { Certificate, Deployment, Endpoint, PublicCertificate } from '../../lib/types.ts'
import { type Rewindable, saveList, saveMap } from './rewind.ts'

/** How handshakes come to nothing, while it lasts. */
export interface Breaking {
  readonly how: 'broken' | 'refused' | 'unreachable'
  /** Handshakes for this certificate go well: a swap breaks it, and putting the old one back heals it. */
  readonly unless?: string | undefined
  /** Only at this one of its addresses, counted from 0. */
  readonly address?: number
  /** Only for this name; `*.name` is whatever has one label more. */
  readonly serverName?: string
  /** Only each so manieth handshake. */
  readonly every?: number
}

export interface MemoryBalancer extends LoadBalancer, Rewindable {
  /** Everything that was uploaded and not deleted, by name. */
  readonly objects: Map<string, Certificate>
  /** What the API says that the listener holds. */
  bound: string | undefined
  /** What the wire shows; the same as `bound` unless the balancer lies. */
  served: PublicCertificate | undefined
  /** Says yes and goes on serving what it served. */
  stale: boolean
  /** No address of it can be reached from here. */
  unreachable: boolean
  breaking: Breaking | undefined
  /** The only certificate that it takes, by its fingerprint: every other one is refused before anything is changed. */
  takesOnly: string | undefined
  /** The one that it does not take. */
  refusesOnly: string | undefined
  /** Handshakes so far. */
  handshakes: number
  /** Thrown by every call while it stands. */
  trouble: Failure | undefined
  /** Every change that was made: `swap newleaf-…`, `retire newleaf-…`. */
  readonly changes: string[]
  readonly addresses: readonly string[]
  /** What a handshake with one of them comes to, without counting as one. */
  shows(address: string, serverName: string): Handshake
}

/** Weak, so that a world that nobody uses any more is forgotten. */
const balancerAt = new Map<string, WeakRef<MemoryBalancer>>()

/** A balancer in memory with one listener, at addresses of its own. It keeps the certificates that it had before. */
export function createMemoryBalancer(...addresses: readonly [string, ...string[]]): MemoryBalancer {
  const [address] = addresses
  const endpoints: Endpoint[] = addresses.map((each) => ({ address: each, port: 443 }))
  const before: (string | undefined)[] = []
  const balancer: MemoryBalancer = {
    objects: new Map(),
    bound: undefined,
    served: undefined,
    stale: false,
    unreachable: false,
    breaking: undefined,
    takesOnly: undefined,
    refusesOnly: undefined,
    handshakes: 0,
    trouble: undefined,
    changes: [],
    addresses,
    async inspect(_listener, deployment) {
      if (balancer.trouble) throw balancer.trouble
      const serves = deployment !== undefined && balancer.bound === deployment.name
      const other = serves || balancer.bound === undefined ? undefined : balancer.objects.get(balancer.bound)
      const instead = other && [{ name: balancer.bound ?? '', covers: other.names, notAfter: other.notAfter }]
      const seen = { resource: `memory:${address}`, serves, endpoints, settles: { within: 120_000, handshakes: 1 } }
      return instead === undefined ? seen : { ...seen, instead }
    },
    async swap(_listener, { name, certificate }: Deployment<Certificate>) {
      if (balancer.trouble) throw balancer.trouble
      const { takesOnly = certificate.fingerprint, refusesOnly } = balancer
      if (takesOnly !== certificate.fingerprint || refusesOnly === certificate.fingerprint)
        throw new Failure('REJECTED', 'the chain is not accepted')
      balancer.objects.set(name, certificate)
      if (balancer.bound !== name) before.push(balancer.bound)
      balancer.bound = name
      balancer.changes.push(`swap ${name}`)
      if (!balancer.stale) balancer.served = certificate
    },
    async deleteUnused(_listener, names) {
      if (balancer.trouble) throw balancer.trouble
      const free = names.filter((name) => name !== balancer.bound)
      for (const name of free) {
        if (balancer.objects.delete(name)) balancer.changes.push(`retire ${name}`)
      }
      return free
    },
    async deleteById(listener, id) {
      return (await balancer.deleteUnused(listener, [id])).length > 0
    },
    async attachFirst(listener, deployment) {
      if (balancer.bound !== undefined) throw new Failure('TARGET_REFUSED', 'it has a certificate')
      await balancer.swap(listener, deployment)
    },
    async detach(_listener, name) {
      if (balancer.trouble) throw balancer.trouble
      const earlier = balancer.bound === name ? before.pop() : balancer.bound
      if (earlier === undefined) return false
      balancer.bound = earlier
      balancer.served = balancer.objects.get(earlier)
      balancer.changes.push(`withdraw ${name}`)
      return true
    },
    async list() {
      const certificates = [...balancer.objects].map(([name, { names: covers, notAfter }]) => ({
        loadBalancer: address,
        name,
        id: name,
        covers,
        notAfter,
        managed: true,
        bound: name === balancer.bound ? [{ listener: 'https', effectiveFor: covers }] : [],
      }))
      return { certificates }
    },
    shows(which, serverName) {
      const { served, breaking } = balancer
      if (balancer.unreachable) return { result: 'unreachable', reason: 'no answer' }
      if (served === undefined) return { result: 'refused', reason: 'the connection is refused' }
      const isBroken =
        breaking !== undefined &&
        breaking.unless !== served.fingerprint &&
        (breaking.address === undefined || addresses[breaking.address] === which) &&
        isFor(breaking.serverName, serverName) &&
        balancer.handshakes % (breaking.every ?? 1) === 0
      return isBroken ? noHandshake(breaking) : { result: 'presented', certificate: served }
    },
    save() {
      const { bound, served, stale, unreachable, breaking, takesOnly, refusesOnly, handshakes, trouble } = balancer
      const parts = [saveMap(balancer.objects), saveList(balancer.changes), saveList(before)]
      return () => {
        for (const rewind of parts) rewind()
        Object.assign(balancer, {
          ...{ bound, served, stale, unreachable, breaking, takesOnly, refusesOnly, handshakes, trouble },
        })
      }
    },
  }
  for (const each of addresses) balancerAt.set(each, new WeakRef(balancer))
  return balancer
}

/** Sees what the balancers in memory serve. */
export const memoryProbe: Probe = {
  async handshake({ address }, serverName) {
    const balancer = balancerAt.get(address)?.deref()
    if (balancer === undefined) return { result: 'unreachable', reason: 'no answer' }
    if (!balancer.unreachable) balancer.handshakes += 1
    return balancer.shows(address, serverName)
  },
}

const isFor = (breaking: string | undefined, serverName: string): boolean =>
  breaking === undefined ||
  breaking === serverName ||
  (breaking.startsWith('*.') && serverName.replace(/^[^.]+/, '*') === breaking)

const noHandshake = ({ how }: Breaking): Handshake =>
  how === 'broken'
    ? { result: 'broken', reason: 'it answers with the TLS alert handshake failure', silent: false }
    : { result: how, reason: 'no answer' }
