/** What the reports of all certificates come to, for people to read. */
import { table } from '../../sandbox/shown.ts'
import { FAULTS } from './faults.ts'
import { WRONGS } from './judge.ts'
import { APIS, type Api } from './lanes.ts'
import type { ChaosReport, Renewal } from './renewals.ts'

/** Something that must be true in the end. */
export interface Fact {
  readonly what: string
  readonly holds: boolean
  /** What speaks against it. */
  readonly details: readonly string[]
}

const MOST_DETAILS = 100
const number = new Intl.NumberFormat('en')

export function factsOf(reports: readonly ChaosReport[], wanted: number): Fact[] {
  const renewals = reports.flatMap((report) => report.renewals)
  const renewed = renewals.filter((each) => each.renewed).length
  const duplicates = renewals.reduce((sum, renewal) => sum + duplicatesOf(renewal), 0)
  const failures = reports.flatMap(({ handshakes }) => Object.entries(handshakes.failures))
  const failed = sum(reports, ({ handshakes }) => handshakes.failed)
  const early = reports.flatMap(({ id, early: all }) =>
    all.map(({ scope, at, until }) => `${id}: ${scope} at ${at.toISOString()}, not before ${until.toISOString()}`),
  )
  const leaks = reports.flatMap((report) => report.leaks)
  const left = reports.flatMap(({ id, left: all }) => all.map((what) => `${id}: ${what}`))
  return [
    { what: `renewed ${number.format(renewed)} of ${number.format(wanted)}`, holds: renewed === wanted, details: [] },
    none(
      'failed handshakes',
      failed,
      failures.map(([failure, times]) => `${failure} (${times} times)`),
    ),
    none('duplicate certificates', duplicates, whereDuplicates(reports)),
    none('early retries', early.length, early),
    none('leaks', leaks.length, leaks),
    none('left behind', left.length, left),
    ...WRONGS.map((how) => {
      const details = reports.flatMap(({ id, wrongs: all }) =>
        all.filter((each) => each.how === how).map((each) => `${id}: ${each.details}`),
      )
      return none(how, details.length, details)
    }),
  ]
}

const none = (what: string, count: number, details: readonly string[]): Fact => ({
  what: `${what} ${number.format(count)}`,
  holds: count === 0,
  details: details.slice(0, MOST_DETAILS),
})

/** One that the targets refused again and again, which was noted, is followed by another one. */
const duplicatesOf = ({ issued, givenUp }: Renewal) => Math.max(0, issued - 1 - givenUp)

const whereDuplicates = (reports: readonly ChaosReport[]) =>
  reports.flatMap(({ id, renewals }) =>
    renewals.flatMap((renewal, at) =>
      duplicatesOf(renewal) > 0
        ? [`${id}: ${renewal.issued} certificates for renewal ${at + 1}`, ...renewal.story.map((line) => `  ${line}`)]
        : [],
    ),
  )

/** How often each fault was met, and where. */
export function faultTable(reports: readonly ChaosReport[]): string {
  const rows = FAULTS.map((fault) => row(fault, (report, api) => report.tally[api].faults[fault], reports))
  const calls = row('calls', (report, api) => report.tally[api].calls, reports)
  return table([['', ...APIS, 'all'], ...rows, calls]).trimEnd()
}

function row(
  title: string,
  count: (report: ChaosReport, api: Api) => number,
  reports: readonly ChaosReport[],
): string[] {
  const counts = APIS.map((api) => sum(reports, (report) => count(report, api)))
  return [title, ...[...counts, counts.reduce((one, other) => one + other)].map((each) => number.format(each))]
}

export function figures(reports: readonly ChaosReport[], seconds: number): string {
  const renewals = reports.flatMap((report) => report.renewals)
  const runs = renewals.map((each) => each.runs)
  const all = sum(renewals, (each) => each.runs)
  const killed = sum(renewals, (each) => each.killed)
  const calls = sum(reports, ({ tally }) => sum(APIS, (api) => tally[api].calls))
  const faults = sum(reports, ({ tally }) => sum(APIS, (api) => sum(FAULTS, (fault) => tally[api].faults[fault])))
  const handshakes = sum(reports, (report) => report.handshakes.made)
  const expected = sum(reports, (report) => report.handshakes.expected)
  return table([
    [
      'renewals',
      `${number.format(renewals.length)} in ${seconds.toFixed(0)} s, ${(renewals.length / seconds).toFixed(2)} a second`,
    ],
    [
      'runs',
      `${number.format(all)}: for one renewal ${(all / renewals.length).toFixed(1)} on average, ${Math.min(...runs)} at least, ${Math.max(...runs)} at most`,
    ],
    ['killed', `${number.format(killed)} runs, ${percent(killed, all)}`],
    ['calls', `${number.format(calls)}, of which ${percent(faults, calls)} failed`],
    ['handshakes', number.format(handshakes)],
    ['habits', `of the authority met in ${number.format(sum(reports, ({ habits }) => habits))} renewals`],
    [
      'lies',
      `${number.format(sum(reports, ({ lies }) => lies.shown))} of listeners about a swap, while which ${number.format(expected)} handshakes failed`,
    ],
  ]).trimEnd()
}

const percent = (part: number, whole: number) => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`
const sum = <T>(list: readonly T[], of: (each: T) => number): number => list.reduce((all, each) => all + of(each), 0)
