import { describe, expect, test } from 'vitest'
import { Failure, toFailure } from '../../lib/errors.ts'
import type { RunEvent } from '../../lib/events.ts'
import { SECOND } from '../../lib/platform/clock.ts'
import { RESERVE } from '../../lib/platform/deadline.ts'
import { STEPS, type Step, step } from '../../lib/renewal/step.ts'

function world(left = 3_600_000) {
  const events: RunEvent[] = []
  let now = 1_000_000
  const clock = { now: () => new Date(now), sleep: async () => {} }
  const pass = (ms: number) => {
    now += ms
  }
  return { events, pass, deps: { emit: (event: RunEvent) => events.push(event), clock, timeLeft: () => left } }
}

describe('a step', () => {
  test('is told as it starts and as it ends, with how long it took', async () => {
    const { events, deps, pass } = world()
    const work = async () => {
      pass(1_500)
      return 7
    }
    expect(await step('order', deps, work)).toBe(7)
    expect(events).toEqual([
      { kind: 'step-started', step: 'order' },
      { kind: 'step-done', step: 'order', ms: 1_500 },
    ])
  })

  test('that fails is told with its code, and its failure bears its name', async () => {
    const { events, deps } = world()
    const fails = () => Promise.reject(new Failure('DENIED', 'no'))
    await expect(step('order', deps, fails)).rejects.toMatchObject({ code: 'DENIED', step: 'order' })
    expect(events).toEqual([
      { kind: 'step-started', step: 'order' },
      { kind: 'step-failed', step: 'order', code: 'DENIED', reason: 'no' },
    ])
    await expect(step('order', deps, () => Promise.reject(new Error('x')))).rejects.toMatchObject({
      ...{ code: 'UNEXPECTED', step: 'order' },
    })
  })

  test('of one certificate does not stick to a failure that a second one reports', async () => {
    const { deps } = world()
    const known = new Failure('LOCKED', 'the same object is thrown many times')
    const fails = () => Promise.reject(known)
    await expect(step('order', deps, fails)).rejects.toMatchObject({ step: 'order' })
    await expect(step('deploy', deps, fails)).rejects.toMatchObject({ step: 'deploy' })
    expect(known.step).toBeUndefined()
  })

  test('within which another one fails leaves that one’s name', async () => {
    const { deps } = world()
    const inner = () => step('deploy', deps, () => Promise.reject(new Failure('DENIED', 'no')))
    await expect(step('verify', deps, inner)).rejects.toMatchObject({ step: 'deploy' })
  })

  test.each<[name: Step, seconds: number]>([
    ['lock', 10],
    ['key', 15],
    ['order', 30],
    ['validate', 60],
    ['finalize', 60],
    ['store', 15],
    ['deploy', 120],
    ['activate', 15],
    ['delete', 20],
  ])('%s starts only if there are %d seconds for it beside the reserve', async (name, seconds) => {
    const needed = seconds * SECOND + RESERVE
    expect(await step(name, world(needed).deps, async () => 'done')).toBe('done')
    const { events, deps } = world(needed - 1)
    await expect(step(name, deps, async () => 'done')).rejects.toMatchObject({ code: 'OUT_OF_TIME', step: name })
    expect(events).toMatchObject([{ kind: 'step-failed', step: name }])
  })

  test.each<Step>(['verify', 'roll back'])('%s starts as long as any time is left', async (name) => {
    expect(await step(name, world(1).deps, async () => 'done')).toBe('done')
    await expect(step(name, world(0).deps, async () => 'done')).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
  })
})

test('the steps stand in the order of a renewal', () => {
  expect(STEPS).toEqual([
    ...['lock', 'key', 'order', 'validate', 'finalize', 'store'],
    ...['deploy', 'verify', 'roll back', 'activate', 'delete'],
  ])
})

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
