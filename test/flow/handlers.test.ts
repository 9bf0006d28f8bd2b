import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { handler as renew } from '../../handlers/renew.ts'
import { handler as scheduled } from '../../handlers/scheduled.ts'
import { SCALEWAY_TOKEN } from '../../sandbox/configuration.ts'
import { type FunctionWorld, functionWorld, plenty } from '../support/function-world.ts'
import { lockDuring } from '../support/lock-during.ts'

let at: FunctionWorld
const event = async (name: string) => JSON.parse(await readFile(`events/${name}.json`, 'utf8'))

beforeAll(async () => {
  at = await functionWorld()
})
afterEach(() => at.configure())
afterAll(() => at.close())

describe('the scheduled function', () => {
  test('renews all that is due, and with nothing due does nothing', async () => {
    expect(await scheduled(await event('schedule'), plenty)).toMatchObject({
      ok: true,
      certificates: [
        { id: 'shop', result: 'renewed' },
        { id: 'blog', result: 'renewed' },
      ],
    })
    const calls = at.calls()
    expect(await scheduled(await event('schedule'), plenty)).toMatchObject({ ok: true, certificates: [] })
    expect(at.calls()).toBe(calls)
  })

  test('F-04: without time left starts nothing, says so, and does not throw', async () => {
    const before = at.issued()
    const hurried = { getRemainingTimeInMillis: () => 4_000 }
    expect(await renew(await event('force'), hurried)).toMatchObject({
      ok: false,
      certificates: [
        { id: 'shop', result: 'waiting', error: { code: 'OUT_OF_TIME' } },
        { id: 'blog', result: 'waiting', error: { code: 'OUT_OF_TIME' } },
      ],
    })
    expect(at.issued()).toBe(before)
  })

  test('F-05: without a configuration answers what is missing, and does not throw', async () => {
    vi.stubEnv('NEWLEAF_CONFIG', join(at.folder, 'nowhere.yaml'))
    expect(await scheduled({}, plenty)).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
  })
})

describe('the function for renewals by hand', () => {
  test('a dry run changes nothing', async () => {
    const before = at.issued()
    expect(await renew(await event('dry-run'), plenty)).toMatchObject({ ok: true, dryRun: true })
    expect(at.issued()).toBe(before)
  })

  test('renews only what it is told, and only when forced', async () => {
    const before = at.issued()
    expect(await renew(await event('only-one'), plenty)).toMatchObject({
      certificates: [{ id: 'shop', result: 'kept' }],
    })
    expect(at.issued()).toBe(before)
    const forced = { ...(await event('only-one')), force: true }
    expect(await renew(forced, plenty)).toMatchObject({ certificates: [{ id: 'shop', result: 'renewed' }] })
    expect(at.issued()).toBe(before + 1)
  })

  test('names itself and its request in the lock of a certificate', async () => {
    const context = {
      ...plenty,
      functionName: 'newleaf-prod-renew',
      awsRequestId: '0f6c2f6e-1f2e-4a53-9e55-6a6b9a0f4f11',
    }
    const run = async () => renew({ ...(await event('only-one')), force: true }, context)
    expect(await lockDuring(at, 'shop', run)).toMatchObject({
      invocation: { function: context.functionName, requestId: context.awsRequestId },
    })
  })

  test('refuses a certificate that is not configured', async () => {
    expect(await renew({ only: ['other'] }, plenty)).toMatchObject({ ok: false, error: { code: 'EVENT_INVALID' } })
  })

  test.each([
    null,
    undefined,
    [],
    'force',
    42,
    { only: [] },
    { only: 'shop' },
    { only: ['../shop'] },
    { only: ['shop', 7] },
    { force: 'yes' },
    { force: true, config: 'https://elsewhere.example' },
    { Records: [{ body: '{"force":true}' }] },
    JSON.parse('{"__proto__":{"force":true},"force":1}'),
  ])('refuses %j, and does nothing', async (payload) => {
    const before = at.issued()
    expect(await renew(payload, plenty)).toMatchObject({ ok: false, error: { code: 'EVENT_INVALID' } })
    expect(at.issued()).toBe(before)
  })

  test('every payload in events is one that it takes, but for the worker’s', async () => {
    for (const file of (await readdir('events')).filter((name) => name !== 'worker.json')) {
      const payload = JSON.parse(await readFile(join('events', file), 'utf8'))
      const { command = 'renew' } = payload
      const isRun = command === 'renew' || command === 'deploy'
      expect(await renew(isRun ? { ...payload, dryRun: true } : payload, plenty)).toMatchObject(
        // Without notifiers there is nobody to send a test to.
        command === 'notify'
          ? { error: { message: expect.stringContaining('no notifier is configured') } }
          : // And nothing is called so here.
            { ok: command !== 'delete' },
      )
    }
  })
})

describe('a warm function', () => {
  test('F-07: sees fifty times in a row the world as it is, and keeps nothing of what it saw before', async () => {
    const token = at.world.env[SCALEWAY_TOKEN]
    const shop = async () => {
      const answer = await renew({ only: ['shop'], dryRun: true }, plenty)
      return 'certificates' in answer ? answer.certificates[0] : answer
    }
    for (let round = 0; round < 10; round++) {
      expect(await shop()).toMatchObject({ action: 'wait', reason: 'fresh' })
      await at.configure((text) =>
        text.replace('names: [shop.example,', `names: [n${round}.deep.shop.example, shop.example,`),
      )
      expect(await shop()).toMatchObject({ action: 'issue', reason: 'names' })
      await at.configure(() => 'environment: [')
      expect(await shop()).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
      await at.configure()
      vi.stubEnv(SCALEWAY_TOKEN, 'canary-token-no-longer-valid')
      expect(await shop()).toMatchObject({ action: 'blocked', error: { code: 'DENIED' } })
      vi.stubEnv(SCALEWAY_TOKEN, token)
      expect(await shop()).toMatchObject({ action: 'wait', reason: 'fresh' })
    }
  })
})
