import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../lib/config/load.ts'
import type { RunEvent } from '../../lib/events.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { run } from '../../lib/run.ts'
import type { RunRequest } from '../../lib/types.ts'
import type { Lie } from '../../sandbox/lies.ts'
import { practiceWorld, seenAt } from '../support/practice-world.ts'

const DAY = 86_400_000

let practice: Awaited<ReturnType<typeof practiceWorld>>
let offset = 0
/** A time of its own, for the authority too: waits take a hundredth, so that two minutes of patience are over in a second. */
const clock = {
  now: () => new Date(Date.now() + offset),
  sleep: async (milliseconds: number) => {
    offset += milliseconds
    await pause(milliseconds / 100)
  },
}
const events: RunEvent[] = []

beforeAll(async () => {
  practice = await practiceWorld({ ca: { clock } })
  await partnerFirst()
  expect((await renew({})).certificates[0]).toMatchObject({ result: 'renewed', targets: { 'fr/edge/https': verified } })
})
afterAll(() => practice.close())

const verified = { state: 'verified' }

/** So that ours is not the first of the list. */
async function partnerFirst() {
  const { world, scaleway } = practice
  const [frontend] = world.memory.scaleway.frontends
  const [lb] = world.memory.scaleway.lbs
  const base = `/lb/v1/zones/fr-par-1`
  const { body } = await scaleway.call('GET', `${base}/frontends/${frontend?.id}`)
  const { name, inbound_port, backend, timeout_client, connection_rate_limit, enable_access_logs, enable_http3 } = body
  const settings = { name, inbound_port, timeout_client, connection_rate_limit, enable_access_logs, enable_http3 }
  const answer = await scaleway.call('PUT', `${base}/frontends/${frontend?.id}`, {
    ...{ ...settings, backend_id: backend.id, certificate_ids: [...body.certificate_ids].reverse() },
  })
  expect([answer.status, lb?.name]).toEqual([200, 'edge'])
}

async function renew(request: Partial<RunRequest>) {
  const until = clock.now().getTime() + 3_600_000
  const timeLeft = () => until - clock.now().getTime()
  const whole: RunRequest = { only: ['shop'], force: false, dryRun: false, fullScan: false, ...request }
  const log = createLog(silent, clock)
  const config = await loadConfig(practice.world.configuration)
  const hear = [(event: RunEvent) => events.push(event)]
  return run(config, whole, { env: practice.world.env, clock, log, events: hear, random: Math.random, timeLeft })
}

const served = async () => [...new Set(await seenAt(practice.world.sites.edge, 'shop.example'))]

test.each<[Lie, number]>([
  ['stale', 0],
  ['firstInList', 0],
  ['half', 0],
  ['secondAddress', 0],
  ['wrongName', 0],
  ['rolledBack', 30],
  ['dropsChain', 0],
])(
  'F-76: a balancer that says yes and lies (%s) is found out in the same run, and given the earlier certificate back',
  async (lie, afterMs) => {
    const before = await served()
    const { misbehave, addresses } = practice.world.sites.edge.listener()
    // Without a second address there is nothing to be found at it.
    if (lie === 'secondAddress' && addresses.length < 2) return expect(addresses).toEqual(['127.0.0.1'])
    const end = misbehave(lie, { afterMs })
    offset += 3 * DAY
    const [outcome] = (await renew({ force: true })).certificates
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(events.filter((event) => 'step' in event && event.step === 'roll back').at(-1)?.kind).toBe('step-done')
    end()
    expect(await served()).toEqual(before)

    // The pending certificate needs no other order once the balancer tells the truth.
    const orders = practice.world.ca.ledger.orders.length
    const [mended] = (await renew({})).certificates
    expect(mended).toMatchObject({ result: 'deployed', decision: { reason: 'pending' } })
    expect(await served()).toEqual([mended?.certificate?.fingerprint])
    expect(practice.world.ca.ledger.orders).toHaveLength(orders)
  },
)

test('F-76: a balancer that is late (lag) is waited for, and counts only from then on', async () => {
  const end = practice.world.sites.edge.listener().misbehave('lag', { afterMs: 300 })
  offset += 3 * DAY
  const [outcome] = (await renew({ force: true })).certificates
  expect(outcome).toMatchObject({ result: 'renewed', targets: { 'fr/edge/https': verified } })
  expect(await served()).toEqual([outcome?.certificate?.fingerprint])
  end()
})

test('a balancer that begins to show something else although its API says otherwise is found by the next look', async () => {
  const end = practice.world.sites.edge.listener().misbehave('firstInList')
  offset += DAY
  const [outcome] = (await renew({ only: ['shop'] })).certificates
  expect(outcome).toMatchObject({ result: 'failed', decision: { reason: 'drift' }, error: { code: 'VERIFY_FAILED' } })
  end()
  expect((await renew({})).certificates[0]).toMatchObject({ decision: { reason: 'superseded' }, error: undefined })
  expect((await renew({})).certificates[0]).toMatchObject({ result: 'kept' })
})
