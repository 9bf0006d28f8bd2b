import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Config, parseConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import type { Http } from '../../lib/platform/http.ts'
import { createLog, jsonLines } from '../../lib/platform/log.ts'
import type { Stage } from '../../lib/ports.ts'
import { run } from '../../lib/run.ts'
import { decode } from '../../lib/secrets/codec.ts'
import type { RunRequest } from '../../lib/types.ts'
import { leaksIn } from '../support/leaks.ts'
import { httpTo, openScalewaySecrets } from '../support/practice-secrets.ts'
import { practiceWorld, seenAt } from '../support/practice-world.ts'

/** Of the configuration as the sandbox wrote it; tests that begin anew have another one. */
const ENVIRONMENT = 'cloud'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let http: Http
let logged = ''
beforeAll(async () => {
  practice = await practiceWorld({ ca: { clock } })
  http = httpTo(practice.world)
})
afterAll(async () => {
  await http.close()
  await practice.close()
  expect(leaksIn(logged)).toEqual([])
})

async function configured(environment = ENVIRONMENT, change = (text: string) => text): Promise<Config> {
  const { world, folder } = practice
  const text = (await readFile(world.cloudConfiguration, 'utf8')).replace(`: ${ENVIRONMENT}\n`, `: ${environment}\n`)
  return parseConfig(change(text), { folder, file: 'scaleway.yaml' })
}

/** Here and at the authority, some days from now. */
let days = 0
const clock = { ...systemClock, now: () => new Date(Date.now() + days * 86_400_000) }

/** A run as a function at Scaleway would be: it remembers nothing of an earlier one. */
function runOnce(config: Config, request: Partial<RunRequest> = {}) {
  const until = Date.now() + 300_000
  const log = createLog(
    jsonLines((line) => {
      logged += line
    }),
    clock,
  )
  return run(
    config,
    { force: false, dryRun: false, fullScan: false, ...request },
    { env: practice.world.env, clock, log, random: Math.random, timeLeft: () => until - Date.now() },
  )
}

const results = async (running: ReturnType<typeof runOnce>) =>
  Object.fromEntries((await running).certificates.map(({ id, result }) => [id, result]))

const orders = () => practice.world.ca.ledger.orders.length
const served = async () => (await seenAt(practice.world.sites.edge, 'shop.example'))[0]

/** The fingerprint of what is at that stage. */
async function stored(stage: Stage, environment = ENVIRONMENT): Promise<string | undefined> {
  const { store } = await openScalewaySecrets(practice.world, `/newleaf/${environment}`, http)
  const found = await store.read('certificate/shop', stage)
  if (found === undefined) return undefined
  const content = decode('certificate/shop', found.value)
  return content.kind === 'certificate' ? content.certificate.fingerprint : 'a key alone'
}

describe('the whole job with secrets in Secret Manager and state in Object Storage', () => {
  test('issues, keeps, and with nothing due makes one listing and no other request', async () => {
    const config = await configured()
    const { world } = practice
    expect(await results(runOnce(config))).toEqual({ shop: 'renewed', blog: 'renewed' })
    expect(await stored('current')).toBe(await served())
    expect([await stored('pending'), await stored('previous')]).toEqual([undefined, undefined])
    const kept = world.scaleway.state.secrets.map(({ path, name }) => `${path}/${name}`).sort()
    expect(kept).toEqual(
      ['account/sandbox', 'certificate/blog', 'certificate/shop'].map((name) => `/newleaf/cloud/${name}`),
    )

    const [before, asked] = [world.scaleway.requests.length, world.storage.requests.length]
    expect(await results(runOnce(config))).toEqual({})
    expect(world.scaleway.requests).toHaveLength(before)
    expect(world.storage.requests.slice(asked)).toMatchObject([{ method: 'GET', path: '/newleaf-sandbox/' }])
  })

  test('a renewal keeps the previous certificate, and the account', async () => {
    const config = await configured()
    const first = await served()
    expect(await results(runOnce(config, { only: ['shop'], force: true }))).toEqual({ shop: 'renewed' })
    expect(await stored('current')).toBe(await served())
    expect(await stored('previous')).toBe(first)
    expect(await served()).not.toBe(first)
    expect(practice.world.ca.ledger.accounts).toHaveLength(1)
  })

  test('the run after a failed deploy takes up the pending certificate without another order', async () => {
    const config = await configured()
    const before = await served()
    expect(await stored('current')).toBe(before)
    const end = practice.world.scaleway.misbehave({
      ...{ method: 'PUT', path: /frontends/, how: 'status', status: 400, times: 100 },
      body: { message: 'invalid argument(s)', type: 'invalid_arguments' },
    })
    expect(await results(runOnce(config, { only: ['shop'], force: true }))).toEqual({ shop: 'failed' })
    expect(await served()).toBe(before)
    const pending = await stored('pending')
    expect(pending).toMatch(/^[0-9a-f]{64}$/)
    expect(await stored('current')).toBe(before)
    end()
    const count = orders()
    expect(await results(runOnce(config, { only: ['shop'] }))).toEqual({ shop: 'deployed' })
    expect(orders()).toBe(count)
    expect([await stored('current'), await stored('pending'), await served()]).toEqual([pending, undefined, pending])
    expect(await stored('previous')).toBe(before)
  })

  test('F-02 two runs at once renew once, and lose nothing', async () => {
    const config = await configured()
    const [first, issued] = [await served(), practice.world.ca.ledger.certificates.length]
    days = 8
    const forced = () => results(runOnce(config, { only: ['shop'], force: true }))
    const both = await Promise.all([forced(), forced()])
    expect(both.map(({ shop }) => shop)).toContain('renewed')
    expect(practice.world.ca.ledger.certificates).toHaveLength(issued + 1)
    expect([await stored('current'), await stored('previous')]).toEqual([await served(), first])
    expect(await stored('pending')).toBe(undefined)
  })

  test('F-66 answers that are lost, of the secrets and of the state, cost no second certificate', async () => {
    const config = await configured('lost')
    const { world } = practice
    const issued = world.ca.ledger.certificates.length
    for (const path of [/secrets$/, /versions$/, /versions$/, /versions$/]) {
      world.scaleway.misbehave({ method: 'POST', path, how: 'lostAnswer' })
    }
    world.storage.misbehave({ method: 'PUT', path: /certificate/, how: 'lostAnswer', times: 2 })
    const came: string[] = []
    while (came.at(-1) !== 'kept' && came.length < 12) {
      const { shop } = await results(runOnce(config, { only: ['shop'] }))
      came.push(shop ?? 'nothing')
    }
    expect(came.at(-1)).toBe('kept')
    expect(world.ca.ledger.certificates).toHaveLength(issued + 1)
    expect(await stored('current', 'lost')).toBe(await served())
  })

  test('a token that a person put into the console is found by reference', async () => {
    const { world, scaleway } = practice
    const root = '/secret-manager/v1beta1/regions/fr-par/secrets'
    const { project } = world.memory.scaleway
    const { body } = await scaleway.call('POST', root, { project_id: project, name: 'linode', path: '/newleaf/person' })
    const data = Buffer.from(JSON.stringify({ api: world.memory.tokens.linode })).toString('base64')
    await scaleway.call('POST', `${root}/${body.id}/versions`, { data })
    const config = await configured('person', (text) =>
      text.replaceAll('env:NEWLEAF_SANDBOX_LINODE_TOKEN', 'secret:linode#api'),
    )
    expect(await results(runOnce(config, { only: ['blog'] }))).toEqual({ blog: 'renewed' })
  })

  test('F-61 a token that may not write secrets stops the run before anything is ordered', async () => {
    const config = await configured('denied')
    const ordered = orders()
    practice.world.scaleway.misbehave({
      ...{ method: 'POST', path: /secret-manager/, how: 'status', status: 403, times: 100 },
      body: { message: 'insufficient permissions', type: 'permissions_denied' },
    })
    const [outcome] = (await runOnce(config, { only: ['shop'] })).certificates
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'DENIED' } })
    expect(orders()).toBe(ordered)
  })
})
