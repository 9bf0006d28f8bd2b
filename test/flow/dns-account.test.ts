/** TXT values below the label of an account, which is known once there is an account. */
import { expect, test, vi } from 'vitest'
import { planIn } from '../../lib/run.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const LABEL = '_ujmmovf2vn55tgye._acme-challenge'
const request = { force: false, dryRun: false, fullScan: true }

/** As an authority does that registers its account with the first order. */
function registers({ authority }: MemoryWorld) {
  const { newOrder } = authority
  authority.newOrder = (wanted) => {
    authority.label = LABEL
    return newOrder(wanted)
  }
}

test('the first order looks for a zone before there is an account, and the values go below its label', async () => {
  const world = await createMemoryWorld()
  registers(world)
  const locate = vi.spyOn(world.solver, 'locate')
  const present = vi.spyOn(world.solver, 'present')
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  expect(locate.mock.calls.map(([, label]) => label)).toEqual(['_acme-challenge', LABEL])
  const names = present.mock.calls.flatMap(([records]) => records.map(({ name }) => name))
  expect(names).toEqual([`${LABEL}.shop.example`, `${LABEL}.shop.example`])
  expect(world.txt.size).toBe(0)
})

test('where there is an account, its label alone is looked for, by a plan too', async () => {
  const world = await createMemoryWorld()
  world.authority.label = LABEL
  const locate = vi.spyOn(world.solver, 'locate')
  await planIn({ certificates: [world.spec] }, request, world)
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  expect(locate.mock.calls.map(([, label]) => label)).toEqual([LABEL, LABEL])
})

test('a plan looks for a name at each authority’s own label', async () => {
  const world = await createMemoryWorld()
  const other = { ...world.authority, challengeLabel: async () => LABEL }
  const locate = vi.spyOn(world.solver, 'locate')
  const both = { ...world.spec, authorities: ['ca', 'other'] as const }
  const authorities = { ca: world.authority, other }
  const { obstacles } = await planIn({ certificates: [both] }, request, { ...world, authorities })
  expect(obstacles).toEqual([])
  expect(locate.mock.calls).toEqual([
    [['shop.example'], '_acme-challenge'],
    [['shop.example'], LABEL],
  ])
})

test('an account that cannot be read keeps a plan from no zone', async () => {
  const world = await createMemoryWorld()
  world.authority.challengeLabel = () => Promise.reject(new Error('canary-token'))
  const { obstacles } = await planIn({ certificates: [world.spec] }, request, world)
  expect(obstacles).toEqual([])
})
