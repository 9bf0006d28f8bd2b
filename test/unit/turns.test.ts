import { expect, test } from 'vitest'
import { lazyByKey } from '../../lib/platform/lazy-by-key.ts'
import { gathered, oneByOne } from '../../lib/platform/turns.ts'

/** Work that ends when it is told to. */
function held() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => async () => {
    begun.push(name)
    await new Promise<void>((end) => ends.set(name, end))
    return name
  }
  return { begun, work, end: (name: string) => ends.get(name)?.() }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

test('work with one key is done one after the other, and work with another key beside it', async () => {
  const { begun, work, end } = held()
  const inTurn = oneByOne()
  const all = [inTurn('a', work('a1')), inTurn('a', work('a2')), inTurn('b', work('b1'))]
  await settled()
  expect(begun).toEqual(['a1', 'b1'])
  end('a1')
  await settled()
  expect(begun).toEqual(['a1', 'b1', 'a2'])
  end('a2')
  end('b1')
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'b1'])
})

test('work that fails lets the next one begin', async () => {
  const inTurn = oneByOne()
  const failed = inTurn('a', () => Promise.reject(new Error('one')))
  expect(await inTurn('a', async () => 'two')).toBe('two')
  await expect(failed).rejects.toThrow('one')
})

test('what is opened by key is opened once for each, also for those that ask at the same time, and again after a failure', async () => {
  const opened: string[] = []
  const open = lazyByKey<string>()
  const opening = (key: string) => async () => {
    opened.push(key)
    if (opened.length === 1) throw new Error('first')
    return key.toUpperCase()
  }
  await expect(open('a', opening('a'))).rejects.toThrow('first')
  expect(await Promise.all(['a', 'a', 'b', 'a'].map((key) => open(key, opening(key))))).toEqual(['A', 'A', 'B', 'A'])
  expect(opened).toEqual(['a', 'a', 'b'])
})

/** Work on several things at once that ends when it is told to, with these errors by item. */
function heldTogether(errors: Readonly<Record<string, unknown>> = {}) {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const together = gathered(oneByOne(), async (items: readonly string[]) => {
    begun.push(items.join(' '))
    await new Promise<void>((end) => ends.push(end))
    return items.map((item) => errors[item])
  })
  return { begun, together, end: () => ends.shift()?.() }
}

test('what comes while one is at work is done together in the next turn, and what has another key beside it', async () => {
  const { begun, together, end } = heldTogether()
  const all = [...['a1', 'a2', 'a3'].map((item) => together('a', item)), together('b', 'b1')]
  await settled()
  expect(begun).toEqual(['a1', 'b1'])
  end()
  await settled()
  expect(begun).toEqual(['a1', 'b1', 'a2 a3'])
  const late = together('a', 'a4')
  end()
  end()
  await settled()
  end()
  await Promise.all([...all, late])
  expect(begun).toEqual(['a1', 'b1', 'a2 a3', 'a4'])
})

test('what goes wrong with one is told to it alone', async () => {
  const { together, end } = heldTogether({ a3: new Error('not this one') })
  const all = ['a1', 'a2', 'a3', 'a4'].map((item) => together('a', item))
  const results = Promise.allSettled(all)
  for (let turn = 0; turn < 2; turn++) {
    await settled()
    end()
  }
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('what goes wrong with all is told to each, and the next turn is another try', async () => {
  let tries = 0
  const together = gathered(oneByOne(), async (items: readonly string[]) => {
    tries += 1
    await settled()
    if (tries < 3) throw new Error('down')
    return items.map(() => undefined)
  })
  const results = await Promise.allSettled(['a1', 'a2', 'a3'].map((item) => together('a', item)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await together('a', 'a4')
  expect(tries).toBe(3)
})
