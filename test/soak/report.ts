import { aligned } from '../../bench/aligned.ts'
import { DAY } from '../../lib/platform/clock.ts'
import type { Promised } from './watch.ts'
import type { Soaked } from './years.ts'

const SHOWN = 5
const percent = (share: number) => `${(100 * share).toFixed(2)} %`

/** The smallest share of life that was ever left, by lifetime and over all. */
export function lives(all: readonly Soaked[]): string {
  const least = new Map<string, number>()
  for (const [lifetime, share] of all.flatMap((soaked) => Object.entries(soaked.least))) {
    least.set(lifetime, Math.min(share, least.get(lifetime) ?? 1))
  }
  const rows = [...least].map(([lifetime, share]) => [lifetime, percent(share)])
  const smallest = Math.min(...least.values())
  return `${aligned([['lifetime', 'least left'], ...rows])}smallest share of life ever left: ${percent(smallest)} (a sixth is 16.67 %)\n`
}

/** What happened, by scene. */
export function figures(all: readonly Soaked[]): string {
  const row = (what: string, of: (soaked: Soaked) => string | number) => [what, ...all.map((each) => String(of(each)))]
  const down = ({ outages }: Soaked) =>
    outages.reduce((sum, { from, until }) => sum + (until.getTime() - from.getTime()), 0) / DAY
  const begun = (how: string) => (soaked: Soaked) => soaked.outages.filter(({ beginning }) => beginning === how).length
  return aligned([
    row('', ({ scene }) => scene.name),
    row('certificates', ({ scene }) => scene.certificates),
    row('outages', ({ outages }) => outages.length),
    row('as a renewal fell due', begun('when due')),
    row('in the middle of one', begun('midway')),
    row('days with something down', (soaked) => down(soaked).toFixed(0)),
    row('troubles of balancers and people', ({ spells }) => spells.length),
    row('changes of the configuration', ({ edits }) => edits.length),
    row('runs', ({ counts }) => counts.runs),
    row('runs that could not begin', ({ counts }) => counts.failedRuns),
    row('looks', ({ counts }) => counts.looks),
    row('windows alone', ({ counts }) => counts.windows),
    row('orders', ({ counts }) => counts.orders),
    row('orders without a certificate', ({ counts }) => counts.orders - counts.issued),
    row('certificates issued', ({ counts }) => counts.issued),
    row('most for one set of names in 7 days', ({ counts }) => counts.mostInSevenDays),
    row('attempts that failed', ({ counts }) => counts.failedAttempts),
    row('problems told', ({ counts }) => counts.problems),
    row('ends of problems told', ({ counts }) => counts.over),
    row('seconds', ({ seconds }) => seconds.toFixed(0)),
  ])
}

export interface FailedCheck {
  readonly scene: string
  readonly promise: Promised
  /** The first few times. */
  readonly details: readonly string[]
}

export const failedChecks = (all: readonly Soaked[]): FailedCheck[] =>
  all.flatMap(({ scene, broken }) =>
    (Object.keys(broken) as Promised[])
      .filter((promise) => broken[promise].length > 0)
      .map((promise) => ({
        scene: scene.name,
        promise,
        details: [...broken[promise].slice(0, SHOWN), `${broken[promise].length} times`],
      })),
  )
