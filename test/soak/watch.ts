import { type Failure, retryOf } from '../../lib/errors.ts'
import { after, DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import { ONCE } from '../../lib/policy/problems.ts'
import type { Clock } from '../../lib/ports.ts'
import type { CertificateFacts, Notice, Outcome, PublicCertificate, RenewalWindow } from '../../lib/types.ts'
import type { Outages } from './outages.ts'

/** What must hold in all the years. */
export const PROMISES = {
  served: 'every frontend serves a valid certificate at every moment from its first one on',
  sixth: 'a sixth of the life is left at every moment',
  due: 'nothing is ordered before it is due',
  patient: 'nothing is tried again before its time',
  budget: 'a set of names gets three certificates of one authority in seven days at most',
  limits: 'no limit of the authority is reached',
  told: 'each problem is told once, and once when it is over',
  calm: 'nothing fails while all is up',
  tidy: 'when all is quiet, nothing is left behind',
  honest: 'whoever is said to be healthy or verified shows what is current, at every address',
  said: 'a run is ok if, and only if, everybody was well when all of it was looked at last',
  back: 'what a swap has broken is put back by the end of the run',
  noticed: 'who speaks no TLS at a look at all of it is told of, and that it is over once it is',
  repaired: 'what somebody else has bound is put right by the next look at all of it, within a day',
  grace: 'what was served before stays at its balancer for a day',
} as const
export type Promised = keyof typeof PROMISES

export interface Counts {
  runs: number
  failedRuns: number
  /** Of what is due, whatever is looked at then. */
  looks: number
  /** Of these, for the renewal window alone. */
  windows: number
  orders: number
  issued: number
  failedAttempts: number
  problems: number
  over: number
  mostInSevenDays: number
}

export interface Watch {
  readonly counts: Counts
  readonly broken: Readonly<Record<Promised, string[]>>
  /** By lifetime: the smallest share of life that a served certificate ever had left. */
  readonly least: Map<string, number>
  /** What a frontend shows at this moment. */
  sees(id: string, lifetime: string, served: CertificateFacts | undefined): void
  advised(certificate: CertificateFacts, window: Pick<RenewalWindow, 'start' | 'end'>): void
  /** Somebody orders a certificate for it, due or not. */
  forces(id: string | undefined): void
  /** `isMine`: whether the authority that is asked has issued the certificate with this serial. */
  ordered(id: string, replaces: PublicCertificate | undefined, isMine?: (serial: string) => boolean): void
  issued(id: string, directory?: string): void
  hears(notice: Notice): void
  /** The problems that are told of it, and are not over, as far as that could be noted. */
  toldOf(id: string): readonly string[]
  ended(outcomes: readonly Outcome[]): void
  /** A run begins. */
  begins(): void
  failedRun(error: unknown): void
  breaks(promise: Promised, what: string): void
}

/** Our own pauses between tries (Let's Encrypt, integration guide). */
const PAUSES = [MINUTE, 10 * MINUTE, 100 * MINUTE]
/** A zone may be published each night only: until then it is looked at often (docs/troubleshooting.md). */
const LOOKED_AT_AGAIN = 15 * MINUTE
const PUBLISHED_WITHIN = 30 * HOUR
const BUDGET = { most: 3, within: 7 * DAY }

/** Sees everything from outside and by rules of its own, and tells what does not hold. `hasTrouble`: its balancer breaks down by itself. */
export function createWatch(
  clock: Clock,
  outages: () => Outages,
  hasTrouble: (id: string) => boolean = () => false,
): Watch {
  const broken = Object.fromEntries(Object.keys(PROMISES).map((promise) => [promise, []])) as unknown as Record<
    Promised,
    string[]
  >
  const counts: Counts = {
    runs: 0,
    failedRuns: 0,
    looks: 0,
    windows: 0,
    orders: 0,
    issued: 0,
    failedAttempts: 0,
    problems: 0,
    over: 0,
    mostInSevenDays: 0,
  }
  const least = new Map<string, number>()
  const live = new Map<string, CertificateFacts>()
  const advice = new Map<string, Date>()
  /** Of the authority, by serial: it said later, and then it said now. That excuses one try before its time. */
  const patience = new Map<string, 'asked for' | 'at an end' | 'made use of'>()
  const dates = new Map<string, Date[]>()
  const rows = new Map<string, { count: number; since: Date; until: Date }>()
  const told = new Map<string, { codes: readonly string[]; run: number }>()
  /** Runs that lost the state store in the middle: what they told they could not note. */
  const cut = new Set<number>()
  let wasDown = false
  let forced: string | undefined

  const breaks = (promise: Promised, what: string): void => {
    broken[promise].push(`${clock.now().toISOString()} ${what}`)
  }
  return {
    counts,
    broken,
    least,
    breaks,
    sees(id, lifetime, served) {
      const now = clock.now()
      if (served === undefined) {
        if (live.has(id)) breaks('served', `${id} serves nothing`)
        return
      }
      live.set(id, served)
      const share = (served.notAfter.getTime() - now.getTime()) / lifeOf(served)
      least.set(lifetime, Math.min(share, least.get(lifetime) ?? 1))
      if (share <= 0 || served.notBefore > now) breaks('served', `${id} serves an expired certificate`)
      if (share < 1 / 6) breaks('sixth', `${id} (${lifetime}) has ${(100 * share).toFixed(2)} % left`)
    },
    advised({ serial }, { start, end }) {
      const isNow = end <= clock.now()
      if (isNow && patience.get(serial) === 'asked for') patience.set(serial, 'at an end')
      else if (!isNow && !patience.has(serial)) patience.set(serial, 'asked for')
      const earlier = advice.get(serial)
      advice.set(serial, earlier === undefined || start < earlier ? start : earlier)
    },
    forces(id) {
      forced = id
    },
    toldOf(id) {
      const last = told.get(id)
      return last === undefined || cut.has(last.run) ? [] : last.codes
    },
    ordered(id, replaces, isMine = () => true) {
      counts.orders += 1
      const now = clock.now()
      const current = live.get(id)
      if (current === undefined) return
      const life = lifeOf(current)
      const latest = after(current.notAfter, -life * (life < 10 * DAY ? 7 / 12 : 1 / 3))
      const advised = advice.get(current.serial)
      if (id !== forced && now < latest && (advised === undefined || now < advised))
        breaks('due', `${id} is ordered before it is due`)
      const expected = isMine(current.serial) ? current.serial : undefined
      if (replaces?.serial !== expected) breaks('due', `${id} does not say which certificate it replaces`)
    },
    issued(id, directory = '') {
      counts.issued += 1
      const key = `${id} ${directory}`
      const recent = [...(dates.get(key) ?? []).filter((at) => at > after(clock.now(), -BUDGET.within)), clock.now()]
      dates.set(key, recent)
      const count = recent.length
      counts.mostInSevenDays = Math.max(count, counts.mostInSevenDays)
      if (count > BUDGET.most) breaks('budget', `${id} has ${count} certificates in seven days`)
    },
    hears({ event, certificate = '', codes }) {
      const last = told.get(certificate)
      const isSure = last === undefined || !cut.has(last.run)
      const known = isSure ? (last?.codes ?? []) : []
      if (event === 'problem') {
        counts.problems += 1
        if (codes.every((code) => ONCE.includes(code))) return
        for (const code of codes) if (known.includes(code)) breaks('told', `${certificate}: ${code} is told twice`)
      } else {
        counts.over += 1
        if (isSure && known.length === 0) breaks('told', `${certificate}: over, and nothing was told`)
        const missing = known.filter((code) => !codes.includes(code))
        if (missing.length > 0) breaks('told', `${certificate}: over, and not a word of ${missing.join(' ')}`)
      }
      told.set(certificate, { codes: event === 'problem' ? [...known, ...codes] : [], run: counts.runs })
    },
    begins() {
      counts.runs += 1
      wasDown = outages().isDown('state')
    },
    ended(outcomes) {
      if (!wasDown && outages().isDown('state')) cut.add(counts.runs)
      for (const outcome of outcomes) attempted(outcome)
    },
    failedRun(error) {
      counts.failedRuns += 1
      if (!outages().isDown('state'))
        breaks('calm', `a run failed: ${error instanceof Error ? error.message : 'unknown'}`)
    },
  }

  function isExcused(tried: 'look' | 'issue' | undefined, id: string): boolean {
    const { serial = '' } = live.get(id) ?? {}
    if (tried !== 'issue' || patience.get(serial) !== 'at an end') return false
    // What cannot be noted cannot be remembered.
    if (!outages().isDown('state')) patience.set(serial, 'made use of')
    return true
  }

  /** Looks in a row that failed, and orders in a row: each has its time. The sweep of the day alone looks at everybody. */
  function attempted({ id, result, decision, error }: Outcome): void {
    const now = clock.now()
    const tried = decision.action === 'blocked' ? 'look' : decision.action === 'issue' ? 'issue' : undefined
    const row = rows.get(`${tried} ${id}`)
    const isSweep = tried === 'look' && now.getUTCHours() === 0
    if (row !== undefined && now < row.until && !isSweep && !isExcused(tried, id)) {
      breaks('patient', `${id}: another ${tried} before ${row.until.toISOString()}`)
    }
    if (tried !== 'look') rows.delete(`look ${id}`)
    if (result !== 'failed') {
      if (result !== 'waiting') rows.delete(`issue ${id}`)
      return
    }
    counts.failedAttempts += 1
    if (error?.code === 'UNEXPECTED' || (outages().current() === undefined && !hasTrouble(id))) {
      breaks('calm', `${id} fails with ${error?.code} at ${error?.step}: ${error?.message}`)
    }
    // What cannot be noted cannot be remembered.
    if (tried === undefined || error === undefined || outages().isDown('state')) return
    const [count, since] = [(row?.count ?? 0) + 1, row?.since ?? now]
    rows.set(`${tried} ${id}`, { count, since, until: notBefore(error, { count, since }, now, live.get(id)) })
  }
}

/** The earliest moment of the next try. */
function notBefore(
  error: Failure,
  { count, since }: { readonly count: number; readonly since: Date },
  now: Date,
  current: CertificateFacts | undefined,
): Date {
  if (error.retryAfter !== undefined && error.retryAfter > now) return error.retryAfter
  const isPublishing = error.code === 'DNS_NOT_PROPAGATED' && now < after(since, PUBLISHED_WITHIN)
  const usual = isPublishing ? LOOKED_AT_AGAIN : retryOf(error.code) === 'never' ? DAY : (PAUSES[count - 1] ?? DAY)
  if (current === undefined) return after(now, usual)
  const sixth = current.notAfter.getTime() - lifeOf(current) / 6
  return after(now, Math.min(usual, Math.max(HOUR, (sixth - now.getTime()) / 2)))
}

const lifeOf = ({ notBefore, notAfter }: CertificateFacts) => notAfter.getTime() - notBefore.getTime()
