import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { safeText } from '../../lib/platform/log.ts'
import { type Inspected, listJson } from '../../lib/report/by-hand.ts'
import { inspectedOf, isSound, short } from '../../lib/report/inspected.ts'
import { list as listHeld } from '../../lib/run.ts'
import type { InstalledCertificate } from '../../lib/types.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { type Paint, painter, relative, stamp, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const list: Command = {
  summary: 'show what the balancers hold, and what is wrong with that',
  example: 'newleaf list --only shop',
  takes: ['only'],
  async run(call) {
    const { io, request } = call
    const config = await loadConfig(call.config)
    const all = await listHeld(config, request.only, hostContext(call, warningsOnly(call)))
    const now = systemClock.now()
    const paint = painter(io.stdout, io)
    const inspected = inspectedOf(all, now)
    const ok = isSound(inspected)
    print(call, listJson(inspected, ok, now), () => inspected.map((one) => oneText(one, now, paint)).join('\n'))
    return ok ? EXIT.healthy : EXIT.unhealthy
  },
}

const oneText = (one: Inspected, now: Date, paint: Paint): string =>
  'error' in one
    ? `${paint('bold', one.target)}  ${paint('red', `${one.error.code}: ${safeText(one.error.message)}`)}\n`
    : heldText(one, now, paint)

function heldText(
  { balancer, held, warnings }: Extract<Inspected, { held: unknown }>,
  now: Date,
  paint: Paint,
): string {
  const rows = held.map(({ name, covers, notAfter, managed, bound }) => [
    safeText(name),
    managed === undefined ? 'owner unknown' : managed ? 'managed' : 'foreign',
    notAfter === undefined
      ? 'expiry unknown'
      : paint(notAfter <= now ? 'red' : 'green', `${stamp(notAfter)} (${relative(notAfter, now)})`),
    bound.length === 0 ? 'not bound' : bound.map((each) => boundText(each, covers)).join('; '),
    covers.length === 0 ? 'names unknown' : short(covers),
  ])
  const loadBalancer = held[0]?.loadBalancer ?? 'holds nothing'
  const head = paint('bold', `${balancer}: ${safeText(loadBalancer)}`)
  return `${head}\n${table(rows, '  ')}${warnings.map((warning) => `  ${paint('yellow', warning)}\n`).join('')}`
}

const boundText = ({ listener, effectiveFor }: InstalledCertificate['bound'][number], covers: readonly string[]) => {
  if (covers.length === 0) return safeText(listener)
  return `${safeText(listener)}, first for ${effectiveFor.length === 0 ? 'none of its names' : short(effectiveFor)}`
}
