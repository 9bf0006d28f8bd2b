import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Http } from '../../lib/platform/http.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { httpTo, openScalewaySecrets } from '../support/practice-secrets.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { failureOf } from '../support/stores.ts'
import { seeded, takingTurns } from '../support/taking-turns.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let http: Http
beforeAll(async () => {
  practice = await practiceWorld()
  http = httpTo(practice.world)
})
afterAll(async () => {
  await http.close()
  await practice.close()
})

const NAME = 'certificate/shop'
const SEEDS = 30

/** A test whose requests come in one order after the other. */
function inAnyOrder(title: string, work: (seed: number) => Promise<void>): void {
  test(title, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      forgetSecrets()
      await work(seed).catch((error: Error) => {
        error.message = `in the order of seed ${seed}: ${error.message}`
        throw error
      })
    }
  })
}

/** A project has room for 250. */
const forgetSecrets = () => practice.world.scaleway.state.secrets.splice(0)
beforeEach(() => void forgetSecrets())

const openIn = async (folder: string, through: Http = http) =>
  (await openScalewaySecrets(practice.world, folder, through)).store

let folders = 0
const newFolder = () => `/newleaf/race-${++folders}`

/** What each of the stores comes to when they work at once, their requests in an order that the seed says. */
const atOnce = <T>(folder: string, seed: number, work: readonly ((store: SecretStore) => Promise<T>)[]) =>
  takingTurns(
    http,
    seeded(seed),
    work.map((each) => async (gated: Http) => each(await openIn(folder, gated))),
  )

async function shown(store: SecretStore, name = NAME) {
  const [current, pending, previous] = await Promise.all(
    (['current', 'pending', 'previous'] as const).map(async (stage) => (await store.read(name, stage))?.value.reveal()),
  )
  return { current, pending, previous }
}

/** `old` is current. */
async function begun() {
  const folder = newFolder()
  const store = await openIn(folder)
  const old = await store.stage(NAME, new Secret('old'))
  await store.activate(NAME, old, undefined)
  return { folder, store, old }
}

const secretsIn = (folder: string) =>
  practice.world.scaleway.state.secrets.filter(({ path }) => path.startsWith(folder))

/** Versions that take up room, and do not belong to the head of the history. */
const leftOver = (folder: string) =>
  secretsIn(folder).flatMap(({ versions }) => versions.filter(({ status }) => status === 'enabled')).length

describe('F-67 two writers at once, whatever the order of their requests', () => {
  inAnyOrder('of two that promote over the same version exactly one succeeds', async (seed) => {
    const { folder, store, old } = await begun()
    const first = await store.stage(NAME, new Secret('first'))
    await store.activate(NAME, first, old)
    const second = await store.stage(NAME, new Secret('second'))
    const results = await atOnce(folder, seed, [
      (each) => failureOf(each.activate(NAME, second, first)),
      (each) => failureOf(each.activate(NAME, old, first)),
    ])
    expect(results.toSorted()).toEqual(['SECRET_CONFLICT', 'no failure'])
    const winner = results[0] === 'no failure' ? 'second' : 'old'
    expect(await shown(store)).toEqual({ current: winner, pending: undefined, previous: 'first' })
  })

  inAnyOrder('two that promote the same succeed both, and it happens once', async (seed) => {
    const { folder, store, old } = await begun()
    const next = await store.stage(NAME, new Secret('next'))
    const promote = (each: SecretStore) => failureOf(each.activate(NAME, next, old))
    expect(await atOnce(folder, seed, [promote, promote])).toEqual(['no failure', 'no failure'])
    expect(await shown(store)).toEqual({ current: 'next', pending: undefined, previous: 'old' })
  })

  inAnyOrder('of three that stage, all succeed and what was staged last is pending', async (seed) => {
    const { folder, store } = await begun()
    const texts = ['one', 'two', 'three']
    const versions = await atOnce(
      folder,
      seed,
      texts.map((text) => (each) => each.stage(NAME, new Secret(text))),
    )
    const pending = await store.read(NAME, 'pending')
    expect(texts[versions.indexOf(pending?.version ?? '')]).toBe(pending?.value.reveal())
    expect(new Set(versions).size).toBe(3)
    expect((await shown(store)).current).toBe('old')
    await store.stage(NAME, new Secret('four'))
    expect(leftOver(folder)).toBeLessThanOrEqual(3)
  })

  inAnyOrder('two that stage the same get one version', async (seed) => {
    const { folder, store } = await begun()
    const stage = (each: SecretStore) => each.stage(NAME, new Secret('same'))
    const [one, other] = await atOnce(folder, seed, [stage, stage])
    expect(one).toBe(other)
    expect(await shown(store)).toEqual({ current: 'old', pending: 'same', previous: undefined })
  })

  inAnyOrder('one that stages and one that promotes do not undo each other', async (seed) => {
    const { folder, store, old } = await begun()
    const next = await store.stage(NAME, new Secret('next'))
    const [, promoted] = await atOnce(folder, seed, [
      (each) => each.stage(NAME, new Secret('newer')),
      (each) => failureOf(each.activate(NAME, next, old)),
    ])
    const after =
      promoted === 'no failure' ? { current: 'next', previous: 'old' } : { current: 'old', previous: undefined }
    expect(['no failure', 'SECRET_CONFLICT']).toContain(promoted)
    expect(await shown(store)).toEqual({ ...after, pending: 'newer' })
  })

  inAnyOrder('two that store a first version create one secret', async (seed) => {
    const folder = newFolder()
    const results = await atOnce(
      folder,
      seed,
      ['one', 'two'].map((text) => async (store: SecretStore) => {
        const version = await store.stage(NAME, new Secret(text))
        return failureOf(store.activate(NAME, version, undefined))
      }),
    )
    expect(results).toContain('no failure')
    const { current } = await shown(await openIn(folder))
    const winners = ['one', 'two'].filter((_, index) => results[index] === 'no failure')
    expect(winners).toContain(current)
    expect(secretsIn(folder).filter(({ deletion_requested_at: at }) => at === null)).toHaveLength(1)
  })

  inAnyOrder('who reads meanwhile sees what was current before or what is after, and never nothing', async (seed) => {
    const { folder, old } = await begun()
    const results = await atOnce<string | undefined>(folder, seed, [
      async (store) => {
        let current = old
        for (const text of ['a', 'b', 'c']) {
          const next = await store.stage(NAME, new Secret(text))
          await store.activate(NAME, next, current)
          current = next
        }
        return 'c'
      },
      async (store) => (await store.read(NAME, 'current'))?.value.reveal(),
      async (store) => (await store.read(NAME, 'current'))?.value.reveal(),
    ])
    for (const seen of results) expect(['old', 'a', 'b', 'c']).toContain(seen)
  })
})

test('F-67 a version that was let go of between looking and reading is looked for again', async () => {
  const { folder, store: other, old } = await begun()
  let overtaken = false
  const store = await openIn(folder, {
    ...http,
    async send(request) {
      if (request.url.endsWith('/access') && !overtaken) {
        overtaken = true
        const next = await other.stage(NAME, new Secret('next'))
        await other.activate(NAME, next, old)
        await other.activate(NAME, await other.stage(NAME, new Secret('last')), next)
        await other.stage(NAME, new Secret('newest'))
      }
      return http.send(request)
    },
  })
  expect((await store.read(NAME, 'current'))?.value.reveal()).toBe('last')
})

test('F-64 a list that lags behind what was written is read again', async () => {
  const { folder, store: other, old } = await begun()
  const next = await other.stage(NAME, new Secret('next'))
  let before: Awaited<ReturnType<Http['send']>> | undefined
  let late = 0
  const store = await openIn(folder, {
    ...http,
    async send(request) {
      const answer = await http.send(request)
      if (request.method !== 'GET' || !request.url.endsWith('/versions')) return answer
      before ??= answer
      return ++late === 2 ? before : answer
    },
  })
  await store.activate(NAME, next, old)
  expect(late).toBe(3)
  expect(await shown(other)).toEqual({ current: 'next', pending: undefined, previous: 'old' })
})

describe('F-66 an answer that is lost', () => {
  const lose = (method: string, path: RegExp) => practice.world.scaleway.misbehave({ method, path, how: 'lostAnswer' })

  test('of a new version: the next attempt finds it and makes no other', async () => {
    const { folder, store, old } = await begun()
    lose('POST', /versions$/)
    expect(await failureOf(store.stage(NAME, new Secret('next')))).toBe('UNREACHABLE')
    const [secret] = secretsIn(folder)
    const { length } = secret?.versions ?? []
    const version = await store.stage(NAME, new Secret('next'))
    expect(secret?.versions).toHaveLength(length)
    lose('POST', /versions$/)
    expect(await failureOf(store.activate(NAME, version, old))).toBe('UNREACHABLE')
    await store.activate(NAME, version, old)
    expect(await shown(store)).toEqual({ current: 'next', pending: undefined, previous: 'old' })
  })

  test('of a new secret: the next attempt finds it and creates no other', async () => {
    const folder = newFolder()
    const store = await openIn(folder)
    lose('POST', /secrets$/)
    expect(await failureOf(store.stage(NAME, new Secret('next')))).toBe('UNREACHABLE')
    await store.stage(NAME, new Secret('next'))
    expect(secretsIn(folder)).toHaveLength(1)
  })

  test('of a deletion: what was deleted twice is gone once', async () => {
    const { folder, store, old } = await begun()
    const next = await store.stage(NAME, new Secret('next'))
    await store.activate(NAME, next, old)
    lose('DELETE', /versions/)
    await store.stage(NAME, new Secret('newer'))
    expect(await shown(store)).toEqual({ current: 'next', pending: 'newer', previous: 'old' })
    expect(leftOver(folder)).toBeLessThanOrEqual(5)
  })
})

test('where a name can be given only once, the secret that somebody else has just created is used', async () => {
  const folder = newFolder()
  const other = await openIn(folder)
  const body = { type: 'already_exists', message: 'resource already exists' }
  const store = await openIn(folder, {
    ...http,
    async send(request) {
      if (request.method === 'POST' && request.url.endsWith('/secrets')) {
        await other.stage(NAME, new Secret('one'))
        practice.world.scaleway.misbehave({ method: 'POST', path: /secrets$/, how: 'status', status: 409, body })
      }
      return http.send(request)
    },
  })
  await store.stage(NAME, new Secret('two'))
  expect(secretsIn(folder)).toHaveLength(1)
  expect(await shown(store)).toEqual({ current: undefined, pending: 'two', previous: undefined })
})
