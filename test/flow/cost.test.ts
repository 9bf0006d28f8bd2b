/** What a run costs in calls to the stores. */
import { expect, test } from 'vitest'
import { runIn } from '../../lib/run.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const HOUR = 3_600_000

/** The same world, whose calls to the stores are counted by name. */
function counted(world: MemoryWorld) {
  const calls: Record<string, number> = {}
  const counting = <Port extends object>(port: Port, where: string): Port =>
    new Proxy(port, {
      get(_, method) {
        const own: unknown = Reflect.get(port, method)
        if (typeof own !== 'function') return own
        const name = `${where} ${String(method)}`
        return (...given: readonly unknown[]) => {
          calls[name] = (calls[name] ?? 0) + 1
          return own.apply(port, given)
        }
      },
    })
  const state = counting(world.state, 'state')
  const secrets = counting(world.secrets, 'secrets')
  return { calls, world: { ...world, state, secrets } }
}

const SCHEDULED = { force: false, dryRun: false, fullScan: false }

test('with nothing due is one listing', async () => {
  const world = await createMemoryWorld()
  await runIn({ certificates: [world.spec] }, SCHEDULED, world)
  const { calls, world: outside } = counted(world)
  const report = await runIn({ certificates: [world.spec] }, SCHEDULED, outside)
  expect([report.ok, report.certificates]).toEqual([true, []])
  expect(calls).toEqual({ 'state list': 1 })
})

test('of a certificate that is fresh reads its document and its secret once, and writes nothing where there is no news', async () => {
  const world = await createMemoryWorld()
  await world.run()
  world.pass(HOUR)
  await world.run()
  const { calls, world: outside } = counted(world)
  const report = await runIn({ certificates: [world.spec] }, { ...SCHEDULED, only: ['shop'] }, outside)
  expect(report.certificates).toMatchObject([{ result: 'kept' }])
  expect(calls).toEqual({ 'state list': 1, 'state read': 1, 'secrets read': 2 })
})

test('removes the marker of a certificate that was due once, whoever has it on a list', async () => {
  const world = await createMemoryWorld()
  await runIn({ certificates: [world.spec] }, SCHEDULED, world)
  world.pass(2 * HOUR)
  const { calls, world: outside } = counted(world)
  expect((await runIn({ certificates: [world.spec] }, SCHEDULED, outside)).certificates).toHaveLength(1)
  expect(calls['state remove']).toBe(1)
  expect(await world.state.list('wake/2')).toHaveLength(1)
})

test('of a certificate that is renewed takes the lease with one write, and gives it back with another', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const { calls, world: outside } = counted(world)
  const before = (await world.state.read('certificate/shop'))?.document as { fence: number }
  await runIn({ certificates: [world.spec] }, { ...SCHEDULED, only: ['shop'], force: true }, outside)
  const after = (await world.state.read('certificate/shop'))?.document as { fence: number; lease?: unknown }
  expect([after.fence - before.fence, after.lease]).toEqual([1, undefined])
  expect(calls['state read']).toBe(1)
})

test('of a certificate that is renewed writes its document six times, and seven times for as many targets as there are', async () => {
  const writesFor = async (targets: number) => {
    const world = await createMemoryWorld()
    const [target] = world.spec.targets
    if (target === undefined) throw new Error('it has a target')
    const spec = {
      ...world.spec,
      targets: Array.from({ length: targets }, (_, index) => ({ ...target, id: `fr/${index}`, name: `fr/${index}` })),
    }
    const { calls, world: outside } = counted(world)
    const report = await runIn({ certificates: [spec] }, { ...SCHEDULED, only: ['shop'] }, outside)
    expect(report.certificates).toMatchObject([{ result: 'renewed' }])
    const [marker] = await world.state.list('wake/2')
    return (calls['state write'] ?? 0) - (marker === undefined ? 0 : 1)
  }
  // the lock, the order, TXT values, names of objects, the current one, the end
  expect([await writesFor(1), await writesFor(2), await writesFor(100)]).toEqual([6, 7, 7])
})

test('asks no provider for its zone and no authority what it offers but for a plan, or where something is ordered', async () => {
  const world = await createMemoryWorld()
  const asked: string[] = []
  const solver = { ...world.solver, check: async () => void asked.push('zone') }
  const authorities = { ca: { ...world.authority, check: async () => void asked.push('directory') } }
  const run = (request: object) =>
    runIn({ certificates: [world.spec] }, { ...SCHEDULED, ...request }, { ...world, solver, authorities })
  await run({})
  expect(asked.splice(0)).toEqual(['zone'])
  for (const request of [{}, { only: ['shop'] }, { fullScan: true }]) await run(request)
  expect(asked).toEqual([])
  await run({ dryRun: true, fullScan: true })
  expect(asked.sort()).toEqual(['directory', 'zone'])
})
