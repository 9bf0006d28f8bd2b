/** What a run costs in calls to the stores. */
import { expect, test } from 'vitest'
import type { Queued } from '../../lib/ports.ts'
import { enqueueDueIn, runIn } from '../../lib/run.ts'
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

/** A certificate to look at, of which an earlier run has left two markers, as the schedule gives it away. */
async function givenAway() {
  const world = await createMemoryWorld()
  await runIn({ certificates: [world.spec] }, SCHEDULED, world)
  await world.state.write('wake/2026-11-22T05:00:00.000Z/shop', {}, undefined)
  await world.state.write('wake/0000-unhealthy/shop/DRIFT', {}, undefined)
  world.pass(7 * HOUR)
  const given: Queued[] = []
  await enqueueDueIn({ certificates: [world.spec] }, world, async (all) => void given.push(...all))
  const [{ id, markers } = { id: '', markers: [] }] = given
  return { ...counted(world), request: { ...SCHEDULED, only: [id], attended: false }, markers, state: world.state }
}

test('of a worker that was given a certificate lists nothing, and leaves none of the markers that it was given', async () => {
  const { calls, world, request, markers, state } = await givenAway()
  expect(markers).toHaveLength(3)
  const { certificates } = await runIn({ certificates: [world.spec] }, { ...request, markers }, world)
  expect(certificates).toMatchObject([{ id: 'shop', error: undefined }])
  expect(Object.keys(calls).filter((call) => /list/.test(call))).toEqual([])
  const left = (await state.list('wake/')).filter((key) => key.includes('/shop'))
  expect(left).toHaveLength(1)
  expect(markers).not.toContain(left[0])
})

test('of a worker that was given an id alone lists the markers once', async () => {
  const { calls, world, request, markers, state } = await givenAway()
  await runIn({ certificates: [world.spec] }, request, world)
  expect(calls['state list']).toBe(1)
  for (const each of markers) expect(await state.list(each)).toEqual([])
})

test('of a worker touches no marker of a certificate that it was not asked for, whatever a message says', async () => {
  const { world, request, markers, state } = await givenAway()
  const others = ['wake/2026-11-22T05:00:00.000Z/blog', 'wake/0000-unhealthy/blog/DRIFT', 'certificate/blog']
  for (const each of others) await state.write(each, {}, undefined)
  await runIn({ certificates: [world.spec] }, { ...request, markers: [...markers, ...others] }, world)
  for (const each of others) expect(await state.list(each)).toEqual([each])
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
