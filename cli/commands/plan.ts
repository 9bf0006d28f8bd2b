import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { safeText } from '../../lib/platform/log.ts'
import { planJson } from '../../lib/report/documents.ts'
import { planOnly } from '../../lib/run.ts'
import type { Decision, PlanItem } from '../../lib/types.ts'
import { type Call, type Command, EXIT, hostContext } from '../call.ts'
import { painter, relative, table, validity } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const plan: Command = {
  summary: 'look at every certificate and say what renew would do',
  example: 'newleaf plan --only shop',
  takes: ['only'],
  async run(call) {
    const config = await loadConfig(call.config)
    const items = await planOnly(config, call.request, hostContext(call, warningsOnly(call)))
    const ok = items.every(({ decision }) => isFree(decision))
    print(call, planJson(items, ok, systemClock.now()), () => planText(items, call))
    return ok ? EXIT.healthy : EXIT.unhealthy
  },
}

/** Whether nothing stands in the way of a renewal. */
const isFree = (decision: Decision) =>
  decision.action !== 'blocked' && (decision.action !== 'wait' || decision.reason === 'fresh')

/** One line a certificate, and below it what keeps it from being looked at. */
export function planText(items: readonly PlanItem[], { io }: Pick<Call, 'io'>): string {
  const paint = painter(io.stdout, io)
  const now = new Date()
  const rows = items.map(({ spec, decision, current }) => [
    paint('bold', spec.id),
    paint(colourOf(decision), decision.action),
    reasonOf(decision, now),
    validity(current, now, paint),
    spec.names.join(', '),
  ])
  return table(rows)
}

const colourOf = (decision: Decision) =>
  decision.action === 'blocked' ? 'red' : decision.action === 'wait' && isFree(decision) ? 'green' : 'yellow'

function reasonOf(decision: Decision, now: Date): string {
  if (decision.action === 'blocked') return `${decision.error.code}: ${safeText(decision.error.message)}`
  if (decision.action === 'wait')
    return `${decision.reason}, ${decision.reason === 'fresh' ? 'due' : 'until'} ${relative(decision.until, now)}`
  return decision.reason
}
