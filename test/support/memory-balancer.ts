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
  /** Only for this name. */
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
  /** Handshakes so far. */
  handshakes: number
  /** Thrown by every call while it stands. */
  trouble: Failure | undefined
  /** Every change that was made: `swap newleaf-…`, `retire newleaf-…`. */
  readonly changes: string[]
}

/** Weak, so that a world that nobody uses any more is forgotten. */
const endpointOf = new Map<string, { readonly balancer: WeakRef<MemoryBalancer>; readonly index: number }>()

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
    handshakes: 0,
    trouble: undefined,
    changes: [],
    async look(_listener, deployment) {
      if (balancer.trouble) throw balancer.trouble
      const serves = deployment !== undefined && balancer.bound === deployment.name
      return { serves, endpoints, settles: { within: 120_000, handshakes: 1 } }
    },
    async swap(_listener, { name, certificate }: Deployment<Certificate>) {
      if (balancer.trouble) throw balancer.trouble
      balancer.objects.set(name, certificate)
      if (balancer.bound !== name) before.push(balancer.bound)
      balancer.bound = name
      balancer.changes.push(`swap ${name}`)
      if (!balancer.stale) balancer.served = certificate
    },
    async retire(_listener, names) {
      if (balancer.trouble) throw balancer.trouble
      const free = names.filter((name) => name !== balancer.bound)
      for (const name of free) {
        if (balancer.objects.delete(name)) balancer.changes.push(`retire ${name}`)
      }
      return free
    },
    async secure(listener, deployment) {
      if (balancer.bound !== undefined) throw new Failure('TARGET_REFUSED', 'it has a certificate')
      await balancer.swap(listener, deployment)
    },
    async withdraw(_listener, name) {
      if (balancer.trouble) throw balancer.trouble
      const earlier = balancer.bound === name ? before.pop() : balancer.bound
      if (earlier === undefined) return false
      balancer.bound = earlier
      balancer.served = balancer.objects.get(earlier)
      balancer.changes.push(`withdraw ${name}`)
      return true
    },
    async list() {
      return [...balancer.objects].map(([name, { names: covers, notAfter }]) => ({
        place: address,
        name,
        covers,
        notAfter,
        ours: true,
        bound: name === balancer.bound ? [{ listener: 'https', firstFor: covers }] : [],
      }))
    },
    save() {
      const { bound, served, stale, unreachable, breaking, handshakes, trouble } = balancer
      const parts = [saveMap(balancer.objects), saveList(balancer.changes), saveList(before)]
      return () => {
        for (const rewind of parts) rewind()
        Object.assign(balancer, { bound, served, stale, unreachable, breaking, handshakes, trouble })
      }
    },
  }
  for (const [index, each] of addresses.entries()) endpointOf.set(each, { balancer: new WeakRef(balancer), index })
  return balancer
}

/** Sees what the balancers in memory serve. */
export const memoryProbe: Probe = {
  async handshake({ address }, serverName) {
    const { balancer: found, index = 0 } = endpointOf.get(address) ?? {}
    const balancer = found?.deref()
    if (balancer === undefined || balancer.unreachable) return { result: 'unreachable', reason: 'no answer' }
    balancer.handshakes += 1
    const { served, breaking } = balancer
    if (served === undefined) return { result: 'refused', reason: 'the connection is refused' }
    const isBroken =
      breaking !== undefined &&
      breaking.unless !== served.fingerprint &&
      (breaking.address ?? index) === index &&
      (breaking.serverName ?? serverName) === serverName &&
      balancer.handshakes % (breaking.every ?? 1) === 0
    return isBroken ? noHandshake(breaking) : { result: 'presented', certificate: served }
  },
}

const noHandshake = ({ how }: Breaking): Handshake =>
  how === 'broken'
    ? { result: 'broken', reason: 'it answers with the TLS alert handshake failure', silent: false }
    : { result: how, reason: 'no answer' }
