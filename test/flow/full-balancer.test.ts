import { expect, test } from 'vitest'
import { HOUR } from '../../lib/platform/clock.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

/** A world whose balancer `fr` remembers what each swap told it to keep. */
async function watched() {
  const told: (readonly string[])[] = []
  const world: MemoryWorld = await createMemoryWorld()
  const swap: LoadBalancer['swap'] = world.fr.swap
  world.fr.swap = (listener, deployment, keep = []) => {
    told.push(keep)
    return swap(listener, deployment, keep)
  }
  return { world, told }
}

test('F-7A what may have to be put back is named to the balancer with every swap, until its grace is over', async () => {
  const { world, told } = await watched()
  const names: string[] = []
  const renewed = async () => {
    expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
    names.push(world.fr.bound ?? '')
    return told.at(-1)
  }
  expect(await renewed()).toEqual([names[0]])
  expect(await renewed()).toEqual([names[0], names[1]])
  world.pass(25 * HOUR)
  expect(await renewed()).toEqual([names[1], names[2]])
})
