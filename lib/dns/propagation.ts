import { isIPv6 } from 'node:net'
import { Failure, isFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { RESERVE, watchForStop } from '../platform/deadline.ts'
import type { Dependencies, Log, PresentedRecord } from '../ports.ts'
import type { Lookup } from './resolver.ts'
import type { NameServer } from './zone.ts'

export interface PropagationOptions extends Pick<Dependencies, 'clock' | 'log' | 'random' | 'timeLeft'> {
  serversOf(zone: string): Promise<readonly NameServer[]>
  /** Asks this one address, once and not for long. It MUST NOT remember answers. */
  lookupAt(address: string): Lookup
  /** Is told, after each round, which servers do not show every value yet. */
  waiting?(servers: readonly string[]): void
}

/** From when the values may have been there; then one look a run is enough, and a little patience in it. */
const LONGEST_WAIT = 20 * MINUTE
const SHORTEST_WAIT = MINUTE
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10 * SECOND
const GROWTH = 1.6
const CONCURRENCY = 20

/** What one address of a name server answered about every name of its zone. */
interface Report {
  readonly host: string
  readonly address: string
  /** Names whose values it does not show, or not all of them. */
  readonly lacks: readonly string[]
  /** Why it gave no answer, if it gave none. */
  readonly error: string | undefined
}

/** Waits until all addresses of all servers show all values in one round; the CA may ask any of them. */
export async function waitForPropagation(
  records: readonly PresentedRecord[],
  options: PropagationOptions,
): Promise<void> {
  const { clock, log, random, timeLeft } = options
  const zones = await Promise.all(
    [...new Set(records.map(({ zone }) => zone))].map(async (zone) => ({
      servers: await options.serversOf(zone),
      values: valuesByName(records.filter((record) => record.zone === zone)),
    })),
  )
  const started = clock.now().getTime()
  const since = Math.min(started, ...records.flatMap((record) => record.since?.getTime() ?? []))
  const until = Math.max(since + LONGEST_WAIT, started + SHORTEST_WAIT)
  const isStopped = watchForStop(timeLeft, clock)
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    const reports = (await Promise.all(zones.map(({ servers, values }) => round(servers, values, options)))).flat()
    const behind = unready(reports, log)
    if (behind.length === 0) return
    const now = clock.now().getTime()
    const left = Math.min(until - now, timeLeft() - RESERVE)
    if (left <= 0) throw isStopped() ? stopped(now - started) : notPropagated(behind, now - since)
    options.waiting?.(behind.map(shown))
    log.debug('waiting for name servers', { servers: behind.map(shown), waited: now - since })
    await clock.sleep(Math.ceil(Math.min(pause * (0.75 + random() / 2), left)))
  }
}

function valuesByName(records: readonly PresentedRecord[]): [name: string, values: string[]][] {
  const names = new Set(records.map(({ name }) => name))
  return [...names].map((name) => [name, records.filter((each) => each.name === name).map(({ value }) => value)])
}

const round = (
  servers: readonly NameServer[],
  values: readonly [string, string[]][],
  { lookupAt }: Pick<PropagationOptions, 'lookupAt'>,
): Promise<Report[]> =>
  Promise.all(
    servers.flatMap(({ host, addresses }) =>
      addresses.map(async (address) => ({ host, address, ...(await askFor(values, lookupAt(address))) })),
    ),
  )

async function askFor(values: readonly [string, string[]][], lookup: Lookup): Promise<Pick<Report, 'lacks' | 'error'>> {
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

/** The reports that call for another round. */
function unready(reports: readonly Report[], log: Log): Report[] {
  const answered = reports.filter(({ error }) => error === undefined)
  const noIPv6 = !answered.some(({ address }) => isSix(address))
  return reports.filter((report) => {
    if (report.lacks.length === 0) return false
    const { host, address, error } = report
    // Without a route c-ares says ECONNREFUSED; where IPv6 leads nowhere at all, this machine is the one that lacks it.
    const isUnroutable = isSix(address) && (error === 'ECONNREFUSED' || (error === 'ETIMEOUT' && noIPv6))
    const skipped = isUnroutable && answered.some((each) => each.host === host)
    if (skipped) log.debug('an IPv6 address cannot be reached from here and is not waited for', { host, address })
    return !skipped
  })
}

/** `[2001:db8::1]:53` too. */
const isSix = (address: string) => isIPv6(address.replace(/^\[(.*)\](:\d+)?$/, '$1'))

const shown = ({ host, address, error }: Report) =>
  `${host === address ? host : `${host} (${address})`}${error === undefined ? '' : ` ${error}`}`

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
