import { Failure, isFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { RESERVE, watchForStop } from '../platform/deadline.ts'
import type { Dependencies, PresentedRecord } from '../ports.ts'
import type { NameServer } from './name-servers.ts'
import type { PropagationPolicy } from './policies.ts'
import { type Judgement, judge, type Report, shown } from './reports.ts'
import type { Lookup } from './resolver.ts'

export interface PropagationOptions extends Pick<Dependencies, 'clock' | 'log' | 'random' | 'timeLeft'> {
  /** All that anybody who looks for the zone may come to. */
  serversOf(zone: string): Promise<readonly NameServer[]>
  /** Asks this one address, once and not for long. It MUST NOT remember answers. */
  lookupAt(address: string): Lookup
  /** Is told, after each round, which servers do not show every value yet. */
  waiting?(servers: readonly string[]): void
  readonly propagation?: PropagationPolicy | undefined
  /** The servers are resolvers, which remember for minutes that a value is not there. */
  readonly areRecursive?: boolean
}

/** From when the values may have been there; then one look a run is enough, and a little patience in it. */
const LONGEST_WAIT = 20 * MINUTE
const SHORTEST_WAIT = MINUTE
/** Most vendors have published by then. */
const BEFORE_RESOLVERS = 15 * SECOND
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10 * SECOND
const GROWTH = 1.6
const CONCURRENCY = 20

/** The servers of one zone, and the values that they are to show. */
interface Watched {
  readonly servers: readonly NameServer[]
  readonly values: readonly [name: string, values: string[]][]
}

/**
 * Waits until all addresses of all servers show all values in one round, or of most servers; the CA may ask any of them. A server
 * that gives no answer does not say that a value is not there: once it is clear that it is down, the others are enough.
 */
export async function waitForPropagation(
  records: readonly PresentedRecord[],
  options: PropagationOptions,
): Promise<void> {
  const { clock, log, random, timeLeft, propagation = 'all', areRecursive } = options
  const zones = await watched(records, options)
  const started = clock.now().getTime()
  const since = Math.min(started, ...records.flatMap((record) => record.since?.getTime() ?? []))
  const until = Math.min(Math.max(since + LONGEST_WAIT, started + SHORTEST_WAIT), started + timeLeft() - RESERVE)
  const longest = until - started
  const isStopped = watchForStop(timeLeft, clock)
  if (areRecursive) await clock.sleep(Math.max(0, Math.min(BEFORE_RESOLVERS, longest)))
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    const rounds = await Promise.all(zones.map((zone) => round(zone, options)))
    const now = clock.now().getTime()
    const judgements = rounds.map((reports) => judge(reports, propagation, { waited: now - started, longest }))
    warnOfSkipped(judgements, options)
    const behind = judgements.flatMap((each) => each.behind)
    if (behind.length === 0) return
    const left = Math.min(until - now, timeLeft() - RESERVE)
    if (left <= 0) throw isStopped() ? stopped(now - started) : notPropagated(behind, now - since)
    options.waiting?.(behind.map(shown))
    log.debug('waiting for name servers', { servers: behind.map(shown), waited: now - since })
    await clock.sleep(Math.ceil(Math.min(pause * (0.75 + random() / 2), left)))
  }
}

const watched = (records: readonly PresentedRecord[], options: PropagationOptions): Promise<Watched[]> =>
  Promise.all(
    [...new Set(records.map(({ zone }) => zone))].map(async (zone) => {
      const own = records.filter((record) => record.zone === zone)
      const names = [...new Set(own.map(({ name }) => name))]
      const valuesAt = (name: string) => own.filter((each) => each.name === name).map(({ value }) => value)
      return {
        servers: await options.serversOf(zone),
        values: names.map((name): [string, string[]] => [name, valuesAt(name)]),
      }
    }),
  )

const round = ({ servers, values }: Watched, { lookupAt }: Pick<PropagationOptions, 'lookupAt'>): Promise<Report[]> =>
  Promise.all(
    servers.flatMap(({ host, addresses }) =>
      addresses.map(async (address) => ({ host, address, ...(await askFor(values, lookupAt(address))) })),
    ),
  )

async function askFor(values: Watched['values'], lookup: Lookup): Promise<Pick<Report, 'lacks' | 'error'>> {
  try {
    const lacks = await mapConcurrently(values, CONCURRENCY, async ([name, wanted]) => {
      const found = (await lookup.txt(name)).values
      return wanted.every((value) => found.includes(value)) ? [] : [name]
    })
    return { lacks: lacks.flat(), error: undefined }
  } catch (cause) {
    if (!isFailure(cause, 'DNS_LOOKUP_FAILED')) throw cause
    return { lacks: values.map(([name]) => name), error: String(cause.fields.reason) }
  }
}

function warnOfSkipped(judgements: readonly Judgement[], { log }: Pick<PropagationOptions, 'log'>): void {
  for (const { host, address } of judgements.flatMap(({ unroutable }) => unroutable))
    log.debug('an IPv6 address cannot be reached from here and is not waited for', { host, address })
  if (judgements.some(({ behind }) => behind.length > 0)) return
  for (const { host, address, error } of judgements.flatMap(({ skipped }) => skipped))
    log.warn('the authority is asked though a name server does not show the TXT value', {
      ...{ host, address, reason: error ?? 'it lacks the value' },
    })
}

/** DNS has no part in it. */
const stopped = (waited: number) =>
  new Failure(
    'OUT_OF_TIME',
    `the run was stopped after it had waited ${Math.round(waited / SECOND)} s for name servers`,
  )

function notPropagated(behind: readonly Report[], waited: number): Failure {
  const servers = behind.map(shown)
  const names = [...new Set(behind.flatMap(({ lacks }) => lacks))]
  const some = (texts: readonly string[]) =>
    texts.slice(0, 5).join(', ') + (texts.length > 5 ? ` and ${texts.length - 5} more` : '')
  return new Failure(
    'DNS_NOT_PROPAGATED',
    `after ${Math.round(waited / SECOND)} s the TXT values of ${some(names)} are not shown by ${some(servers)}`,
    { fields: { names, servers } },
  )
}
