import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { planJson } from '../../lib/report/plan-json.ts'
import { planOnly } from '../../lib/run.ts'
import type { Decision } from '../../lib/types.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { looking } from '../looking.ts'
import { painter } from '../paint.ts'
import { planText } from '../plan-text.ts'
import { print } from '../print.ts'

export const plan: Command = {
  summary: 'ask all that a renewal needs, and say what it would do',
  about: 'It orders nothing, and changes no load balancer and no DNS record.',
  example: 'newleaf plan --only shop',
  takes: ['only', 'unattended'],
  async run(call) {
    const { io } = call
    const config = await loadConfig(call.config)
    const plan = await looking(call, 'asking all that a renewal needs', (show) =>
      planOnly(config, call.request, hostContext(call, show)),
    )
    const ok = plan.obstacles.length === 0 && plan.items.every(({ decision }) => isFree(decision))
    const now = systemClock.now()
    print(call, planJson(plan, ok, now), () => planText(plan, now, painter(io.stdout, io)))
    return ok ? EXIT.healthy : EXIT.unhealthy
  },
}

/** Whether nothing stands in the way of a renewal. */
const isFree = (decision: Decision) =>
  decision.action !== 'blocked' && (decision.action !== 'wait' || decision.reason === 'fresh')
