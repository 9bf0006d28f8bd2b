/** Zones that the world sees as they were when they were published last. */
import { expect, test } from 'vitest'
import { wireWorld } from '../support/wire-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

test.each([
  ['60 minutes', 60, 45, 15],
  ['60 minutes, shortly after the first look', 60, 2, 60],
  ['240 minutes', 240, 205, 60],
  ['night', 1_440, 700, 60],
])(
  'F-23: a zone that is published every %s is passed after one publication, by one order',
  async (_, every, first, schedule) => {
    const [period, offset] = [every * MINUTE, (every - first) * MINUTE]
    const world = await wireWorld({ lag: (since) => 1 + ((since + offset) % period) })
    const began = world.clock.now().getTime()
    const elapsed = () => world.clock.now().getTime() - began
    let outcome = await world.run()
    const values = () => world.zones.list('shop.test').filter(({ type }) => type === 'TXT').length
    while (outcome.result !== 'renewed' && elapsed() < period + HOUR) {
      expect([outcome.error?.code, values()]).toEqual(['DNS_NOT_PROPAGATED', 2])
      expect(outcome.health.conditions.map(({ code }) => code)).not.toContain('CLEAN_UP_FAILED')
      world.clock.pass(schedule * MINUTE)
      outcome = await world.run({ attended: false })
    }
    expect(outcome.result).toBe('renewed')
    expect(elapsed()).toBeLessThan((first + schedule + 30) * MINUTE)
    expect([world.ca.ledger.orders.length, values()]).toEqual([1, 0])
    expect((await world.document()).challengeRecords).toEqual([])
  },
)
