/** What is wrong with what load balancers hold. */
import type { Inventory } from '../observe/inventory.ts'
import { safeText } from '../platform/log.ts'
import type { InstalledCertificate } from '../types.ts'
import type { Inspected } from './by-hand.ts'

export const inspectedOf = (all: readonly Inventory[], now: Date): Inspected[] =>
  all.map((one) => ('held' in one ? { ...one, warnings: warningsOf(one.held, now) } : one))

/** Whether each could be asked, and nothing is wrong with what it holds. */
export const isSound = (inspected: readonly Inspected[]): boolean =>
  inspected.every((one) => 'held' in one && one.warnings.length === 0)

/** A balancer serves the first certificate of its list that covers a name, whatever its expiry. */
const warningsOf = (held: readonly InstalledCertificate[], now: Date): string[] =>
  held.flatMap(({ name, notAfter, bound }) =>
    notAfter === undefined || notAfter > now
      ? []
      : bound
          .filter(({ effectiveFor }) => effectiveFor.length > 0)
          .map(
            ({ listener, effectiveFor }) =>
              `${safeText(name)} has expired, and ${safeText(listener)} serves it for ${short(effectiveFor)}`,
          ),
  )

/** The first three, and how many more. */
export const short = (names: readonly string[]): string =>
  `${names.slice(0, 3).map(safeText).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`
