import type { Failure } from '../errors.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { CertificateSpec, RenewalWindow, RunRequest, TargetView } from '../types.ts'
import type { LimitedIssuer } from './issuance-budget.ts'
import type { Stored } from './order-spec.ts'

/** What of a request counts for a decision. */
export type RequestFlags = Pick<RunRequest, 'only' | 'force' | 'deploy' | 'attended'>

/** What was found. */
export interface Observed extends Stored {
  readonly document: CertificateDocument
  readonly window: RenewalWindow | undefined
  /** The window as it was remembered before this look. */
  readonly knownWindow?: CertificateDocument['window']
  /** By the name of the target. */
  readonly targets: Readonly<Record<string, TargetView>>
  /** The authorities that the configuration names, in its order. */
  readonly issuers: readonly LimitedIssuer[]
  /** The authority told another time than the clock here. */
  readonly clockWrong?: Failure | undefined
}

/** All that a check is given. */
export interface DecisionInput {
  readonly spec: CertificateSpec
  readonly observed: Observed
  readonly now: Date
  readonly request: RequestFlags
}
