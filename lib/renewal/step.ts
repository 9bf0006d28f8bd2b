import { toFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import type { World } from '../ports.ts'

/** The steps of a renewal and the worst case of each in milliseconds: it starts only if that much time is left. */
const worstCase = {
  claim: 10 * SECOND,
  key: 15 * SECOND,
  order: 30 * SECOND,
  prove: 60 * SECOND,
  finalize: 60 * SECOND,
  store: 15 * SECOND,
  deploy: 60 * SECOND,
  verify: 20 * SECOND,
  'put back': 60 * SECOND,
  promote: 15 * SECOND,
  retire: 20 * SECOND,
} as const satisfies Record<string, number>

export type Step = keyof typeof worstCase
export const STEPS = Object.keys(worstCase) as Step[]

/** What is kept back of a run's time to clean up and to write down how far it came. */
export const RESERVE = MINUTE / 2

/** Runs one step: in time, told to the log as it starts and ends, and with its name on whatever it throws. */
export async function step<T>(
  name: Step,
  { log, clock, timeLeft }: Pick<World, 'log' | 'clock' | 'timeLeft'>,
  work: () => Promise<T>,
): Promise<T> {
  const started = clock.now().getTime()
  try {
    requireTime(timeLeft, worstCase[name] + RESERVE)
    log.info('step started', { step: name })
    const result = await work()
    log.info('step done', { step: name, ms: clock.now().getTime() - started })
    return result
  } catch (error) {
    const failure = toFailure(error)
    failure.step ??= name
    log.warn('step failed', { step: name, code: failure.code, reason: failure.message })
    throw failure
  }
}
