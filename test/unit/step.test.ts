import { expect, test } from 'vitest'
import { Failure, toFailure } from '../../lib/errors.ts'
import { step } from '../../lib/renewal/step.ts'

const outside = { emit: () => {}, clock: { now: () => new Date(0), sleep: async () => {} }, timeLeft: () => 3_600_000 }

test('a failure that is thrown to several steps is of each of them, and is left as it was', async () => {
  const same = new Failure('UNAVAILABLE', 'down')
  const throws = () => Promise.reject(same)
  const heard = (work: Promise<unknown>) => work.catch((error: unknown) => toFailure(error).step)
  expect([await heard(step('order', outside, throws)), await heard(step('deploy', outside, throws))]).toEqual([
    'order',
    'deploy',
  ])
  expect(same.step).toBeUndefined()
})

test('a failure within a step is of the innermost one', async () => {
  const inner = () => step('verify', outside, () => Promise.reject(new Failure('VERIFY_FAILED', 'no')))
  await expect(step('deploy', outside, inner)).rejects.toMatchObject({ step: 'verify' })
})
