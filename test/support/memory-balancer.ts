import { Failure } from '../../lib/errors.ts'
import type { LoadBalancer, Probe } from '../../lib/ports.ts'
import type { Certificate, Deployment, Endpoint, PublicCertificate } from '../../lib/types.ts'
import { type Rewindable, saveList, saveMap } from './rewind.ts'

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
  /** Thrown by every call while it stands. */
  trouble: Failure | undefined
  /** Every change that was made: `swap newleaf-…`, `retire newleaf-…`. */
  readonly changes: string[]
}

/** Weak, so that a world that nobody uses any more is forgotten. */
const endpointOf = new Map<string, WeakRef<MemoryBalancer>>()

/** A balancer in memory with one listener, at an address of its own. */
export function createMemoryBalancer(address: string): MemoryBalancer {
  const endpoint: Endpoint = { address, port: 443 }
  const balancer: MemoryBalancer = {
    objects: new Map(),
    bound: undefined,
    served: undefined,
    stale: false,
    unreachable: false,
    trouble: undefined,
    changes: [],
    async look(_listener, deployment) {
      if (balancer.trouble) throw balancer.trouble
      return { serves: deployment !== undefined && balancer.bound === deployment.name, endpoints: [endpoint] }
    },
    async swap(_listener, { name, certificate }: Deployment<Certificate>) {
      if (balancer.trouble) throw balancer.trouble
      balancer.objects.set(name, certificate)
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
      const { bound, served, stale, unreachable, trouble } = balancer
      const parts = [saveMap(balancer.objects), saveList(balancer.changes)]
      return () => {
        for (const rewind of parts) rewind()
        Object.assign(balancer, { bound, served, stale, unreachable, trouble })
      }
    },
  }
  endpointOf.set(address, new WeakRef(balancer))
  return balancer
}

/** Sees what the balancers in memory serve. */
export const memoryProbe: Probe = {
  async served({ address, port }) {
    const balancer = endpointOf.get(address)?.deref()
    if (balancer?.served === undefined || balancer.unreachable)
      throw new Failure('UNREACHABLE', `${address} port ${port}`)
    return balancer.served
  },
}
