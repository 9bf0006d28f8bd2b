import { toFailure } from '../errors.ts'
import { mapBounded } from '../platform/lanes.ts'
import type { World } from '../ports.ts'
import type { Decision, Outcome, PlanItem, Wish } from '../types.ts'
import { keepWatch } from './keep-watch.ts'
import { renew } from './renew.ts'

/**
 * Most of a renewal is waiting: for DNS, the authority, the balancers. More at once than each API is given connections
 * (platform/http.ts), which are what spares it; of those that wait behind them none waits for long.
 */
const LANES = 30

/** Each certificate in its own lane, a bounded number side by side. This is the one place where a certificate's failure is caught. */
export const renewAll = (items: readonly PlanItem[], wish: Wish, world: World): Promise<Outcome[]> =>
  mapBounded(items, LANES, async (item) => {
    const own = { ...world, log: world.log.with({ certificate: item.spec.id }) }
    const outcome = await outcomeOf(item, wish, own)
    own.log[outcome.error === undefined ? 'info' : 'error']('certificate finished', {
      result: outcome.result,
      code: outcome.error?.code,
      reason: outcome.error?.message,
      step: outcome.error?.step,
      next: outcome.next?.toISOString(),
    })
    return outcome
  })

async function outcomeOf(item: PlanItem, wish: Wish, world: World): Promise<Outcome> {
  const { decision } = item
  const outcome = (result: Outcome['result'], more: Partial<Outcome> = {}): Outcome => ({
    id: item.spec.id,
    decision,
    certificate: item.current,
    targets: {},
    error: undefined,
    missing: item.missing,
    next: undefined,
    result,
    ...more,
  })
  try {
    if (decision.action === 'stop')
      return outcome(decision.error.code === 'OUT_OF_TIME' ? 'waiting' : 'failed', {
        error: decision.error,
        next: await nextAfter({ ...item, decision }, wish, world),
      })
    if (decision.action === 'wait') {
      const next = wish.dryRun ? decision.until : await keepWatch(item, world)
      return outcome(decision.because === 'fresh' && next !== undefined ? 'kept' : 'waiting', { next })
    }
    if (wish.dryRun) return outcome('planned')
    return await renew({ ...item, decision }, world)
  } catch (thrown) {
    const error = toFailure(thrown)
    if (error.code === 'CLAIMED') return outcome('waiting')
    return outcome(error.code === 'OUT_OF_TIME' ? 'waiting' : 'failed', { error })
  }
}

/** When to look again at what could not be looked at: undefined where even that cannot be noted. */
async function nextAfter(
  item: PlanItem<Extract<Decision, { action: 'stop' }>>,
  wish: Wish,
  world: World,
): Promise<Date | undefined> {
  if (wish.dryRun || item.decision.error.code === 'OUT_OF_TIME') return undefined
  try {
    return await keepWatch(item, world)
  } catch (error) {
    const { code, message } = toFailure(error)
    world.log.warn('the next look could not be noted', { code, reason: message })
    return undefined
  }
}
