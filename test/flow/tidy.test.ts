import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { runIn } from '../../lib/run.ts'
import type { RunRequest } from '../../lib/types.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

const SCHEDULED = { force: false, dryRun: false, fullScan: false }

/** How often a run with this request has the secrets store tidied up, and what it says of the run. */
async function tidied(...requests: Partial<RunRequest>[]) {
  const world = await createMemoryWorld()
  const tidy: Partial<RunRequest>[] = []
  for (const request of requests) {
    const secrets = { ...world.secrets, tidy: async () => void tidy.push(request) }
    await runIn({ certificates: [world.spec] }, { ...SCHEDULED, ...request }, { ...world, secrets })
  }
  return tidy
}

test('a run that looks at everything tidies the secrets store up: each by hand or under cron, of a schedule one a day', async () => {
  const byHand = { fullScan: true }
  expect(await tidied(byHand, byHand)).toEqual([byHand, byHand])
  expect(await tidied({}, {}, {})).toEqual([{}])
})

test('a dry run removes nothing, nor does one that looks at those who were named', async () => {
  expect(await tidied({ fullScan: true, dryRun: true }, { only: ['shop'] })).toEqual([])
})

test('a run is as good as it was where the secrets store cannot be tidied up', async () => {
  const world = await createMemoryWorld()
  const tidy = () => Promise.reject(new Failure('UNAVAILABLE', 'not now'))
  const secrets = { ...world.secrets, tidy }
  const report = await runIn({ certificates: [world.spec] }, { ...SCHEDULED, fullScan: true }, { ...world, secrets })
  expect(report).toMatchObject({ ok: true, certificates: [{ result: 'renewed' }] })
})
