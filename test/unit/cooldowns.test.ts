import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { withCooldowns } from '../../lib/observe/cooldowns.ts'
import { after, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import { balancerCalled, cooldownIn, withCooldowns as noted, together } from '../../lib/policy/cooldowns.ts'
import { emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

const limited = (until: Date | undefined) => new Failure('RATE_LIMITED', 'not now', { retryAfter: until })
const record = { name: '_acme-challenge.shop.example', zone: 'shop.example', provider: 'main', value: 'one' }
const target = { frontend: 'edge' }

async function asked(trouble: (now: Date) => Failure) {
  const calls: string[] = []
  const memory = await createMemoryWorld()
  const refuse = (who: string) => async () => {
    calls.push(who)
    throw trouble(memory.clock.now())
  }
  const solver = { ...memory.solver, present: refuse('present'), cleanUp: refuse('clean up') }
  const fr = { ...memory.balancers.fr, inspect: refuse('inspect'), deleteUnused: refuse('delete') }
  const { deps: world } = withCooldowns(
    { ...memory, solver, balancers: { ...memory.balancers, fr } } as typeof memory,
    {},
  )
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: Failure) => error.code,
    )
  return { world, calls, code, now: memory.clock.now, pass: memory.pass }
}

test('F-22 DNS that asks for patience is not written to before its time, in any way', async () => {
  const { world, calls, code, pass } = await asked((now) => limited(after(now, HOUR)))
  expect(await code(world.solver.present([record]))).toBe('RATE_LIMITED')
  expect(await code(world.solver.cleanUp([record]))).toBe('RATE_LIMITED')
  expect(await code(world.solver.locate(['shop.example']))).toBe('done')
  expect(calls).toEqual(['present'])
  pass(HOUR)
  expect(await code(world.solver.cleanUp([record]))).toBe('RATE_LIMITED')
  expect(calls).toEqual(['present', 'clean up'])
})

test('F-74 a balancer that asks for patience is left alone, and another one is not', async () => {
  const { world, calls, code } = await asked((now) => limited(after(now, HOUR)))
  expect(await code(world.balancers.fr?.inspect(target, undefined) ?? Promise.resolve())).toBe('RATE_LIMITED')
  expect(await code(world.balancers.fr?.deleteUnused(target, []) ?? Promise.resolve())).toBe('RATE_LIMITED')
  expect(await code(world.balancers.us?.inspect(target, undefined) ?? Promise.resolve())).toBe('done')
  expect(calls).toEqual(['inspect'])
})

test('trouble without a time asks for no patience', async () => {
  for (const trouble of [limited(undefined), new Failure('UNAVAILABLE', 'broken')]) {
    const { world, calls, code } = await asked(() => trouble)
    expect(await code(world.solver.present([record]))).toBe(trouble.code)
    expect(await code(world.solver.present([record]))).toBe(trouble.code)
    expect(calls).toHaveLength(2)
  }
})

test('what was asked for is remembered as long as it lasts, and a later run hears of it', () => {
  const now = new Date('2026-11-22T06:00:00Z')
  const fr = balancerCalled('fr')
  const cooldowns = together({ dns: after(now, -MINUTE) }, cooldownIn(fr, limited(after(now, HOUR))))
  const document = noted(emptyDocument, cooldowns, now)
  expect(document.cooldowns).toEqual({ 'balancers/fr': after(now, HOUR) })
  expect(parseDocument('certificate/shop', JSON.parse(JSON.stringify(document)))).toEqual(document)
  expect(noted(document, cooldowns, after(now, HOUR))).toEqual(emptyDocument)
})

test('of two moments that the same one named the later counts', () => {
  const now = new Date('2026-11-22T06:00:00Z')
  const [soon, late] = [{ dns: after(now, MINUTE) }, { dns: after(now, HOUR) }]
  expect([together(soon, late), together(late, soon)]).toEqual([late, late])
})
