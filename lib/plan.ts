/** What a plan is made of, beside what is to be done about each certificate. */
import type { Failure } from './errors.ts'
import type { PlanItem } from './types.ts'

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

/** What a run would do, and what would keep it from that. */
export interface Plan {
  readonly items: readonly PlanItem[]
  readonly obstacles: readonly Obstacle[]
  readonly unconfigured: readonly Unconfigured[]
}
