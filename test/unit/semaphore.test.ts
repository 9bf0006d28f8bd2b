import { expect, test } from 'vitest'
import { createSemaphore, givingWay, whileWaiting } from '../../lib/platform/semaphore.ts'

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

/** Something that is waited for until it is told to be over, by name. */
function gates() {
  const open = new Map<string, () => void>()
  return {
    gate: (name: string) => new Promise<void>((over) => open.set(name, over)),
    open: (name: string) => open.get(name)?.(),
  }
}

test('no more work is done at once than there are permits', async () => {
  const semaphore = createSemaphore(2)
  const { gate, open } = gates()
  const begun: string[] = []
  const work = (name: string) =>
    semaphore.run(async () => {
      begun.push(name)
      await gate(name)
    })
  const all = ['a', 'b', 'c'].map(work)
  await settled()
  expect(begun).toEqual(['a', 'b'])
  open('a')
  await settled()
  expect(begun).toEqual(['a', 'b', 'c'])
  open('b')
  open('c')
  await Promise.all(all)
})

test('who waits gives its permit away, and goes on before anything new begins', async () => {
  const semaphore = createSemaphore(1)
  const { gate, open } = gates()
  const story: string[] = []
  const first = semaphore.run(async () => {
    story.push('first')
    await whileWaiting(() => gate('first'))
    story.push('first again')
  })
  const second = semaphore.run(async () => {
    story.push('second')
    await gate('second')
  })
  const third = semaphore.run(async () => {
    story.push('third')
  })
  await settled()
  expect(story).toEqual(['first', 'second'])
  open('first')
  await settled()
  expect(story).toEqual(['first', 'second'])
  open('second')
  await Promise.all([first, second, third])
  expect(story).toEqual(['first', 'second', 'first again', 'third'])
})

test('parts of one work that wait at the same time give one permit away and take one again', async () => {
  const semaphore = createSemaphore(1)
  const { gate, open } = gates()
  const story: string[] = []
  const parts = semaphore.run(() =>
    Promise.all(
      ['a', 'b'].map(async (part) => {
        await whileWaiting(() => gate(part))
        story.push(part)
      }),
    ),
  )
  const others = ['c', 'd'].map((name) =>
    semaphore.run(async () => {
      story.push(name)
      await gate(name)
    }),
  )
  await settled()
  open('a')
  open('b')
  open('c')
  await settled()
  expect(story).toEqual(['c', 'a', 'b', 'd'])
  open('d')
  await Promise.all([parts, ...others])
})

test('work that fails, also while it waits, gives its permit back', async () => {
  const semaphore = createSemaphore(1)
  await expect(semaphore.run(() => Promise.reject(new Error('at work')))).rejects.toThrow('at work')
  await expect(semaphore.run(() => whileWaiting(() => Promise.reject(new Error('while waiting'))))).rejects.toThrow(
    'while waiting',
  )
  expect(await semaphore.run(async () => 'next')).toBe('next')
})

test('who sleeps by the clock holds no permit', async () => {
  const semaphore = createSemaphore(1)
  const { gate, open } = gates()
  const clock = givingWay({ now: () => new Date(0), sleep: () => gate('slept') })
  const sleeper = semaphore.run(() => clock.sleep(1_000))
  expect(await semaphore.run(async () => 'meanwhile')).toBe('meanwhile')
  open('slept')
  await sleeper
  expect(clock.now()).toEqual(new Date(0))
})

test('outside of permits waiting is waiting', async () => {
  expect(await whileWaiting(async () => 'over')).toBe('over')
})
