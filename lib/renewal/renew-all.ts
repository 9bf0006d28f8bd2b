import { toFailure } from '../errors.ts'
import { about } from '../events.ts'
import { mapBounded } from '../platform/lanes.ts'
import { healthSeen, unhealthy } from '../policy/health.ts'
import type { World } from '../ports.ts'
import type { Decision, Outcome, PlanItem, Wish } from '../types.ts'
import { keepWatch, type Watched } from './keep-watch.ts'
import { renew } from './renew.ts'

/**
 * Most of a renewal is waiting: for DNS, the authority, the balancers. More at once than each API is given connections
 * (platform/http.ts), which are what spares it; of those that wait behind them none waits for long.
 */
const LANES = 30

/** Each certificate in its own lane, a bounded number side by side. This is the one place where a certificate's failure is caught. */
export const renewAll = (items: readonly PlanItem[], wish: Wish, world: World): Promise<Outcome[]> =>
  mapBounded(items, LANES, async (item) => {
    const own = about(world, { certificate: item.spec.id })
    const outcome = await outcomeOf(item, wish, own)
    world.emit({
      kind: 'certificate-finished',
      certificate: item.spec.id,
      result: outcome.result,
      code: outcome.error?.code,
      reason: outcome.error?.message,
      step: outcome.error?.step,
      next: outcome.next,
    })
    return outcome
  })

async function outcomeOf(item: PlanItem, wish: Wish, world: World): Promise<Outcome> {
  const { decision, spec } = item
  const outcome = (result: Outcome['result'], more: Partial<Outcome> = {}): Outcome => ({
    id: spec.id,
    decision,
    certificate: item.current,
    targets: {},
    error: undefined,
    missing: item.missing,
    next: undefined,
    health: item.health,
    result,
    ...more,
  })
  const watched = (known: Watched | undefined): Partial<Outcome> =>
    known === undefined ? {} : { next: known.next, health: healthSeen(item, known.document, world.clock.now()) }
  try {
    if (decision.action === 'stop') {
      const { error } = decision
      const more = watched(await afterStop({ ...item, decision }, wish, world))
      return outcome(error.code === 'OUT_OF_TIME' ? 'waiting' : 'failed', { error, ...more })
    }
    if (decision.action === 'wait') {
      if (wish.dryRun) return outcome(decision.because === 'fresh' ? 'kept' : 'waiting', { next: decision.until })
      const known = await keepWatch(item, world)
      return outcome(decision.because === 'fresh' && known !== undefined ? 'kept' : 'waiting', watched(known))
    }
    if (wish.dryRun) return outcome('planned')
    return await renew({ ...item, decision }, world)
  } catch (thrown) {
    const error = toFailure(thrown)
    const health = unhealthy(spec.id, error)
    if (error.code === 'CLAIMED') return outcome('waiting', { health })
    return outcome(error.code === 'OUT_OF_TIME' ? 'waiting' : 'failed', { error, health })
  }
}

/** Notes when to look again at what could not be looked at: undefined where even that cannot be noted. */
async function afterStop(
  item: PlanItem<Extract<Decision, { action: 'stop' }>>,
  wish: Wish,
  world: World,
): Promise<Watched | undefined> {
  if (wish.dryRun || item.decision.error.code === 'OUT_OF_TIME') return undefined
  try {
    return await keepWatch(item, world)
  } catch (error) {
    const { code, message } = toFailure(error)
    world.log.warn('the next look could not be noted', { code, reason: message })
    return undefined
  }
}
