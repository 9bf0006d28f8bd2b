/** I8, at the very moment at which a run knows what it will say, also when it is killed right afterwards: who says that all is well is right. */
import type { RunReport } from '../../lib/report/report.ts'
import type { Outcome } from '../../lib/types.ts'
import type { Wire } from './wire.ts'

/** What the secrets store holds, by fingerprint. */
export interface Held {
  readonly current: string | undefined
  readonly pending: string | undefined
}

export function createHearing(
  wire: Wire,
  held: () => Held,
  broken: (invariant: string, what: string) => void,
): (report: RunReport) => void {
  /** As the last run knew it that had looked. */
  let isWell = true

  function ofOne({ certificate, error, targets, health, result }: Outcome) {
    const { current, pending } = held()
    if (certificate?.fingerprint !== current) broken('I8', 'another certificate is current than is said')
    for (const target of wire.configured) {
      const isWhole = wire.isWhole(target, current)
      const said = Object.entries(targets).find(([name]) => name.startsWith(`${target}/`))?.[1]
      if (said?.state === 'verified' && !isWhole && !wire.isWhole(target, pending))
        broken('I8', `${target} is said to be verified, and is not`)
      if (!isWhole && health.healthy) broken('I8', `all is said to be healthy, and ${target} is not`)
      if (!isWhole && (result === 'renewed' || result === 'deployed'))
        broken('I8', `it is said to be ${result}, and ${target} does not show it`)
    }
    if (health.healthy && (error !== undefined || result === 'failed'))
      broken('I8', 'a run that failed says that all is healthy')
  }

  return ({ certificates, ok }) => {
    wire.look()
    for (const outcome of certificates) {
      if (ok && !outcome.health.healthy) broken('I8', 'a run is ok, and its certificate is not healthy')
      if (outcome.result === 'waiting') continue
      ofOne(outcome)
      isWell = ok
    }
    if (certificates.length === 0 && ok && !isWell) broken('I8', 'a run that has looked at nothing knows of nothing')
  }
}
