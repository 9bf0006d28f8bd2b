/** What is seen of a target: by the word of its API, and by handshakes. */
import type { Failure } from './errors.ts'
import type { KeyAlgorithm, KeyFamily, PublicCertificate } from './types.ts'

export interface Endpoint {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string
  readonly port: number
}

/** How a swap becomes effective at a kind of balancer, as its driver knows. */
export interface Settling {
  /** Milliseconds within which every address shows it, at the latest. */
  readonly within: number
  /** Handshakes in a row that must show it at one address: as long as some are behind, several instances stand there. */
  readonly handshakes: number
}

/** How many certificates a load balancer holds, of which newleaf may delete some to make room. */
export interface Quota {
  readonly held: number
  readonly limit: number
  /** How many more it takes. */
  readonly room: number
}

/** A certificate that a listener serves for a name of ours, in place of ours. */
export interface ServedInstead {
  /** As it was called when it was put there. */
  readonly name: string
  readonly covers: readonly string[]
  /** Undefined: the API does not tell. */
  readonly notAfter: Date | undefined
}

export interface ListenerView {
  /**
   * The listener by what its vendor calls it for good (ids, not names): the same listener has the same resource however the
   * configuration names it.
   */
  readonly resource?: string
  /** Whether, by the word of the API, the listener serves this deployment for its names. */
  readonly serves: boolean
  /** Where it does not: what is served there, as far as the API tells who has put it there. */
  readonly instead?: readonly ServedInstead[]
  /** Every address at which it answers. Empty: none that can be known. */
  readonly endpoints: readonly Endpoint[]
  /** Undefined: as slow and as many as can be. */
  readonly settles?: Settling
  /** The only keys that it takes, where these are fewer than its driver accepts. */
  readonly allowedKeys?: readonly KeyAlgorithm[]
  /** Undefined: what is swapped is replaced in place, or the API tells of no limit. */
  readonly quota?: Quota
  /** The names of all objects at its load balancer that newleaf has created in this environment. Undefined: the API does not tell. */
  readonly managed?: readonly string[]
}

/** All that a load balancer holds. */
export interface Contents {
  readonly certificates: readonly InstalledCertificate[]
  /** How many it may hold; undefined: its vendor names no number. */
  readonly limit?: number
}

/** A certificate that a load balancer holds, by the word of its API. */
export interface InstalledCertificate {
  /** As people know it. */
  readonly loadBalancer: string
  /** As the API calls it: its name, or its id or fingerprint where it has none. */
  readonly name: string
  /** By which `deleteById` deletes it; no other has it. Absent: newleaf has no way to delete it there. */
  readonly id?: string
  /** SHA-1 of its DER in lower-case hex, where the API shows nothing stronger. */
  readonly sha1?: string
  /** SHA-256 of its DER in lower-case hex, where a handshake has shown it. */
  readonly fingerprint?: string
  /** DNS names and IP addresses that it covers. Empty: the API does not tell. */
  readonly covers: readonly string[]
  /** Undefined: the API does not tell. */
  readonly notAfter: Date | undefined
  /** Whether it was created by newleaf in this environment. Undefined: nobody can tell. */
  readonly managed: boolean | undefined
  /** Where it is served; empty: nowhere. */
  readonly bound: readonly Binding[]
  /** `covers` and `notAfter` are what a handshake showed, because the API does not tell them. */
  readonly seenOnWire?: true
}

/** A listener that uses a certificate. */
export interface Binding {
  readonly listener: string
  /** Those of its names for which no other comes before it in the list. */
  readonly effectiveFor: readonly string[]
  /** Where clients see this certificate and no other, as far as the driver knows. */
  readonly endpoints?: readonly Endpoint[]
}

/**
 * What one handshake from here showed, compared with the certificate that was wanted: it; it without its issuers; another one.
 * `broken`: TCP came about and TLS did not (an alert, a reset, an end, silence). `refused`: nothing listens there.
 * `unreachable`: no way leads there from here. `unknown`: trouble of our own, which says nothing about the address.
 */
export type Shows = 'current' | 'incomplete' | 'other' | 'broken' | 'refused' | 'unreachable' | 'unknown'

export interface ProbeResult extends Endpoint {
  readonly serverName: string
  readonly shows: Shows
  readonly served: PublicCertificate | undefined
  /** Why nothing was presented. */
  readonly reason: string | undefined
}

/** A probed at a later look, and since when the address is known to answer from here. */
export interface KnownProbeResult extends ProbeResult {
  readonly answersSince: Date | undefined
}

/** Whether a target serves the certificate that is current, by the word of its API and on the wire. */
export type TargetView =
  | (ListenerView & { readonly probes: readonly KnownProbeResult[] })
  /** `probes`: of the addresses that are remembered, where its API asks for patience. */
  | { readonly error: Failure; readonly probes?: readonly KnownProbeResult[] }

/** Whether one address was seen to serve a certificate, for every name. */
export interface AddressResult extends Endpoint {
  readonly state: 'verified' | 'unverified'
  /** The family of the key that the handshakes showed. */
  readonly family?: KeyFamily
  /** Why it could not be seen. */
  readonly reason?: string
}

/**
 * `verified`: seen at every address that was ever seen to answer, and at one at least. `unverified`: the API says that it
 * serves the certificate, and no address of it could be reached from here, now or ever.
 */
export type TargetResult =
  | { readonly state: 'verified' | 'unverified'; readonly addresses: readonly AddressResult[] }
  | { readonly state: 'failed'; readonly error: Failure }
