/** What a run was about to do reaches its store when the certificate has been renewed once more: compare and swap refuses it. */
import { DAY } from '../../lib/platform/clock.ts'
import type { Scenario } from './beginnings.ts'
import { brokenOf, CLAIM } from './killed.ts'
import type { Outside } from './outside.ts'
import { carryOn, watched } from './story.ts'
import { createWatch } from './watch.ts'

/** Effects that a store may refuse: nothing else knows who came in between. */
export const isRefusable = ({ name }: { readonly name: string }): boolean =>
  /^secrets\.activate|^state\.write certificate/.test(name)

/** By then it is due, whenever in its life it was renewed. */
const NEXT = 61 * DAY

/** `at`: the effect in which the first run is frozen, counted from 1. */
export async function tellBelated(
  { certificates, restless }: Scenario,
  outside: Outside,
  at: number,
): Promise<{ runs: number; broken: string[] }> {
  const watch = await createWatch(outside, { certificates: certificates + 1, liveOrders: 2, restless })
  const frozen = await outside.run()
  let effect = await frozen.next()
  for (let done = 1; done < at && effect !== undefined; done++) {
    await watched(frozen, effect, watch, 'heard')
    effect = await frozen.next()
  }
  watch.runEnded('killed')
  outside.pass(CLAIM)
  await carryOn(outside, watch)
  outside.pass(NEXT)
  await carryOn(outside, watch)
  if (effect !== undefined) await watched(frozen, effect, watch, 'lost')
  const course = await carryOn(outside, watch)
  return { runs: course.runs, broken: await brokenOf(course, outside, watch) }
}
