import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { after, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import { emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { patient, waitsIn, withWaits } from '../../lib/state/patience.ts'
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
  const fr = { ...memory.balancers.fr, look: refuse('look'), retire: refuse('retire') }
  const waits = waitsIn({})
  const world = patient({ ...memory, solver, balancers: { ...memory.balancers, fr } } as typeof memory, waits)
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: Failure) => error.code,
    )
  return { world, waits, calls, code, now: memory.clock.now, pass: memory.pass }
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
  expect(await code(world.balancers.fr?.look(target, undefined) ?? Promise.resolve())).toBe('RATE_LIMITED')
  expect(await code(world.balancers.fr?.retire(target, []) ?? Promise.resolve())).toBe('RATE_LIMITED')
  expect(await code(world.balancers.us?.look(target, undefined) ?? Promise.resolve())).toBe('done')
  expect(calls).toEqual(['look'])
})

test('trouble without a time asks for no patience', async () => {
  for (const trouble of [limited(undefined), new Failure('UNAVAILABLE', 'broken')]) {
    const { world, calls, code } = await asked(() => trouble)
    expect(await code(world.solver.present([record]))).toBe(trouble.code)
    expect(await code(world.solver.present([record]))).toBe(trouble.code)
    expect(calls).toHaveLength(2)
  }
})

test('what was asked for is remembered as long as it lasts, and a later run hears of it', async () => {
  const now = new Date('2026-11-22T06:00:00Z')
  const fr = { id: 'fr/edge', name: 'fr/edge', balancer: 'fr', listener: target }
  const waits = waitsIn({ waits: { dns: after(now, -MINUTE) } }, [fr], {
    'fr/edge': { error: limited(after(now, HOUR)) },
  })
  const document = withWaits(emptyDocument, waits, now)
  expect(document.waits).toEqual({ 'balancers/fr': after(now, HOUR) })
  expect(waitsIn(parseDocument('certificate/shop', JSON.parse(JSON.stringify(document))))).toEqual(
    new Map([['balancers/fr', after(now, HOUR)]]),
  )
  expect(withWaits(document, waits, after(now, HOUR))).toEqual(emptyDocument)
})
