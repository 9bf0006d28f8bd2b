/** What the servers of a zone have answered, and whether that is enough. Pure. */
import { isIPv6 } from 'node:net'
import { MINUTE, SECOND } from '../platform/clock.ts'
import type { PropagationPolicy } from './policies.ts'

/** What one address of a name server answered about every name of its zone. */
export interface Report {
  readonly host: string
  readonly address: string
  /** Names whose values it does not show, or not all of them. */
  readonly lacks: readonly string[]
  /** Why it gave no answer, if it gave none. */
  readonly error: string | undefined
}

export interface Judgement {
  /** Those that call for another round. */
  readonly behind: readonly Report[]
  /** Those that show no value, and are not waited for. */
  readonly skipped: readonly Report[]
  /** IPv6 addresses that cannot be reached from this machine. */
  readonly unroutable: readonly Report[]
}

/** How long the values are waited for by now, and how long they are at most; in milliseconds. */
export interface Waiting {
  readonly waited: number
  readonly longest: number
}

/** Who does not hold the zone says so at once; who says nothing may be starting anew. */
const UNTIL_REFUSED = 30 * SECOND
const UNTIL_SILENT = 2 * MINUTE
const REFUSALS: readonly string[] = ['EREFUSED', 'ENOTIMP', 'ELAME']

/** Whether it is clear by now that a server gives no answer: after so long, or half of the longest wait where that is less. */
const isDown = ({ error }: Report, { waited, longest }: Waiting): boolean =>
  error !== undefined && waited >= Math.min(REFUSALS.includes(error) ? UNTIL_REFUSED : UNTIL_SILENT, longest / 2)

export function judge(all: readonly Report[], policy: PropagationPolicy, waiting: Waiting): Judgement {
  const unroutable = all.filter((report) => isUnroutable(report, all))
  const reports = all.filter((report) => !unroutable.includes(report))
  const behind = reports.filter(({ lacks }) => lacks.length > 0)
  const isEnough = policy === 'majority' ? isMajority(reports, behind) : false
  const areDown = behind.length < reports.length && behind.every((report) => isDown(report, waiting))
  return isEnough || areDown ? { behind: [], skipped: behind, unroutable } : { behind, skipped: [], unroutable }
}

function isMajority(reports: readonly Report[], behind: readonly Report[]): boolean {
  const hosts = new Set(reports.map(({ host }) => host))
  const late = new Set(behind.map(({ host }) => host))
  return 2 * (hosts.size - late.size) > hosts.size
}

/** What says that there is no way there; c-ares and the system say it differently. */
const NO_ROUTE = new Set(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Where IPv6 leads nowhere at all, this machine is the one that lacks it. */
function isUnroutable({ host, address, error = '' }: Report, all: readonly Report[]): boolean {
  const answered = all.filter((each) => each.error === undefined)
  const noIPv6 = !answered.some((each) => isSix(each.address))
  const leadsNowhere = isSix(address) && (NO_ROUTE.has(error) || (error === 'ETIMEOUT' && noIPv6))
  return leadsNowhere && answered.some((each) => each.host === host)
}

/** `[2001:db8::1]:53` too. */
const isSix = (address: string) => isIPv6(address.replace(/^\[(.*)\](:\d+)?$/, '$1'))

export const shown = ({ host, address, error }: Report): string =>
  `${host === address ? host : `${host} (${address})`}${error === undefined ? '' : ` ${error}`}`
