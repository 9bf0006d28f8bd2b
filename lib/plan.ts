/** What a plan is made of. */
import type { Failure } from './errors.ts'
import type { CertificateFacts, CertificateSpec, Decision, Health, RenewalWindow, TargetView } from './types.ts'

/** What was found about a certificate, and what is to be done about it. */
export interface PlanItem<D extends Decision = Decision> {
  readonly spec: CertificateSpec
  readonly decision: D
  /** What is current in the secrets store. */
  readonly current: CertificateFacts | undefined
  /** What was current, where the secrets store holds none any more. */
  readonly lost: CertificateFacts | undefined
  /** The authority that issued it, by its name in the configuration of that time. */
  readonly authority: string | undefined
  /** When the certificate is to be renewed, if there is one. */
  readonly renewAt: Date | undefined
  readonly window: RenewalWindow | undefined
  readonly targets: Readonly<Record<string, TargetView>>
  /** The last failure that is still remembered. */
  readonly failure:
    | { readonly code: string; readonly message: string; readonly at: Date; readonly notBefore: Date }
    | undefined
  /** Names that are asked for, could not be had, and that the current certificate does without. */
  readonly missing: readonly string[]
  /** As it is now, before anything is done. */
  readonly health: Health
  /** Whether the stores could be read. Where they could not, it is not known whether there is a certificate. */
  readonly observed: boolean
  /** A new certificate that is stored, and not active yet. */
  readonly pending: CertificateFacts | undefined
  /** By the name of the target: objects that were superseded there. */
  readonly superseded: Readonly<Record<string, readonly Deletion[]>>
  /** Objects at targets that left the configuration. */
  readonly orphaned: readonly (Deletion & { readonly balancer: string })[]
}

/** An object that newleaf deletes, not before a time. */
export interface Deletion {
  readonly object: string
  readonly after: Date
}

/** What would keep a renewal from succeeding, as a preflight has found it. Safe to show. */
export interface Obstacle {
  readonly error: Failure
  /** Where to look first: paths in the configuration. */
  readonly locations: readonly string[]
  /** The reference that stands there, if it is about one: never what it stands for. */
  readonly reference: string | undefined
  /** The ids of those that it concerns; empty: no certificate by itself. */
  readonly certificates: readonly string[]
}

/** An object that newleaf has created at a balancer, and that no certificate of the configuration has there. */
export interface Unconfigured {
  readonly balancer: string
  readonly object: string
  /** When newleaf deletes it; absent: it does not. */
  readonly after?: Date
}

/** When a credential ends that the configuration refers to, in the word of its vendor. */
export interface CredentialExpiry {
  /** What is opened with it: `dns.main`. */
  readonly location: string
  readonly expiresAt: Date
}

/** What a run would do, and what would keep it from that. */
export interface Plan {
  readonly items: readonly PlanItem[]
  readonly obstacles: readonly Obstacle[]
  readonly unconfigured: readonly Unconfigured[]
  readonly credentials: readonly CredentialExpiry[]
}
