/** What is told of a credential that expires, as day after day goes by: once for all certificates, and asked for once a day. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { titleOf } from '../../lib/notify/words.ts'
import { notifyCredentials } from '../../lib/renewal/notify-credentials.ts'
import { planIn, runIn } from '../../lib/run.ts'
import { credentialsKey } from '../../lib/state/credentials.ts'
import { createMemoryNotifier, type MemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const scheduled = { force: false, dryRun: false, fullScan: false }
const all = { ...scheduled, fullScan: true }

let ops: MemoryNotifier
let world: MemoryWorld
/** What the vendor says; an error: it refuses to tell. */
let vendorSays: Date | Error | undefined
let asked: number
/** What the reference stands for. */
let secret: string

beforeEach(async () => {
  ops = createMemoryNotifier()
  asked = 0
  secret = 'first'
  world = await createMemoryWorld({
    notifiers: { ops },
    references: [{ location: 'dns.main.options.token', text: 'env:DNS', check: async () => {} }],
    digestReferences: async (locations, salt = 'salt') => ({ salt, digest: `${salt} ${locations} ${secret}` }),
    credentials: [
      {
        location: 'dns.main',
        async expiresAt() {
          asked += 1
          if (vendorSays instanceof Error) throw vendorSays
          return vendorSays
        },
      },
      { location: 'secrets', expiresAt: async () => undefined },
    ],
  })
  vendorSays = inDays(40)
})

const inDays = (days: number) => new Date(world.clock.now().getTime() + days * DAY)
const mail = { id: 'fr/mail', name: 'fr/mail', balancer: 'fr', listener: { frontend: 'mail' } }
const shops = [
  { ...shop, targets: shop.targets.slice(1) },
  { ...shop, id: 'mail', targets: [mail] },
]

/** A scheduled run each hour of so many days. */
async function days(count: number): Promise<void> {
  for (let hour = 0; hour < count * 24; hour++) {
    world.pass(HOUR)
    await runIn({ certificates: shops }, scheduled, world)
  }
}

describe('a credential that expires', () => {
  test('is told 30, 7 and 1 days before at the latest, once each and not for each certificate', async () => {
    await runIn({ certificates: shops }, all, world)
    const end = inDays(40)
    const daysBefore: number[] = []
    for (let hour = 0; hour < 40 * 24; hour++) {
      const before = ops.heard().length
      world.pass(HOUR)
      await runIn({ certificates: shops }, scheduled, world)
      if (ops.heard().length > before) daysBefore.push((end.getTime() - world.clock.now().getTime()) / DAY)
    }
    expect(ops.heard()).toEqual([
      'problem CREDENTIAL_EXPIRES',
      'problem CREDENTIAL_EXPIRES_SOON',
      'problem CREDENTIAL_EXPIRES_VERY_SOON',
    ])
    for (const [index, days] of [30, 7, 1].entries()) {
      expect(daysBefore[index]).toBeGreaterThanOrEqual(days)
      expect(daysBefore[index]).toBeLessThan(days + 1.1)
    }
    expect(ops.notices[0]).toMatchObject({ event: 'problem', environment: 'test', location: 'dns.main', names: [] })
    expect(ops.notices[0]).not.toHaveProperty('certificate')
    expect(ops.notices.map(titleOf)[0]).toBe('newleaf test: dns.main needs attention (CREDENTIAL_EXPIRES)')
  })

  test('is asked for once a day, whatever the number of certificates and runs', async () => {
    await runIn({ certificates: shops }, all, world)
    expect(asked).toBe(1)
    for (let time = 0; time < 5; time++) await runIn({ certificates: shops }, all, world)
    expect(asked).toBe(1)
    world.pass(DAY)
    await Promise.all(shops.map(({ id }) => runIn({ certificates: shops }, { ...all, only: [id] }, world)))
    expect(asked).toBe(2)
  })

  test('is told by one of several runs that meet', async () => {
    vendorSays = inDays(5)
    await Promise.all([1, 2, 3].map(() => notifyCredentials(world)))
    await notifyCredentials(world)
    expect(ops.heard()).toEqual(['problem CREDENTIAL_EXPIRES_SOON'])
    expect(asked).toBe(1)
  })

  test('is left to the run that is at work on it, for five minutes at most', async () => {
    vendorSays = inDays(5)
    const busyUntil = new Date(world.clock.now().getTime() + 4 * 60_000).toISOString()
    await world.state.write(credentialsKey('test'), { v: 1, busyUntil, known: {} }, undefined)
    await notifyCredentials(world)
    expect([asked, ops.heard()]).toEqual([0, []])
    world.pass(5 * 60_000)
    await notifyCredentials(world)
    expect([asked, ops.heard()]).toEqual([1, ['problem CREDENTIAL_EXPIRES_SOON']])
  })

  test('is over once another one is in its place', async () => {
    vendorSays = inDays(5)
    await runIn({ certificates: shops }, all, world)
    vendorSays = inDays(90)
    await days(2)
    expect(ops.heard()).toEqual(['problem CREDENTIAL_EXPIRES_SOON', 'resolved CREDENTIAL_EXPIRES_SOON'])
    expect(ops.notices[1]).toMatchObject({ location: 'dns.main' })
  })

  test('is over once it has left the configuration', async () => {
    vendorSays = inDays(5)
    await runIn({ certificates: shops }, all, world)
    world.pass(DAY)
    await notifyCredentials({ ...world, credentials: world.credentials.slice(1) })
    expect(ops.heard()).toEqual(['problem CREDENTIAL_EXPIRES_SOON', 'resolved CREDENTIAL_EXPIRES_SOON'])
    expect((await world.state.read(credentialsKey('test')))?.document).toMatchObject({ known: {} })
  })

  test('is told to a notifier that could not be reached by the next run', async () => {
    vendorSays = inDays(5)
    const { send } = ops
    ops.send = () => Promise.reject(new Failure('UNREACHABLE', 'no route'))
    await runIn({ certificates: shops }, all, world)
    expect(ops.heard()).toEqual([])
    ops.send = send
    await runIn({ certificates: shops }, all, world)
    expect(ops.heard()).toEqual(['problem CREDENTIAL_EXPIRES_SOON'])
    expect(asked).toBe(1)
  })

  test('stands in the log of every run that looks at a certificate', async () => {
    vendorSays = inDays(5)
    for (const _ of [1, 2]) await runIn({ certificates: shops }, all, world)
    const warned = world.records.filter(({ message }) => message === 'a credential expires')
    expect(warned).toMatchObject([
      { level: 'warn', fields: { location: 'dns.main', code: 'CREDENTIAL_EXPIRES_SOON' } },
      { level: 'warn', fields: { location: 'dns.main', code: 'CREDENTIAL_EXPIRES_SOON' } },
    ])
  })

  test('is notified by no dry run, and asked for by no run that has looked at nobody', async () => {
    vendorSays = inDays(5)
    await runIn({ certificates: shops }, { ...all, dryRun: true }, world)
    expect([asked, ops.heard()]).toEqual([0, []])
    await runIn({ certificates: shops }, all, world)
    await days(1)
    const before = asked
    await runIn({ certificates: shops }, scheduled, world)
    expect(asked).toBe(before)
  })
})

describe('of a credential whose vendor tells nothing', () => {
  const denied = new Failure('DENIED', 'Linode answered GET /v4/profile/tokens with 401')

  test('nothing is said, and nothing fails', async () => {
    vendorSays = denied
    expect(await runIn({ certificates: shops }, all, world)).toMatchObject({ ok: true })
    expect(ops.heard()).toEqual([])
    expect(world.records.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
    expect((await planned()).credentials).toEqual([])
  })

  test('what it told earlier stays so as long as the reference stands for the same', async () => {
    vendorSays = inDays(3)
    await runIn({ certificates: shops }, all, world)
    vendorSays = denied
    await days(4)
    expect(ops.heard()).toEqual(['problem CREDENTIAL_EXPIRES_SOON', 'problem CREDENTIAL_EXPIRES_VERY_SOON'])
    expect((await planned()).credentials).toMatchObject([{ location: 'dns.main' }])
    secret = 'second'
    expect((await planned()).credentials).toEqual([])
    await days(1)
    expect(ops.heard().at(-1)).toMatch(/^resolved /)
  })

  test('an end that never comes is none', async () => {
    vendorSays = new Date('+099999-01-01T00:00:00Z')
    await runIn({ certificates: shops }, all, world)
    expect((await planned()).credentials).toEqual([])
  })
})

const planned = () => planIn({ certificates: shops }, all, world)

test('a plan asks each time, and shows when every credential expires, the first first', async () => {
  await runIn({ certificates: shops }, all, world)
  const end = inDays(9)
  const { credentials } = await planIn({ certificates: shops }, all, {
    ...world,
    credentials: [...world.credentials, { location: 'balancers.us', expiresAt: async () => end }],
  })
  expect(credentials.map(({ location }) => location)).toEqual(['balancers.us', 'dns.main'])
  expect(asked).toBe(2)
  expect(ops.heard()).toEqual([])
})

test('what is remembered of credentials, and cannot be read, keeps no run from its work', async () => {
  await world.state.write(credentialsKey('test'), { v: 2 }, undefined)
  expect(await runIn({ certificates: shops }, all, world)).toMatchObject({ ok: true })
  expect(world.records.find(({ level }) => level === 'warn')?.fields).toMatchObject({ code: 'STORE_UNREADABLE' })
  expect((await planned()).credentials).toMatchObject([{ location: 'dns.main' }])
})
