import { Failure } from '../../lib/errors.ts'
import { after, DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import { fixedDraw } from '../../lib/policy/renewal-time.ts'
import type { CertificateAuthority, Clock } from '../../lib/ports.ts'
import type { IssuedCertificate, RenewalWindow } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createMemoryAuthority } from '../support/memory-authority.ts'
import { draw, inTurn } from './draw.ts'
import type { Watch } from './watch.ts'

/** An order that was not finished is gone after this (Let's Encrypt). */
const ORDER_LIFE = 7 * DAY
/** How often the authority has certificates renewed at once. */
const INCIDENTS = 200 * DAY

/** To every certificate of so many it never says when to renew. */
const SILENT = 11
/** What it says to the others; each lifetime meets all of these. */
const MOODS = ['usual', 'flapping', 'late'] as const

/** The authority revokes then, and what is renewed for that may be more than the usual budget. */
export function isNearIncident(now: Date, began: Date): boolean {
  const since = (now.getTime() - began.getTime()) % INCIDENTS
  return since < 10 * DAY || since > INCIDENTS - 10 * DAY
}

interface Surroundings {
  readonly seed: number
  readonly clock: Clock
  readonly began: Date
  /** Of its certificates, from `notBefore` to `notAfter`. */
  readonly lifetime: number
  /** What the authority is known by. */
  readonly directory: string
  readonly txt: (name: string) => readonly string[]
  readonly watch: Watch
}

export const idOf = (name: string): string => name.replace(/^\*\.|\.example$/g, '')

/** An authority in memory whose orders expire, and which says when to renew, sensibly or not. */
export async function createSoakAuthority(world: Surroundings): Promise<CertificateAuthority> {
  const { clock, lifetime, watch } = world
  const memory = await createMemoryAuthority(clock, world.txt, world.directory)
  memory.lifetime = (lifetime - HOUR) / DAY // it puts `notBefore` an hour into the past
  const orders = new Map<string, Date>()
  const mine = new Set<string>()

  return {
    ...memory,
    async newOrder(request) {
      const id = idOf(request.names[0] ?? '')
      const limited = memory.overLimit
      watch.ordered(id, request.replaces, (serial) => mine.has(serial))
      try {
        const order = await memory.newOrder(request)
        orders.set(order.url, clock.now())
        return order
      } finally {
        if (memory.overLimit > limited) watch.breaks('limits', `${id}: an order over a limit`)
      }
    },
    async readOrder(url) {
      const order = await memory.readOrder(url)
      const at = orders.get(url) ?? clock.now()
      if (order.status !== 'valid' && clock.now() > after(at, ORDER_LIFE)) {
        throw new Failure('ACME_ORDER_GONE', 'the order has expired')
      }
      return order
    },
    async finalize(order, csr) {
      const before = memory.issued
      const valid = await memory.finalize(order, csr)
      if (memory.issued > before) {
        mine.add(publicCertificate(memory.chains.at(-1) ?? '').serial)
        watch.issued(idOf(order.names[0] ?? ''), world.directory)
      }
      return valid
    },
    async renewalWindow(certificate) {
      const window = windowOf(certificate, world)
      if (window !== undefined) watch.advised(certificate, window)
      return window
    },
  }
}

/** What this authority says to this certificate now (RFC 9773 §4.2). */
function windowOf(
  certificate: IssuedCertificate,
  { seed, clock, began, lifetime }: Surroundings,
): RenewalWindow | undefined {
  const { notBefore, notAfter } = certificate
  const id = idOf(certificate.names[0] ?? '')
  const number = Number(id.slice(1))
  const now = clock.now()
  const midnight = new Date(now.getTime() - (now.getTime() % DAY) + DAY)
  const checkAfter = number % 15 === 3 ? after(now, 6 * HOUR) : number % 5 === 1 ? after(now, DAY) : midnight
  const at = (share: number): Date => after(notBefore, share * lifetime)
  /** A window of this width, in which newleaf picks this moment: the seed decides, not the certificate's serial. */
  const around = (moment: Date, width: number): RenewalWindow => {
    const start = after(moment, -width * fixedDraw(certificate))
    return { start, end: after(start, width), checkAfter }
  }
  const usual = lifetime < 10 * DAY ? 1 / 2 : 2 / 3
  const chance = (what: string | number) => draw(seed, id, notBefore.getTime(), what)

  if (number % SILENT === SILENT - 1) return undefined
  switch (inTurn(MOODS, Math.floor(number / 3))) {
    case 'usual': {
      const incident = after(began, Math.floor((now.getTime() - began.getTime()) / INCIDENTS) * INCIDENTS)
      const isHit = lifetime > 10 * DAY && after(notBefore, HOUR) < incident
      if (isHit) return { start: after(incident, -HOUR), end: after(incident, -30 * MINUTE), checkAfter }
      return around(at(usual - 0.01 + 0.02 * chance('usual')), 0.02 * lifetime)
    }
    case 'late':
      return around(at(usual + (1.5 - usual) * chance('late')), 0.02 * lifetime)
    case 'flapping': {
      if (chance(now.getTime()) < 0.1) return undefined
      const earliest = lifetime < 10 * DAY ? 0.4 : 0.5
      const moment = at(earliest + (1 - earliest) * chance(`${now.getTime()} start`))
      return moment < notAfter ? around(moment, lifetime * 0.1) : undefined
    }
  }
}
