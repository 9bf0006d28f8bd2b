import { toFailure } from '../errors.ts'
import { mapBounded } from '../platform/lanes.ts'
import type { World } from '../ports.ts'
import type { Outcome, PlanItem, Wish } from '../types.ts'
import { keepWatch } from './keep-watch.ts'
import { renew } from './renew.ts'

const LANES = 10

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
  const plain = { id: item.spec.id, decision: item.decision, certificate: item.current, targets: {}, error: undefined }
  const { decision } = item
  try {
    if (decision.action === 'stop') throw decision.error
    if (decision.action === 'wait') {
      const next = wish.dryRun ? decision.until : await keepWatch(item, decision.until, world)
      return { ...plain, result: decision.because === 'fresh' ? 'kept' : 'waiting', next }
    }
    if (wish.dryRun) return { ...plain, result: 'planned', next: undefined }
    return await renew({ ...item, decision }, world)
  } catch (error) {
    const failure = toFailure(error)
    if (failure.code === 'CLAIMED') return { ...plain, result: 'waiting', next: undefined }
    return { ...plain, result: 'failed', error: failure, next: undefined }
  }
}
