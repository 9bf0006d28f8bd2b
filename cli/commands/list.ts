import { list as listHeld } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { safeText } from '../../lib/platform/log.ts'
import { type Inspected, listJson } from '../../lib/report/by-hand.ts'
import { inspectedOf, isSound, short } from '../../lib/report/inspected.ts'
import type { InstalledCertificate } from '../../lib/types.ts'
import { type Call, type Command, EXIT, hostContext, type Screen } from '../call.ts'
import { looking } from '../looking.ts'
import { type Paint, painter, relative } from '../paint.ts'
import { print } from '../print.ts'
import { fitted } from '../wrap.ts'

export const list: Command = {
  summary: 'show what the balancers hold, and what is wrong with that',
  operands: '[BALANCER …]',
  example: 'newleaf list fr --unbound --managed',
  takes: ['only', 'unbound', 'managed', 'foreign'],
  async run(call) {
    const { io, request } = call
    const config = await loadConfig(call.config)
    const options = { balancers: call.words, ...(request.only && { only: request.only }) }
    const all = await looking(call, 'asking the balancers', (show) =>
      listHeld(config, options, hostContext(call, show)),
    )
    const now = systemClock.now()
    const paint = painter(io.stdout, io)
    const inspected = inspectedOf(all, now).map((one) =>
      'error' in one ? one : { ...one, held: one.held.filter((each) => isWanted(each, call)) },
    )
    const ok = isSound(inspected)
    print(call, listJson(inspected, ok, now), () =>
      inspected.map((one) => oneText(one, now, paint, io.stdout)).join('\n'),
    )
    return ok ? EXIT.healthy : EXIT.unhealthy
  },
}

const oneText = (one: Inspected, now: Date, paint: Paint, screen: Screen): string =>
  'error' in one
    ? `${paint('bold', one.target)}\n  ${paint('red', fitted(`${one.error.code}: ${safeText(one.error.message)}`, 4, screen))}\n`
    : heldText(one, now, paint)

const isWanted = ({ managed, bound }: InstalledCertificate, { isSet }: Pick<Call, 'isSet'>): boolean =>
  (!isSet('unbound') || bound.length === 0) &&
  (!isSet('managed') || managed === true) &&
  (!isSet('foreign') || managed === false)

/** For each certificate a line that says what it is, and below it where it is served and what it covers. */
function heldText(
  { balancer, held, quota, warnings }: Extract<Inspected, { held: unknown }>,
  now: Date,
  paint: Paint,
): string {
  const each = held.map((one) => certificateText(one, now, paint))
  const count = countText(held.length, quota, paint)
  const at = held[0] === undefined ? '' : `${safeText(held[0].loadBalancer)}, `
  const head = `${paint('bold', `${balancer}:`)} ${at}${count}`
  return `${head}\n${each.join('')}${warnings.map((warning) => `  ${paint('yellow', warning)}\n`).join('')}`
}

function certificateText(
  { name, fingerprint, covers, notAfter, managed, bound, seenOnWire }: InstalledCertificate,
  now: Date,
  paint: Paint,
): string {
  const owner = managed === undefined ? 'owner unknown' : managed ? 'managed' : 'foreign'
  const end =
    notAfter === undefined
      ? 'expiry unknown'
      : paint(notAfter <= now ? 'red' : 'green', `${notAfter.toISOString().slice(0, 10)} (${relative(notAfter, now)})`)
  const uses = bound.length === 0 ? ['not bound'] : bound.map((use) => boundText(use, covers))
  const names = covers.length === 0 ? 'unknown' : short(covers)
  const head = `  ${safeText(name)}  ${owner}`
  const below = seenOnWire
    ? [
        ...uses,
        ...(fingerprint ? [`fingerprint, seen on the wire: ${fingerprint.slice(0, 16)}`] : []),
        ...[`expiry, seen on the wire: ${end}`, `names, seen on the wire: ${names}`],
      ]
    : [...uses, `names: ${names}`]
  return `${seenOnWire ? head : `${head}  ${end}`}\n${below.map((line) => `    ${line}\n`).join('')}`
}

/** Yellow from this part of what a load balancer may hold. */
const NEARLY_FULL = 0.75

function countText(shown: number, quota: Extract<Inspected, { held: unknown }>['quota'], paint: Paint): string {
  const count = `${shown} certificate${shown === 1 ? '' : 's'}`
  if (quota === undefined) return count
  const { held, limit } = quota
  const used = held < NEARLY_FULL * limit ? `${held} of ${limit}` : paint('yellow', `${held} of ${limit}`)
  return shown === held ? `${used} certificates` : `${count}, it holds ${used}`
}

const boundText = ({ listener, effectiveFor }: InstalledCertificate['bound'][number], covers: readonly string[]) => {
  if (covers.length === 0) return safeText(listener)
  return `${safeText(listener)}, first for ${effectiveFor.length === 0 ? 'none of its names' : short(effectiveFor)}`
}
