import { toFailure } from '../errors.ts'
import { SECOND } from '../platform/clock.ts'
import { RESERVE, requireTime } from '../platform/deadline.ts'
import type { Dependencies } from '../ports.ts'

/**
 * The steps of a renewal and the worst case of each in milliseconds: it starts only if that much time is left beside the
 * reserve. A swap may have to be proved and put back, which begins whatever time is left: that is what the reserve is for.
 */
const worstCase = {
  lock: 10 * SECOND,
  key: 15 * SECOND,
  order: 30 * SECOND,
  validate: 60 * SECOND,
  finalize: 60 * SECOND,
  store: 15 * SECOND,
  deploy: 120 * SECOND,
  verify: 0,
  'roll back': 0,
  activate: 15 * SECOND,
  delete: 20 * SECOND,
} as const satisfies Record<string, number>

export type Step = keyof typeof worstCase
export const STEPS = Object.keys(worstCase) as Step[]

/** Runs one step: in time, told as it starts and ends, and with its name on whatever it throws. */
export async function step<T>(
  name: Step,
  { emit, clock, timeLeft }: Pick<Dependencies, 'emit' | 'clock' | 'timeLeft'>,
  work: () => Promise<T>,
): Promise<T> {
  const started = clock.now().getTime()
  try {
    requireTime(timeLeft, worstCase[name] === 0 ? 1 : worstCase[name] + RESERVE)
    emit({ kind: 'step-started', step: name })
    const result = await work()
    emit({ kind: 'step-done', step: name, ms: clock.now().getTime() - started })
    return result
  } catch (error) {
    const thrown = toFailure(error)
    const failure = thrown.step === undefined ? thrown.with({ step: name }) : thrown
    emit({ kind: 'step-failed', step: name, code: failure.code, reason: failure.message })
    throw failure
  }
}
