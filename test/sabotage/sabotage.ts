/** A break of the product, made on purpose, and who must notice it. */
import type { Check } from './checks.ts'

export interface Sabotage {
  /** As it is called on the command line. */
  readonly name: string
  /** What the product does then, in one sentence. */
  readonly what: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** Every one of them. */
  readonly noticedBy: readonly Check[]
  /** One of those that CI tries. */
  readonly sample?: true
}
