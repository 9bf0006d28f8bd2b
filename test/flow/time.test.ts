import { expect, test } from 'vitest'
import { requireTime } from '../../lib/platform/deadline.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import type { Outcome } from '../../lib/types.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

const RUNS = 1_000
const LONGEST_CALL = 3_000
const EFFECTS = /^(newOrder|answer|finalize|present|cleanUp|stage|promote|write|remove|swap|retire)$/

/** A port whose every call takes some time; like the real ones it begins nothing when there is none left. */
const slow = <Port extends object>(port: Port, take: (call: string) => void): Port =>
  new Proxy(port, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        take(String(name))
        return method.apply(target, args)
      }
    },
  })

test('F-04: of a thousand runs, whatever time they are given, none is cut off in the middle of an effect, and what is to be done gets done', async () => {
  const memory = await createMemoryWorld()
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const { clock } = memory
  const results = new Map<Outcome['result'], number>()
  const cutOff: string[] = []

  for (let run = 0; run < RUNS; run++) {
    const until = clock.now().getTime() + Math.floor(random() * 400_000)
    const timeLeft = () => Math.max(0, until - clock.now().getTime())
    const take = (call: string) => {
      requireTime(timeLeft, 1)
      const needed = Math.floor(random() * LONGEST_CALL)
      if (needed > timeLeft() && EFFECTS.test(call)) cutOff.push(call)
      memory.pass(Math.min(needed, timeLeft()))
    }
    const all = <Port extends object>(ports: Readonly<Record<string, Port>>) =>
      Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, slow(port, take)]))
    const world: Dependencies = {
      ...memory,
      authorities: all(memory.authorities),
      solver: slow(memory.solver, take),
      secrets: slow(memory.secrets, take),
      state: slow(memory.state, take),
      balancers: all(memory.balancers),
      probe: slow(memory.probe, take),
      timeLeft,
    }
    const request = { force: run % 4 === 0, dryRun: false, fullScan: true }
    const [outcome] = await renewAll([shop], request, world)
    const { result = 'failed' } = outcome ?? {}
    results.set(result, (results.get(result) ?? 0) + 1)
    memory.pass(16 * 3_600_000)
  }

  expect(cutOff).toEqual([])
  expect([...results.keys()].sort()).toEqual(['deployed', 'kept', 'renewed', 'waiting'])
  expect(results.get('renewed')).toBeGreaterThan(RUNS / 10)
}, 120_000)
