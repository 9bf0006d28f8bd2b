import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { withCooldowns } from '../../lib/observe/cooldowns.ts'
import { after, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import {
  balancerCalled,
  cooldownIn,
  cooldownOf,
  cooldownsIn,
  withCooldowns as noted,
  together,
} from '../../lib/policy/cooldowns.ts'
import type { ChallengeSolver, LoadBalancer } from '../../lib/ports.ts'
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

describe('an authority', () => {
  const now = new Date('2026-11-22T06:00:00Z')
  const later = (ms: number) => new Date(now.getTime() + ms)
  const [soon, late] = [later(HOUR), later(2 * HOUR)]
  const failed = (code: string, notBefore: Date) => ({
    ...{ count: 1, code, message: 'x', at: now, notBefore, configHash: 'one' },
  })

  test.each([
    [{ 'authorities/https://ca.example': soon }, { authority: 'ca', directory: 'https://ca.example' }, soon],
    [{ 'authorities/https://ca.example': soon }, { authority: 'renamed', directory: 'https://ca.example' }, soon],
    [{ 'authorities/https://ca.example': soon }, { authority: 'ca', directory: 'https://other.example' }, undefined],
    [{ 'authorities/ca': soon }, { authority: 'ca' }, soon],
    [{ 'authorities/ca': now }, { authority: 'ca' }, undefined],
    [{ 'authorities/ca': later(1) }, { authority: 'ca' }, later(1)],
    [{}, { authority: 'ca' }, undefined],
  ])('of the patience %j: %j is left alone until %s', (cooldowns, issuer, until) => {
    expect(cooldownOf({ ...emptyDocument, cooldowns }, issuer, now)).toEqual(until)
  })

  test('that nobody has asked for patience may be asked', () => {
    expect(cooldownOf(emptyDocument, { authority: 'ca' }, now)).toBeUndefined()
  })

  test('whose failure asks for patience is left alone until the later of its moments', () => {
    const issuers = [{ authority: 'ca', directory: 'https://ca.example' }, { authority: 'other' }]
    const limited = (issue: Date, expand: Date) => ({
      authorities: {
        ca: { issue: failed('ACME_RATE_LIMITED', issue), expand: failed('ACME_RATE_LIMITED', expand) },
        other: { issue: failed('ACME_SERVER', late) },
      },
    })
    for (const failures of [limited(soon, late), limited(late, soon)])
      expect(cooldownsIn(failures, issuers)).toEqual({ 'authorities/https://ca.example': late })
    expect(cooldownsIn({ authorities: { other: { expand: failed('RATE_LIMITED', soon) } } }, issuers)).toEqual({
      'authorities/other': soon,
    })
    expect(cooldownsIn({}, issuers)).toEqual({})
  })
})

test('what fails without a word about patience leaves nobody alone', () => {
  const busy = new Failure('UNAVAILABLE', 'busy', { retryAfter: new Date(0) })
  const failures = [new Error('RATE_LIMITED'), undefined, limited(undefined), new Failure('DENIED', 'no'), busy]
  for (const error of failures) expect(cooldownIn('dns', error)).toEqual({})
})

test('every call of a load balancer keeps to what it has asked for, and is handed on with what it was given', async () => {
  const calls: unknown[][] = []
  const memory = await createMemoryWorld()
  const note =
    (name: string) =>
    async (...given: unknown[]) => {
      calls.push([name, ...given])
      return name
    }
  const names = ['inspect', 'swap', 'deleteUnused', 'deleteById', 'attachFirst', 'detach', 'list'] as const
  const fr = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as LoadBalancer
  const { fr: asked } = withCooldowns({ ...memory, balancers: { fr } }, {}).deps.balancers
  const deployment = { name: 'x', certificate: {} } as never
  await asked?.inspect(target, deployment, ['keep'])
  await asked?.swap(target, deployment, ['keep'])
  await asked?.deleteUnused(target, ['old'])
  await asked?.deleteById(target, 'one')
  await asked?.attachFirst(target, deployment, true)
  await asked?.detach(target, 'x')
  await asked?.list(target)
  expect(calls).toEqual([
    ['inspect', target, deployment, ['keep']],
    ['swap', target, deployment, ['keep']],
    ['deleteUnused', target, ['old']],
    ['deleteById', target, 'one'],
    ['attachFirst', target, deployment, true],
    ['detach', target, 'x'],
    ['list', target],
  ])
  const until = after(memory.clock.now(), HOUR)
  const held = withCooldowns({ ...memory, balancers: { fr } }, { 'balancers/fr': until })
  const { fr: alone } = held.deps.balancers
  const all = [
    () => alone?.inspect(target, deployment),
    () => alone?.swap(target, deployment, []),
    () => alone?.deleteUnused(target, []),
    () => alone?.deleteById(target, 'one'),
    () => alone?.attachFirst(target, deployment),
    () => alone?.detach(target, 'x'),
    () => alone?.list(target),
  ]
  for (const call of all)
    await expect(call()).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: until,
      fields: { who: 'balancers/fr' },
    })
  expect(calls).toHaveLength(7)
  expect(held.heard()).toEqual({ 'balancers/fr': until })
})

test('who asked for patience is noted under the names of the state document', async () => {
  const memory = await createMemoryWorld()
  const until = after(memory.clock.now(), HOUR)
  const cleanUp: ChallengeSolver['cleanUp'] = () => Promise.reject(limited(until))
  const held = withCooldowns({ ...memory, solver: { ...memory.solver, cleanUp } }, {})
  await expect(held.deps.solver.cleanUp([record])).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(held.heard()).toEqual({ dns: until })
  await expect(held.deps.solver.present([record])).rejects.toMatchObject({ fields: { who: 'dns' }, retryAfter: until })
})

test('who a TXT value belongs to is asked of nobody who may want to be left alone', async () => {
  const memory = await createMemoryWorld()
  const { deps } = withCooldowns(memory, { dns: after(memory.clock.now(), HOUR) })
  expect(await deps.solver.assigned(record)).toEqual(record)
})
