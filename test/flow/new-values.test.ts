/** What failed, and a reference that stands for another value by the next run of the schedule. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { run } from '../../lib/run.ts'
import { setSecret } from '../../lib/secrets/set-secret.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { SCALEWAY_TOKEN } from '../../sandbox/configuration.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { openSecrets, openState } from '../support/stores.ts'

const MINUTE = 60_000
const WRONG = 'canary-token-wrong'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let ahead: number
beforeEach(async () => {
  ahead = 0
  practice = await practiceWorld({
    fresh: true,
    ca: { clock: { now: () => new Date(Date.now() + ahead) } },
  })
})
afterEach(() => practice.close())

/** The DNS provider of shop has a token of its own, so that it alone can be wrong. */
async function withToken(reference: string): Promise<void> {
  const { configuration } = practice.world
  const text = await readFile(configuration, 'utf8')
  const own = text.replace(/(zones: \[shop\.example\]\n {4}options: \{ token: )[^,]+/, `$1${reference}`)
  expect(own).not.toBe(text)
  await writeFile(configuration, own)
}

/** What a schedule starts: shop's part of it. */
async function scheduled(env: Readonly<Record<string, string>> = {}) {
  const clock = { ...systemClock, now: () => new Date(Date.now() + ahead) }
  const { certificates } = await run(
    await loadConfig(practice.world.configuration),
    { force: false, dryRun: false, fullScan: false },
    {
      env: { ...practice.world.env, ...env },
      ...{ clock, log: createLog(silent, clock), random: Math.random, timeLeft: () => 600_000 },
    },
  )
  const { result, decision, error } = certificates.find(({ id }) => id === 'shop') ?? {}
  return { result, reason: decision && 'reason' in decision ? decision.reason : undefined, code: error?.code }
}

const remembered = async () => {
  const state = await openState(join(practice.folder, 'newleaf'))
  const stored = await state.read(documentKey('shop'))
  return { document: parseDocument('shop', stored?.document), text: JSON.stringify(stored?.document) }
}
const failureNow = async () => {
  const { failures } = (await remembered()).document
  return Object.values(failures?.authorities ?? {})[0]?.issue
}

const REFUSED = { result: 'failed', code: 'DENIED' }
const right = () => practice.world.env[SCALEWAY_TOKEN] ?? ''

describe('a refused token', () => {
  test('that stands in the environment holds the next runs back until another one stands there', async () => {
    await withToken('env:DNS_TOKEN')
    expect(await scheduled({ DNS_TOKEN: WRONG })).toMatchObject(REFUSED)
    const failed = await failureNow()
    ahead = 31 * MINUTE
    expect(await scheduled({ DNS_TOKEN: WRONG })).toMatchObject({ result: 'waiting', reason: 'back-off' })
    expect(await failureNow()).toEqual(failed)
    ahead = 62 * MINUTE
    expect(await scheduled({ DNS_TOKEN: right() })).toMatchObject({ result: 'renewed', code: undefined })
    expect((await remembered()).document).not.toHaveProperty('failures')
  })

  test('that stands in the secrets store is tried again once another one stands there', async () => {
    await withToken('secret:dns#token')
    const secrets = await openSecrets(practice.folder, { folder: 'newleaf/secrets', masterKey: 'master.key' })
    const set = (token: string) => setSecret(secrets, { name: 'dns', field: 'token' }, new Secret(token))
    await set(WRONG)
    expect(await scheduled()).toMatchObject(REFUSED)
    ahead = 31 * MINUTE
    expect(await scheduled()).toMatchObject({ result: 'waiting', reason: 'back-off' })
    ahead = 62 * MINUTE
    await set(right())
    expect(await scheduled()).toMatchObject({ result: 'renewed' })
  })

  test('of a load balancer, which nobody could look at, is tried again once it is another one', async () => {
    const { configuration } = practice.world
    const text = await readFile(configuration, 'utf8')
    await writeFile(configuration, text.replace(/(zone: fr-par-1, token: )[^,]+/, '$1env:BALANCER_TOKEN'))
    expect(await scheduled({ BALANCER_TOKEN: WRONG })).toMatchObject(REFUSED)
    ahead = 31 * MINUTE
    expect(await scheduled({ BALANCER_TOKEN: right() })).toMatchObject({ result: 'renewed' })
  })

  test('that is replaced by one that is refused as well is held back again', async () => {
    await withToken('env:DNS_TOKEN')
    expect(await scheduled({ DNS_TOKEN: WRONG })).toMatchObject(REFUSED)
    ahead = 31 * MINUTE
    expect(await scheduled({ DNS_TOKEN: `${WRONG}-too` })).toMatchObject(REFUSED)
    expect(await failureNow()).toMatchObject({ count: 2 })
    ahead = 62 * MINUTE
    expect(await scheduled({ DNS_TOKEN: `${WRONG}-too` })).toMatchObject({ result: 'waiting', reason: 'back-off' })
  })

  test('that was not set at all is tried once it is', async () => {
    await withToken('env:DNS_TOKEN')
    expect(await scheduled()).toMatchObject({ result: 'failed', code: 'REFERENCE_UNRESOLVED' })
    ahead = 31 * MINUTE
    expect(await scheduled({ DNS_TOKEN: right() })).toMatchObject({ result: 'renewed' })
  })

  test('is remembered by a salted digest, which says nothing of the token and keeps its salt', async () => {
    await withToken('env:DNS_TOKEN')
    await scheduled({ DNS_TOKEN: WRONG })
    const { text } = await remembered()
    expect(text).not.toContain(WRONG)
    const first = (await failureNow())?.references
    expect(first).toMatchObject({ salt: expect.stringMatching(/^.{22}$/), digest: expect.stringMatching(/^.{43}$/) })
    ahead = 2 * 24 * 60 * MINUTE
    await scheduled({ DNS_TOKEN: WRONG })
    const second = (await failureNow())?.references
    expect(second).toEqual(first)
  })
})

test('what failed is tried at once by the next run where its provider has other options', async () => {
  await withToken('env:DNS_TOKEN')
  expect(await scheduled({ DNS_TOKEN: WRONG })).toMatchObject(REFUSED)
  ahead = 2 * MINUTE
  expect(await scheduled({ DNS_TOKEN: WRONG })).toEqual({ result: undefined, reason: undefined, code: undefined })
  const { configuration } = practice.world
  await writeFile(
    configuration,
    (await readFile(configuration, 'utf8')).replace('env:DNS_TOKEN', `env:${SCALEWAY_TOKEN}`),
  )
  expect(await scheduled({ DNS_TOKEN: WRONG })).toMatchObject({ result: 'renewed' })
})
