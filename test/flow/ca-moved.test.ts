import { expect, test } from 'vitest'
import { problem } from '../support/rewriting-proxy.ts'
import { rewrittenCa, wireWorld } from '../support/wire-world.ts'

test('an order that is open at one CA is not looked for at the next one of the same name', async () => {
  const { run, moveTo, clock, lookUp } = await wireWorld({
    instead: ({ path }) => (path.endsWith('/finalize') ? problem(500, 'serverInternal') : undefined),
  })
  await expect(run()).resolves.toMatchObject({ error: { code: 'ACME_SERVER' } })
  const next = await rewrittenCa({}, { clock, ...lookUp })
  moveTo(next)
  await expect(run({}, { configHash: 'two' })).resolves.toMatchObject({ result: 'renewed', error: undefined })
  expect(next.ca.ledger.certificates).toHaveLength(1)
})
