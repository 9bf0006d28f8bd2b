/** A break of the product, made on purpose, and who must notice it. */
import { type Check, testsNamed } from './checks.ts'

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
  /** By a row of the list of faults: the file whose tests of this row, whose titles begin with it, must notice as well. */
  readonly proves?: Readonly<Record<`F-${string}`, string>>
  /** One of those that CI tries. */
  readonly sample?: true
}

/** All that must notice. */
export const checksOf = ({ noticedBy, proves = {} }: Sabotage): Check[] => [
  ...noticedBy,
  ...Object.entries(proves).map(([row, file]) => testsNamed(row, file)),
]
