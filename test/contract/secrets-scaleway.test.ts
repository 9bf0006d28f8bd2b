import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createResolver } from '../../lib/config/references.ts'
import type { Http } from '../../lib/platform/http.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { httpTo, openScalewaySecrets } from '../support/practice-secrets.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { secretsContract } from '../support/secrets-contract.ts'
import { failureOf } from '../support/stores.ts'

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

let folders = 0
const newFolder = () => `/newleaf/test-${++folders}`

secretsContract('scaleway-secret-manager', async () => {
  const folder = newFolder()
  return async () => (await openScalewaySecrets(practice.world, folder, http)).store
})

const NAME = 'certificate/shop'
const one = new Secret('canary-token-one')
const two = new Secret('canary-token-two')
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A store of its own, what the API keeps of it, and a person at the console. */
async function opened() {
  const folder = newFolder()
  const { store, requests } = await openScalewaySecrets(practice.world, folder, http)
  const at = async (stage: 'current' | 'pending' | 'previous', name = NAME) =>
    (await store.read(name, stage))?.value.reveal()
  const all = () => practice.world.scaleway.state.secrets.filter(({ path }) => path.startsWith(folder))
  const kept = (name = 'shop') => {
    const found = all().find((each) => each.name === name)
    if (found === undefined) throw new Error(`nothing is kept under ${name}`)
    return found
  }
  const root = '/secret-manager/v1beta1/regions/fr-par/secrets'
  const console = {
    async create(name: string, more: object = {}): Promise<string> {
      const body = { project_id: practice.world.memory.scaleway.project, name, path: folder, ...more }
      return (await practice.scaleway.call('POST', root, body)).body.id
    },
    add: async (id: string, value: string): Promise<number> =>
      (await practice.scaleway.call('POST', `${root}/${id}/versions`, { data: base64(value) })).body.revision,
    call: (method: string, path: string, body?: unknown) => practice.scaleway.call(method, `${root}/${path}`, body),
  }
  return { folder, store, requests, at, all, kept, console }
}

/** Stages and promotes; resolves to the version. */
async function put(store: SecretStore, value: string, expected: string | undefined, name = NAME): Promise<string> {
  const version = await store.stage(name, new Secret(value))
  await store.activate(name, version, expected)
  return version
}

const enabled = ({ versions }: { versions: readonly { status: string; revision: number }[] }) =>
  versions.filter(({ status }) => status === 'enabled').map(({ revision }) => revision)

describe('the secrets store at Scaleway', () => {
  test('a name with slashes is a name in a folder, and the content is sent with its checksum', async () => {
    const { store, folder, kept, requests } = await opened()
    await store.stage(NAME, one)
    expect(kept()).toMatchObject({ path: `${folder}/certificate`, name: 'shop', type: 'opaque', tags: ['newleaf'] })
    expect(kept().versions).toMatchObject([{ revision: 1, description: 'newleaf/1 move=1 seen=0 pending=this' }])
    expect(kept().versions[0]?.data_crc32).toBeTypeOf('number')
    expect(requests.every(({ url }) => !url.includes('canary'))).toBe(true)
  })

  test('a removed secret is scheduled for deletion with all that has its name, also when the answer is lost', async () => {
    const { store, all, console } = await opened()
    await store.stage('linode', one)
    await console.create('linode')
    practice.world.scaleway.misbehave({ method: 'DELETE', path: /secrets\/[^/]+$/, how: 'lostAnswer', times: 9 })
    expect(await store.remove('linode')).toBe('scheduled')
    expect(all().map(({ deletion_requested_at: at }) => at)).toEqual([expect.any(String), expect.any(String)])
    expect(await store.remove('linode')).toBe('scheduled')
    const id = await console.create('kept', { protected: true })
    expect(await failureOf(store.remove('kept'))).not.toBe('no failure')
    expect(all().find((each) => each.id === id)).toMatchObject({ deletion_requested_at: null })
    expect(await store.remove('never')).toBe('removed')
  })

  test('a name that leads out of the folder is refused', async () => {
    const { store } = await opened()
    for (const name of ['../other', 'a//b', '', 'a b', 'a/..']) {
      expect(await failureOf(store.read(name, 'current'))).toBe('CONFIG_INVALID')
    }
  })

  test('F-62 content that does not fit its checksum is not taken for the secret', async () => {
    const { store, kept } = await opened()
    await put(store, 'canary-token-one', undefined)
    const { id } = kept()
    const body = { data: base64('something else'), data_crc32: 1 }
    practice.world.scaleway.misbehave({
      method: 'GET',
      path: new RegExp(`${id}.*access`),
      how: 'status',
      status: 200,
      body,
    })
    expect(await failureOf(store.read(NAME, 'current'))).toBe('ANSWER_INVALID')
  })

  test('F-65 a secret that is too large is refused before anything is sent', async () => {
    const { store, requests } = await opened()
    await store.stage(NAME, one)
    const before = requests.filter(({ method }) => method !== 'GET').length
    expect(await failureOf(store.stage(NAME, new Secret('x'.repeat(65_536))))).toBe('STORE_FAILED')
    expect(requests.filter(({ method }) => method !== 'GET')).toHaveLength(before)
  })

  test('F-65 after many renewals only what is of use is left, and it is readable', async () => {
    const { store, kept, at } = await opened()
    let current: string | undefined
    for (let renewal = 1; renewal <= 25; renewal++) {
      await store.stage(NAME, new Secret(`key ${renewal}`))
      current = await put(store, `certificate ${renewal}`, current)
      expect(enabled(kept()).length).toBeLessThanOrEqual(6)
    }
    expect([await at('current'), await at('pending'), await at('previous')]).toEqual([
      'certificate 25',
      undefined,
      'certificate 24',
    ])
    expect(kept().versions.length).toBeGreaterThan(60) // read page by page: what is deleted is listed for seven days
  })

  test('what was deleted seven days ago is listed no more, and its numbers are not missed', async () => {
    const { store, kept, console, at } = await opened()
    const first = await put(store, 'canary-token-one', undefined)
    const revision = await console.add(kept().id, 'by mistake')
    await console.call('DELETE', `${kept().id}/versions/${revision}`)
    for (const version of kept().versions) {
      if (version.deletion_requested_at) version.deletion_requested_at = '2026-01-01T00:00:00.000Z'
    }
    await put(store, 'canary-token-two', first)
    expect([await at('current'), await at('previous')]).toEqual([two.reveal(), one.reveal()])
    expect(kept().versions.some((each) => each.revision === revision)).toBe(false)
  })

  test('F-65 what newleaf did not make is never deleted, and a secret that is full of it is a failure that says so', async () => {
    const { store, console, kept } = await opened()
    const id = await console.create('full')
    for (let count = 1; count <= 19; count++) await console.add(id, `value ${count}`)
    const version = await store.stage('full', one)
    await expect(store.activate('full', version, '19')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(enabled(kept('full'))).toHaveLength(20)
  })

  test('F-61 denied is not absent', async () => {
    const { store, folder } = await opened()
    await put(store, 'canary-token-one', undefined)
    const { store: denied } = await openScalewaySecrets(practice.world, folder, http, 'canary-token-of-nobody')
    expect(await failureOf(denied.read(NAME, 'current'))).toBe('DENIED')
    expect(await failureOf(denied.stage(NAME, two))).toBe('DENIED')
  })

  test.each([
    ['a 404 that is not Scaleway’s own', { how: 'html', status: 404 }, 'ANSWER_INVALID'],
    ['a server that is down', { how: 'status', times: 3 }, 'UNAVAILABLE'],
    ['too many requests', { how: 'status', status: 429, body: { type: 'too_many_requests' } }, 'RATE_LIMITED'],
  ] as const)('F-60 %s is not absent either', async (_what, fault, code) => {
    const { store } = await opened()
    practice.world.scaleway.misbehave({ method: 'GET', path: /secret-manager/, ...fault })
    expect(await failureOf(store.read(NAME, 'current'))).toBe(code)
  })

  test('F-61 a secret that is scheduled for deletion is trouble, for reading and for writing, and is restored in the console', async () => {
    const { store, kept, console, at } = await opened()
    await put(store, 'canary-token-one', undefined)
    const { id } = kept()
    await console.call('DELETE', id)
    await expect(store.read(NAME, 'current')).rejects.toThrow(/scheduled for deletion: restore it/)
    expect(await failureOf(store.stage(NAME, two))).toBe('STORE_UNREADABLE')
    await console.call('POST', `${id}/restore`, {})
    expect(await at('current')).toBe(one.reveal())
  })

  test('a secret is looked for once, however often it is read and written, and again once it is another one', async () => {
    const { store, requests, kept, console, at } = await opened()
    await put(store, 'canary-token-one', undefined)
    const searches = () => requests.filter(({ method, url }) => method === 'GET' && /\/secrets\?/.test(url)).length
    const before = searches()
    const version = (await store.read(NAME, 'current'))?.version
    await put(store, 'canary-token-two', version)
    expect([await at('current'), await at('previous'), searches() - before]).toEqual([two.reveal(), one.reveal(), 0])
    const gone = kept()
    practice.world.scaleway.state.secrets.splice(practice.world.scaleway.state.secrets.indexOf(gone), 1)
    expect(await at('current')).toBeUndefined()
    await console.add(await console.create('shop', { path: gone.path }), one.reveal())
    expect(await at('current')).toBe(one.reveal())
  })

  test('F-61 a secret that was found a moment ago, and is scheduled for deletion since, is not written to', async () => {
    const { store, kept, console } = await opened()
    const version = await put(store, 'canary-token-one', undefined)
    await console.call('DELETE', kept().id)
    expect(await failureOf(store.stage(NAME, two))).toBe('STORE_UNREADABLE')
    await console.call('POST', `${kept().id}/restore`, {})
    const next = await store.stage(NAME, two)
    await console.call('DELETE', kept().id)
    expect(await failureOf(store.activate(NAME, next, version))).toBe('STORE_UNREADABLE')
  })

  test('a secret that is protected from deletion is renewed all the same', async () => {
    const { store, kept, console, at } = await opened()
    const first = await put(store, 'canary-token-one', undefined)
    await console.call('POST', `${kept().id}/protect`, {})
    await put(store, 'canary-token-two', first)
    expect(await at('current')).toBe(two.reveal())
  })

  test('nothing is kept in a secret whose versions end on their own', async () => {
    const { store, console } = await opened()
    await console.create('short', { ephemeral_policy: { time_to_live: '3600s', action: 'delete' } })
    await expect(store.stage('short', one)).rejects.toThrow(/end on their own/)
  })

  test('F-62 a version that is needed and was disabled or deleted by hand is damage, not absence', async () => {
    const { store, kept, console, at } = await opened()
    const first = await put(store, 'canary-token-one', undefined)
    await put(store, 'canary-token-two', first)
    const place = `${kept().id}/versions/${first}`
    for (const [method, path] of [
      ['POST', `${place}/disable`],
      ['DELETE', place],
    ] as const) {
      await console.call(method, path, method === 'POST' ? {} : undefined)
      await expect(store.read(NAME, 'previous')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' })
      expect(await at('current')).toBe(two.reveal())
    }
    await console.call('POST', `${place}/restore`, {})
    expect(await at('previous')).toBe(one.reveal())
  })

  test('F-62 a description that somebody changed is found out, and nothing is written on top of it', async () => {
    const { store, kept, console } = await opened()
    const first = await put(store, 'canary-token-one', undefined)
    const second = await store.stage(NAME, two)
    const describe = (revision: string | number, description: string) =>
      console.call('PATCH', `${kept().id}/versions/${revision}`, { description })
    const description = kept().versions.at(-1)?.description ?? ''

    await describe(second, '')
    expect(await failureOf(store.read(NAME, 'current'))).toBe('STORE_UNREADABLE')
    await describe(second, description.replace('pending=this', `pending=${first}`))
    expect(await failureOf(store.read(NAME, 'pending'))).toBe('no failure')
    await describe(first, description)
    expect(await failureOf(store.read(NAME, 'current'))).toBe('STORE_UNREADABLE')
    await describe(second, 'newleaf/2 something new')
    const before = kept().versions.length
    expect(await failureOf(store.read(NAME, 'current'))).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.stage(NAME, one))).toBe('STORE_UNREADABLE')
    expect(kept().versions).toHaveLength(before)
  })
})

describe('a secret that a person made in the console', () => {
  test('is current in its newest enabled version, and its fields are found by reference', async () => {
    const { store, at, console } = await opened()
    const id = await console.create('linode')
    await console.add(id, 'canary-token-old')
    const revision = await console.add(id, '{"api":"canary-token-new"}')
    expect((await store.read('linode', 'current'))?.version).toBe(`${revision}`)
    const resolve = createResolver({ env: {}, secrets: store })
    const found = await resolve({ from: 'secret', name: 'linode', field: 'api' })
    expect(found.reveal()).toBe('canary-token-new')
    await console.call('POST', `${id}/versions/${revision}/disable`, {})
    expect(await at('current', 'linode')).toBe('canary-token-old')
    expect(await at('previous', 'linode')).toBe(undefined)
  })

  test('is absent while it has no version', async () => {
    const { at, console } = await opened()
    await console.create('linode')
    expect(await at('current', 'linode')).toBe(undefined)
  })

  test('goes on with a value from newleaf, and with one from the console after that', async () => {
    const { store, at, console } = await opened()
    const id = await console.create('linode')
    const first = `${await console.add(id, 'canary-token-one')}`
    expect(await failureOf(put(store, 'canary-token-two', undefined, 'linode'))).toBe('SECRET_CONFLICT')
    const second = await put(store, 'canary-token-two', first, 'linode')
    expect([await at('current', 'linode'), await at('previous', 'linode')]).toEqual([two.reveal(), one.reveal()])

    const third = `${await console.add(id, 'canary-token-three')}`
    expect([await at('current', 'linode'), await at('previous', 'linode')]).toEqual([
      'canary-token-three',
      two.reveal(),
    ])
    expect(await failureOf(put(store, 'canary-token-four', second, 'linode'))).toBe('SECRET_CONFLICT')
    await put(store, 'canary-token-four', third, 'linode')
    expect([await at('current', 'linode'), await at('previous', 'linode')]).toEqual([
      'canary-token-four',
      'canary-token-three',
    ])
  })

  test('of two with one name the older one is meant', async () => {
    const { at, console } = await opened()
    const [older, newer] = [await console.create('linode'), await console.create('linode')]
    await console.add(newer, 'canary-token-two')
    await console.add(older, 'canary-token-one')
    expect(await at('current', 'linode')).toBe(one.reveal())
  })
})
