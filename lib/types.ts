/** The nouns of the story. */
import type { Failure } from './errors.ts'
import type { Secret } from './platform/secret.ts'
import type { TargetResult } from './views.ts'

export type * from './plan.ts'
export type * from './views.ts'

// ---------------------------------------------------------------------------------------------- nouns

/** What authorities, providers, balancers and certificates are called in the configuration; without anchors, to stand in longer patterns. */
export const NAME = '[a-z0-9][a-z0-9-]{0,62}'

export const KEY_ALGORITHMS = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]
export type KeyFamily = 'ecdsa' | 'rsa'

/** How an authority is shown that a name is ours, as IANA's registry of ACME validation methods calls them (RFC 8555 §9.7.8). */
export const VALIDATION_METHODS = ['dns-01', 'dns-account-01', 'dns-persist-01'] as const
export type ValidationMethod = (typeof VALIDATION_METHODS)[number]

/** What a listener is, in the words of its balancer's driver, whose own schema parses it before the driver is asked. */
export type Listener = Readonly<Record<string, string | number | readonly string[]>>

export interface Target {
  /** What the state remembers it by: the balancer and the fields that say which listener it is. Unique within a certificate. */
  readonly id: string
  /** How people call it: `fr/edge/https`. Unique within a certificate. */
  readonly name: string
  /** The balancer's name in the configuration. */
  readonly balancer: string
  readonly listener: Listener
  /** No handshake from where newleaf runs can reach it, by the word of the configuration: it counts as healthy unseen. */
  readonly private?: true
}

/** Who issues: the authority's name in the configuration, and the URL of its ACME directory. */
export interface Issuer {
  readonly authority: string
  readonly directory?: string
}

/** So many certificates for one set of names are issued within so many milliseconds. */
export interface IssuanceLimit {
  readonly certificates: number
  readonly within: number
}

/** Stands in the place of an authority for a certificate that a person has brought. */
export const IMPORTED = 'imported'
/** The same for one that newleaf signs with its own key. No authority can be called so. */
export const SELF_SIGNED = 'selfSigned'

export interface CertificateSpec {
  readonly id: string
  /** DNS names in lower case as A-labels, wildcards as `*.name`; IP addresses only where no authority is asked. */
  readonly names: readonly string[]
  /** Resolved when the configuration is read: the strongest key that all targets accept where it says `auto`. */
  readonly key: KeyAlgorithm
  /** Names from `acme.authorities`, the preferred one first; never empty. */
  readonly authorities: readonly [string, ...string[]]
  readonly profile?: string
  /** Brought by a person with `newleaf import`: it is deployed and watched, and never ordered. */
  readonly imported?: true
  /** Signed by newleaf with the certificate's own key, for development: no authority and no DNS is asked. */
  readonly selfSigned?: { readonly days: number }
  /** The keys that all of its targets take; only of one that is imported: the key of another is chosen among them. */
  readonly acceptedKeys?: readonly KeyAlgorithm[]
  readonly targets: readonly Target[]
  /** Hex SHA-256 of everything in the configuration that a renewal of this certificate depends on. */
  readonly configHash: string
}

/** Safe to log. */
export interface CertificateFacts {
  readonly names: readonly string[]
  /** Upper-case hex, as `node:crypto` prints it. */
  readonly serial: string
  /** SHA-256 of the leaf's DER, lower-case hex without colons. */
  readonly fingerprint: string
  readonly keyAlgorithm: KeyAlgorithm | 'other'
  readonly notBefore: Date
  readonly notAfter: Date
  readonly issuer: string
}

/** A certificate without its key. `chainPem` is the leaf first, then each issuer, without the root. */
export interface PublicCertificate extends CertificateFacts {
  readonly chainPem: string
}
/** What a CA can be asked about, with its chain or as it is called there (RFC 9773 §4.1). */
export type IssuedCertificate = CertificateFacts & ({ readonly chainPem: string } | { readonly certificateId: string })

/** One object and one write: a key never travels without its chain. `privateKeyPem` is PKCS#8. */
export interface Certificate extends PublicCertificate {
  readonly privateKeyPem: Secret
}

/** A certificate under the name its object carries at a balancer. */
export interface Deployment<C extends PublicCertificate = PublicCertificate> {
  readonly name: string
  readonly certificate: C
}

export interface RenewalWindow {
  readonly start: Date
  readonly end: Date
  /** When to ask again (the answer's `Retry-After`, clamped to between a minute and a day). */
  readonly checkAfter: Date
  /** Shown to people, never fetched. */
  readonly explanation?: string
}

// ---------------------------------------------------------------------------------------------- plan

/** What is to be done about a certificate. `message` says in one sentence what the reason means here. */
export type Decision =
  /** Could not even look. */
  | { readonly action: 'blocked'; readonly error: Failure }
  | Reasoned<'wait', WaitReason, { readonly until: Date }>
  /** `authorities`: those that may be asked now, in the order in which they are. */
  | Reasoned<'issue', IssueReason, { readonly authorities: readonly [Issuer, ...Issuer[]] }>
  | Reasoned<'deploy', DeployReason>
  /** `superseded`: certificates past their grace; `challenge-records`: TXT values of ours; `orphans`: what is left at targets that left the configuration. */
  | Reasoned<'clean-up', 'superseded' | 'challenge-records' | 'orphans'>

/** `paused`: until a person has had the account resumed, and asks for the certificate by name. */
export type WaitReason = 'fresh' | 'back-off' | 'retry-after' | 'paused' | 'budget' | 'locked'
/** `degraded`: only the names that the current certificate has, because the others keep it from being renewed. */
export type IssueReason = 'absent' | 'names' | 'config' | 'due' | 'degraded' | 'forced' | 'resumed'
/** `requested`: a person wants what is current to be brought to its targets again. */
export type DeployReason = 'pending' | 'drift' | 'requested'

type Reasoned<Action extends string, Reason extends string, More = unknown> = More & {
  readonly action: Action
  readonly reason: Reason
  readonly message: string
}

export interface RunRequest {
  /** Only these certificates; all when absent. */
  readonly only?: readonly string[]
  /** Whether a person waits: then no back-off of our own holds anything up. When absent, one does for those that are named. */
  readonly attended?: boolean
  readonly force: boolean
  /** Nothing is ordered: what is there is brought to its targets again, and proved. */
  readonly deploy?: boolean
  readonly dryRun: boolean
  /** Look at every certificate, whatever the schedule markers say. */
  readonly fullScan: boolean
  /** Keys of the schedule's markers of these, as whoever gave them away has listed them: nothing is listed then. */
  readonly markers?: readonly string[]
}

// ---------------------------------------------------------------------------------------------- report

/** Something that keeps a certificate from being healthy, or that is to be known although it is. */
export interface Condition {
  /** A word of its own: a name of `CONDITIONS`. */
  readonly code: string
  readonly severity: 'critical' | 'warning' | 'info'
  /** What is so, in one sentence. Safe to show. */
  readonly message: string
  /** What to do about it; undefined: nothing. */
  readonly advice: string | undefined
}

/** Healthy: alive, with all its names, of a wanted authority, current, seen at every target, and nothing that was asked for left undone. */
export interface Health {
  readonly healthy: boolean
  /** The worst first. */
  readonly conditions: readonly Condition[]
}

/** What became of one certificate in one run. */
export interface Outcome {
  readonly id: string
  readonly result: 'renewed' | 'deployed' | 'kept' | 'waiting' | 'planned' | 'failed'
  readonly decision: Decision
  /** What is current now. */
  readonly certificate: CertificateFacts | undefined
  readonly targets: Readonly<Record<string, TargetResult>>
  readonly error: Failure | undefined
  /** Names that the certificate does without, because they could not be had: it is degraded. */
  readonly missing: readonly string[]
  /** When somebody looks at it again. */
  readonly next: Date | undefined
  /** As it is now. */
  readonly health: Health
}

/** Of a certificate whose authority alone was asked, for its renewal window: how it is, this run has not seen. */
export interface WindowAsked {
  readonly id: string
  /** When somebody looks at it again. */
  readonly next: Date
}

/** What was done about a certificate that left the configuration, and what is left of it for a person to look after. */
export interface Forgotten {
  readonly id: string
  /** Certificates that were deleted at load balancers, as `newleaf-… at fr/edge/https`. */
  readonly deleted: readonly string[]
  /** Those that may still be there: they are bound, were not to be deleted, or could not be. */
  readonly left: readonly string[]
  /** The secret that had its key and chain. */
  readonly secret: string
  /** `scheduled`: the store keeps it for days more, in which a person can restore it. */
  readonly secretBecame: 'removed' | 'scheduled'
}

/** What somebody must hear of, once. Safe to show: no secret comes here, and text from outside is one short line. */
export interface Notice {
  readonly event: 'problem' | 'resolved' | 'test'
  readonly environment: string
  /** Its id; a test is about none, nor is what has a `location`. */
  readonly certificate?: string
  /** The part of the configuration that it is about, by its path there: `dns.main`. */
  readonly location?: string
  readonly names: readonly string[]
  /** One for a problem; all that were told once they are resolved. */
  readonly codes: readonly string[]
  /** What happened, in one sentence. */
  readonly message: string
  readonly step?: string
  readonly since: Date
  /** Of the current certificate, as in `CertificateFacts`. */
  readonly fingerprint?: string
  readonly serial?: string
  /** When the current certificate ends. */
  readonly expires?: Date
  /** When newleaf looks at it again. */
  readonly next?: Date
  /** What a person should do, where newleaf cannot mend it. */
  readonly advice?: string
}
