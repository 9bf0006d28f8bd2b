import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { handler as renew } from '../../handlers/renew.ts'
import { handler as scheduled } from '../../handlers/scheduled.ts'
import { startWorld, type World } from '../../sandbox/world.ts'

let folder: string
let world: World
const context = { getRemainingTimeInMillis: () => 900_000 }
const event = async (name: string) => JSON.parse(await readFile(`events/${name}.json`, 'utf8'))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-handlers-'))
  world = await startWorld({ folder, fresh: true })
  for (const [name, value] of Object.entries(world.env)) vi.stubEnv(name, value)
  vi.stubEnv('NEWLEAF_CONFIG', world.configuration)
})
afterEach(() => {
  vi.stubEnv('NEWLEAF_CONFIG', world.configuration)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const issued = () => world.ca.ledger.certificates.length

describe('the scheduled function', () => {
  test('renews all that is due, and with nothing due does nothing', async () => {
    expect(await scheduled(await event('schedule'), context)).toMatchObject({
      ok: true,
      certificates: [
        { id: 'shop', result: 'renewed' },
        { id: 'blog', result: 'renewed' },
      ],
    })
    const calls = world.scaleway.requests.length + world.linode.requests.length + world.ca.ledger.requests.length
    expect(await scheduled(await event('schedule'), context)).toMatchObject({ ok: true, certificates: [] })
    expect(world.scaleway.requests.length + world.linode.requests.length + world.ca.ledger.requests.length).toBe(calls)
  })

  test('without time left starts nothing, says so, and does not throw', async () => {
    const before = issued()
    const hurried = { getRemainingTimeInMillis: () => 4_000 }
    await renew(await event('force'), hurried)
    expect(issued()).toBe(before)
  })

  test('without a configuration answers what is missing, and does not throw', async () => {
    vi.stubEnv('NEWLEAF_CONFIG', join(folder, 'nowhere.yaml'))
    expect(await scheduled({}, context)).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
  })
})

describe('the function for renewals by hand', () => {
  test('a dry run changes nothing', async () => {
    const before = issued()
    expect(await renew(await event('dry-run'), context)).toMatchObject({ ok: true, dryRun: true })
    expect(issued()).toBe(before)
  })

  test('renews only what it is told, and only when forced', async () => {
    const before = issued()
    expect(await renew(await event('only-one'), context)).toMatchObject({
      certificates: [{ id: 'shop', result: 'kept' }],
    })
    expect(issued()).toBe(before)
    const forced = { ...(await event('only-one')), force: true }
    expect(await renew(forced, context)).toMatchObject({ certificates: [{ id: 'shop', result: 'renewed' }] })
    expect(issued()).toBe(before + 1)
  })

  test('refuses a certificate that is not configured', async () => {
    expect(await renew({ only: ['other'] }, context)).toMatchObject({ ok: false, error: { code: 'EVENT_INVALID' } })
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
    const before = issued()
    expect(await renew(payload, context)).toMatchObject({ ok: false, error: { code: 'EVENT_INVALID' } })
    expect(issued()).toBe(before)
  })

  test('every payload in events is one that it takes', async () => {
    for (const file of await readdir('events')) {
      const payload = JSON.parse(await readFile(join('events', file), 'utf8'))
      expect(await renew({ ...payload, dryRun: true }, context)).toMatchObject({ ok: true })
    }
  })
})
