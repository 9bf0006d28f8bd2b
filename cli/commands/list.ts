import { loadConfig } from '../../lib/config/load.ts'
import { safeText } from '../../lib/platform/log.ts'
import { failureJson } from '../../lib/report/report.ts'
import { list as listHeld } from '../../lib/run.ts'
import type { HeldCertificate } from '../../lib/types.ts'
import { type Command, EXIT, surroundings } from '../call.ts'
import { type Paint, painter, relative, stamp, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const list: Command = {
  summary: 'what the balancers hold: names, expiry, ours or foreign, where it is bound, and what is wrong with that',
  takes: ['only'],
  async run(call) {
    const { io, wish } = call
    const config = await loadConfig(call.config)
    const all = await listHeld(config, wish.only, surroundings(call, warningsOnly(call)))
    const now = new Date()
    const paint = painter(io.stdout, io)
    const shown = all.map((inventory) =>
      'held' in inventory ? { ...inventory, warnings: warningsOf(inventory.held, now) } : inventory,
    )
    const document = shown.map((one) =>
      'error' in one ? { ...one, error: failureJson(one.error) } : { ...one, held: one.held.map(heldJson) },
    )
    print(call, { balancers: document }, () =>
      shown
        .map((one) =>
          'error' in one
            ? `${paint('bold', one.target)}  ${paint('red', `${one.error.code}: ${safeText(one.error.message)}`)}\n`
            : heldText(one, now, paint),
        )
        .join('\n'),
    )
    return shown.every((one) => 'held' in one && one.warnings.length === 0) ? EXIT.healthy : EXIT.unhealthy
  },
}

const heldJson = ({ loadBalancer: place, name, covers, notAfter, managed: ours, bound }: HeldCertificate) => ({
  ...{ place, name, covers, notAfter, ours, bound },
})

function heldText(
  { balancer, held, warnings }: { balancer: string; held: readonly HeldCertificate[]; warnings: readonly string[] },
  now: Date,
  paint: Paint,
): string {
  const rows = held.map(({ name, covers, notAfter, managed, bound }) => [
    safeText(name),
    managed === undefined ? 'owner not told' : managed ? 'ours' : 'foreign',
    notAfter === undefined
      ? 'expiry not told'
      : paint(notAfter <= now ? 'red' : 'green', `${stamp(notAfter)} (${relative(notAfter, now)})`),
    bound.length === 0 ? 'not bound' : bound.map((each) => boundText(each, covers)).join('; '),
    covers.length === 0 ? 'names not told' : short(covers),
  ])
  const loadBalancer = held[0]?.loadBalancer ?? 'holds nothing'
  const head = paint('bold', `${balancer}: ${safeText(loadBalancer)}`)
  return `${head}\n${table(rows, '  ')}${warnings.map((warning) => `  ${paint('yellow', warning)}\n`).join('')}`
}

const boundText = ({ listener, firstFor }: HeldCertificate['bound'][number], covers: readonly string[]) => {
  if (covers.length === 0) return safeText(listener)
  return `${safeText(listener)}, first for ${firstFor.length === 0 ? 'none of its names' : short(firstFor)}`
}

/** The first three, and how many more. */
const short = (names: readonly string[]) =>
  `${names.slice(0, 3).map(safeText).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`

/** A balancer serves the first certificate of its list that covers a name, whatever its expiry. */
const warningsOf = (held: readonly HeldCertificate[], now: Date): string[] =>
  held.flatMap(({ name, notAfter, bound }) =>
    notAfter === undefined || notAfter > now
      ? []
      : bound
          .filter(({ firstFor }) => firstFor.length > 0)
          .map(
            ({ listener, firstFor }) =>
              `${safeText(name)} has expired, and ${safeText(listener)} serves it for ${short(firstFor)}`,
          ),
  )
