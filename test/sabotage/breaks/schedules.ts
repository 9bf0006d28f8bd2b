/** How a certificate is found again. */
import { killOnly, tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

export const schedules: readonly Sabotage[] = [
  {
    name: 'old-marker-first',
    what: 'The old wake marker is removed before the new one stands.',
    file: 'lib/state/schedule.ts',
    find: `  await mark(state, key)
  if (from === undefined) return
  const old = wakeKey(from, id)
  if (old !== key) await state.remove(old)`,
    replace: `  const old = from === undefined ? undefined : wakeKey(from, id)
  if (old !== undefined && old !== key) await state.remove(old)
  await mark(state, key)`,
    noticedBy: [killOnly('renewal memory+memory'), tests('test/unit/wake')],
    sample: true,
  },
]
