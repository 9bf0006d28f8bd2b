import { describe, expect, test } from 'vitest'
import { rememberedOf } from '../../lib/report/remembered.ts'
import { documentKey } from '../../lib/state/document.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

/** A certificate that was issued, brought to both targets, and looked at again. */
async function renewed() {
  const world = await createMemoryWorld()
  await world.run()
  await world.run({ fullScan: true })
  return { world }
}

describe('what is remembered of a certificate', () => {
  test('is its health as the last look found it, and asks nobody', async () => {
    const { world } = await renewed()
    const nobody = { environment: 'test', clock: world.clock, state: world.state }
    expect(await rememberedOf([shop], nobody)).toMatchObject([
      { spec: shop, error: undefined, health: { healthy: true }, document: { current: { authority: 'ca' } } },
    ])
  })

  test.each<[days: number, code: string]>([
    [1, 'OVERDUE'],
    [120, 'EXPIRED'],
  ])('is not healthy %s days after the schedule has stopped: %s', async (days, code) => {
    const { world } = await renewed()
    world.pass(days * 86_400_000 + 62 * 86_400_000)
    const [{ health } = { health: undefined }] = await rememberedOf([shop], world)
    expect(health?.healthy).toBe(false)
    expect(health?.conditions.map((condition) => condition.code)).toContain(code)
  })

  test('is not healthy where a target was never seen, or was given none, and healthy where that is as configured', async () => {
    const { world } = await renewed()
    const added = { id: 'us/other', name: 'us/other', balancer: 'us', listener: { frontend: 'other' } }
    const health = async (targets: typeof shop.targets) => {
      const [one] = await rememberedOf([{ ...shop, targets }], world)
      return one?.health
    }
    expect(await health([...shop.targets, added])).toMatchObject({
      healthy: false,
      conditions: [{ code: 'UNVERIFIED' }],
    })
    expect(await health([...shop.targets, { ...added, private: true }])).toMatchObject({ healthy: true })
    expect(await health(shop.targets.slice(0, 1))).toMatchObject({ healthy: true, conditions: [] })
  })

  test('is nothing yet of a certificate that is new, and why of one whose document is damaged; neither hides the others', async () => {
    const { world } = await renewed()
    await world.state.write(documentKey('damaged'), { v: 2, fence: 'one' }, undefined)
    const named = (id: string) => ({ ...shop, id })
    const all = await rememberedOf([named('new'), named('damaged'), shop], world)
    expect(all).toMatchObject([
      { health: { healthy: false, conditions: [{ code: 'NO_CERTIFICATE' }] }, error: undefined },
      { health: { healthy: false }, document: undefined, error: { code: 'STORE_UNREADABLE' } },
      { health: { healthy: true } },
    ])
  })

  test('is not told of what another environment remembers', async () => {
    const { world } = await renewed()
    const [one] = await rememberedOf([shop], { ...world, environment: 'other' })
    expect(one).toMatchObject({ error: { code: 'STORE_FOREIGN' }, document: undefined })
  })
})
