/** A provider that holds fewer values than a certificate needs. */
import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { ChallengeSolver } from '../../lib/ports.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

/** At most so many values at once; `writes`: in turn. */
async function holding(most: number): Promise<{ world: MemoryWorld; writes: string[] }> {
  const world = await createMemoryWorld()
  const { solver, txt } = world
  const { present, cleanUp } = solver
  const writes: string[] = []
  Object.assign(solver, {
    capacity: async () => ({ key: 'account', most }),
    async present(...given) {
      const [records] = given
      const there = new Set([...txt.values()].flat())
      for (const { value } of records) there.add(value)
      if (there.size > most) throw new Failure('CONFLICT', 'another value would be lost')
      writes.push(`${records.length} written`)
      await present(...given)
    },
    async cleanUp(records) {
      writes.push(`${records.length} removed`)
      await cleanUp(records)
    },
  } satisfies Partial<ChallengeSolver>)
  return { world, writes }
}

test.each([
  [1, ['1 written', '1 removed', '1 written', '1 removed']],
  [2, ['2 written', '2 removed']],
])('F-28: that has room for %i has a name and its wildcard validated in as many turns', async (most, expected) => {
  const { world, writes } = await holding(most)
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  expect(writes).toEqual(expected)
  expect([...world.txt.values()].flat()).toEqual([])
})

test('a run that is cut short between two turns is carried on by the next, and leaves nothing', async () => {
  const { world, writes } = await holding(1)
  const { present } = world.solver
  let turns = 0
  world.solver.present = async (...given) => {
    turns += 1
    if (turns === 2) throw new Failure('OUT_OF_TIME', 'no time is left')
    return present(...given)
  }
  expect(await world.run()).toMatchObject({ result: 'waiting' })
  expect(writes).toEqual(['1 written', '1 removed'])
  expect([...world.txt.values()].flat()).toEqual([])
  world.pass(60_000)
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  const document = parseDocument('shop', (await world.state.read(documentKey('shop')))?.document)
  expect(document.challengeRecords).toEqual([])
})
