/** What clients see of the listeners of a place. */
import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../lib/ports.ts'
import { type Address, fault, handshake } from '../../sandbox/handshake.ts'
import { concrete, shownAddress } from '../../sandbox/prober.ts'
import type { Kind } from './drawn-lies.ts'
import type { Lane } from './lanes.ts'

export interface Seen {
  readonly kind: Kind
  readonly endpoint: Address
  /** As the configuration has it. */
  readonly name: string
  /** The name at the address, for people. */
  readonly where: string
  /** Of the leaf; undefined: no handshake came about. */
  readonly fingerprint: string | undefined
  /** Why the client turns away. */
  readonly fault: string | undefined
}

export interface ClientsOptions {
  readonly lane: Lane
  readonly endpoints: readonly (Address & { readonly kind: Kind })[]
  /** PEM of the root that they trust. */
  readonly root: string
  readonly clock: Clock
  readonly patience: number
}

export function createClients({ lane, endpoints, root: rootPem, clock, patience }: ClientsOptions) {
  const root = new X509Certificate(rootPem)
  const visits = endpoints.flatMap(({ kind, ...endpoint }) => lane.names.map((name) => ({ kind, endpoint, name })))

  async function visit({ kind, endpoint, name }: (typeof visits)[number]): Promise<Seen> {
    const asked = concrete(name)
    const one = { kind, endpoint, name, where: `${name} at ${shownAddress(endpoint)}` }
    try {
      const presented = await handshake(endpoint, asked, patience)
      const fingerprint = presented.leaf.fingerprint256.replaceAll(':', '').toLowerCase()
      return { ...one, fingerprint, fault: fault(presented, asked, root, clock.now()) }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return { ...one, fingerprint: undefined, fault: code ?? message }
    }
  }

  return {
    /** Everybody comes so many times, once each round. */
    async seen(rounds: number): Promise<Seen[]> {
      const all: Seen[] = []
      for (let round = 0; round < rounds; round += 1) all.push(...(await Promise.all(visits.map(visit))))
      return all
    },
  }
}
