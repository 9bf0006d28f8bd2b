import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, Stage } from '../../lib/ports.ts'
import { encryptedStore } from '../../lib/secrets/encrypted-store.ts'
import { type KeyCheck, type KeySource, openKeys } from '../../lib/secrets/keyring.ts'
import { type BlobBackend, isSealed, type Look } from '../../lib/secrets/sealed.ts'
import { failure } from '../support/failure.ts'

interface Seen extends Look {
  readonly name: string
}

const random = (): KeySource => {
  const key = randomBytes(32)
  return { masterKey: { find: async () => key, make: async () => key } }
}
const [former, next] = [random(), random()]

class Killed extends Error {}

/** A shelf in memory. From the effect on that `killAt` counts down to nothing happens any more. */
function createShelf() {
  const files = new Map<string, Buffer>()
  let note: Buffer | undefined
  const shelf = {
    files,
    killAt: Number.POSITIVE_INFINITY,
    /** Called before each effect. */
    meanwhile: async () => {},
    effect() {
      if (--shelf.killAt < 0) throw new Killed()
    },
  }
  const of = (name: string) =>
    [...files.keys()].filter((key) => key.startsWith(`${name}/@`)).map((key) => key.slice(name.length + 1))
  const numbered = (name: string) => Number(files.get(`${name}/@number`)?.toString() ?? 0)
  const backend: BlobBackend<Seen> = {
    look: async (name) => ({ name, number: numbered(name), bytes: files.get(`${name}/@stages`) ?? Buffer.alloc(0) }),
    files: async ({ name }) => of(name),
    read: async ({ name }, file) => files.get(`${name}/${file}`),
    async add({ name }, file, bytes) {
      await shelf.meanwhile()
      shelf.effect()
      files.set(`${name}/${file}`, bytes)
      return true
    },
    async move({ name, number }, bytes, obsolete) {
      await shelf.meanwhile()
      shelf.effect()
      if (numbered(name) !== number) return false
      files.set(`${name}/@number`, Buffer.from(`${number + 1}`)).set(`${name}/@stages`, bytes)
      for (const file of obsolete) {
        shelf.effect()
        files.delete(`${name}/${file}`)
      }
      return true
    },
    async remove(name) {
      for (const file of of(name)) files.delete(`${name}/${file}`)
    },
    names: async () => [...new Set([...files.keys()].map((key) => key.replace(/\/@.*/, '')))],
    location: ({ name }, file) => `${name}/${file}`,
  }
  const check: KeyCheck = {
    location: 'the note',
    read: async () => note,
    async write(bytes) {
      await shelf.meanwhile()
      shelf.effect()
      note = bytes
      return true
    },
    populated: async () => files.size > 0,
  }
  const open = async (...sources: [KeySource, KeySource?]) => encryptedStore(backend, await openKeys(check, ...sources))
  return { ...shelf, shelf, backend, open }
}

const NAMES = ['certificate/shop', 'certificate/blog', 'account/letsencrypt', 'linode']

/** Each name has all three stages, the last one has one. */
async function filled() {
  const world = createShelf()
  const store = await world.open(former)
  for (const name of NAMES) {
    const value = (stage: string) => new Secret(`canary-token-${name}-${stage}`)
    const first = await store.stage(name, value(name === 'linode' ? 'current' : 'previous'))
    await store.activate(name, first, undefined)
    if (name === 'linode') continue
    await store.activate(name, await store.stage(name, value('current')), first)
    await store.stage(name, value('pending'))
  }
  return world
}

async function contents(store: SecretStore): Promise<Record<string, string | undefined>> {
  const found: Record<string, string | undefined> = {}
  for (const name of NAMES)
    for (const stage of ['current', 'pending', 'previous'] as const satisfies Stage[])
      found[`${name} ${stage}`] = (await store.read(name, stage))?.value.reveal()
  return found
}

const opens = async (world: ReturnType<typeof createShelf>, ...sources: [KeySource, KeySource?]) =>
  (await failure(world.open(...sources)))?.code ?? 'opens'

describe('the key of a store of sealed secrets', () => {
  test('is changed with all that is there, stage by stage, and the former one opens nothing any more', async () => {
    const world = await filled()
    const before = await contents(await world.open(former))
    expect(await (await world.open(next, former)).rewrap?.()).toBe(NAMES.length)
    expect(await opens(world, former)).toBe('STORE_UNREADABLE')
    const store = await world.open(next)
    expect(await contents(store)).toEqual(before)
    expect([...world.files.keys()].filter(isSealedKey)).toHaveLength(10)
    const version = (await store.read('linode', 'current'))?.version
    expect(await store.stage('linode', new Secret('canary-token-linode-current'))).toBe(version)
    expect(await store.rewrap?.()).toBe(0)
  })

  test('is as it was until it is changed: both that are configured open the store, and what is written is for the former one', async () => {
    const world = await filled()
    const store = await world.open(next, former)
    await store.stage('linode', new Secret('canary-token-new'))
    const alone = await world.open(former)
    expect((await alone.read('linode', 'pending'))?.value.reveal()).toBe('canary-token-new')
    expect(await opens(world, next)).toBe('STORE_UNREADABLE')
  })

  test('killed at any effect of its change, nothing is lost: both open all of it, and the change carries on', async () => {
    const before = await contents(await (await filled()).open(former))
    let kills = 0
    for (let ended = false; !ended; kills++) {
      const world = await filled()
      world.shelf.killAt = kills
      const died = await (await world.open(next, former)).rewrap?.().catch((error: unknown) => error)
      ended = !(died instanceof Killed)
      world.shelf.killAt = Number.POSITIVE_INFINITY
      expect([kills, await contents(await world.open(next, former))]).toEqual([kills, before])
      // Whoever forgets the former one in the midst of it is told, and nothing is made in its place.
      if (kills > 0 && !ended) {
        const alone = await failure(world.open(next))
        expect(alone?.message ?? '').toMatch(/formerMasterKey or formerPassphrase, and run newleaf secrets rewrap$/)
      }
      await (await world.open(next, former)).rewrap?.()
      expect([kills, await contents(await world.open(next))]).toEqual([kills, before])
      expect([...world.files.keys()].filter(isSealedKey)).toHaveLength(10)
    }
    expect(kills).toBeGreaterThan(25)
  })

  test('F-02 changed while others write, seals what they have written too: none of it is left for the former key', async () => {
    for (let round = 0; round < 20; round++) {
      const world = await filled()
      const writers = await Promise.all([world.open(former), world.open(next, former), world.open(former, next)])
      let at = 0
      world.shelf.meanwhile = async () => {
        const store = writers[at % writers.length] as SecretStore
        if (++at % 3 !== round % 3 || at > 30) return
        const name = NAMES[at % NAMES.length] as string
        const error = await failure(store.stage(name, new Secret(`canary-token-${round}-${at}`)))
        // Who has but the former key is refused once the change has begun.
        if (error !== undefined) expect([error.code, store === writers[0]]).toEqual(['STORE_UNREADABLE', true])
      }
      await (await world.open(next, former)).rewrap?.()
      world.shelf.meanwhile = async () => {}
      const found = await contents(await world.open(next))
      expect(Object.values(found).filter((value) => value !== undefined).length).toBeGreaterThanOrEqual(10)
    }
  })

  test('that was opened before a change reads on, and writes with the one that counts now', async () => {
    const world = await filled()
    const early = await world.open(former, next)
    await (await world.open(next, former)).rewrap?.()
    expect((await early.read('linode', 'current'))?.value.reveal()).toBe('canary-token-linode-current')
    await early.stage('linode', new Secret('canary-token-late'))
    expect((await (await world.open(next)).read('linode', 'pending'))?.value.reveal()).toBe('canary-token-late')
  })

  test('is not given up for one secret that cannot be opened: the others are sealed anew, and it is named', async () => {
    const world = await filled()
    const key = [...world.files.keys()].find((each) => each.startsWith('certificate/blog/') && isSealedKey(each)) ?? ''
    const good = world.files.get(key) ?? Buffer.alloc(0)
    world.files.set(key, Buffer.from([...good.subarray(0, -1), (good.at(-1) ?? 0) ^ 1]))
    const store = await world.open(next, former)
    expect((await failure(store.rewrap?.() ?? Promise.resolve()))?.message).toContain('certificate/blog is damaged')
    world.files.set(key, good)
    expect(await store.rewrap?.()).toBe(1)
    expect(await opens(world, next)).toBe('opens')
  })

  test('may be changed from a master key to a passphrase, to another one, and back', async () => {
    const world = createShelf()
    const store = await world.open(former)
    await store.activate('linode', await store.stage('linode', new Secret('canary-token-linode')), undefined)
    const [one, other] = [1, 2].map(
      (index): KeySource => ({ passphrase: new Secret(`canary-token-passphrase-${index}`) }),
    )
    for (const [from, to] of [
      [former, one],
      [one, other],
      [other, former],
    ] as [KeySource, KeySource][]) {
      expect(await (await world.open(to, from)).rewrap?.()).toBe(1)
      expect((await (await world.open(to)).read('linode', 'current'))?.value.reveal()).toBe('canary-token-linode')
      expect(await opens(world, from)).toBe('STORE_UNREADABLE')
    }
  })
})

describe('what an interrupted write has left in a store of sealed secrets', () => {
  test('is gone once it is tidied up, and nothing else is', async () => {
    const world = await filled()
    const before = await contents(await world.open(former))
    const [sealed] = [...world.files.entries()].filter(([key]) => isSealedKey(key))
    const stray = (name: string) => `${name}/@${'0'.repeat(32)}-${'1'.repeat(16)}.sealed`
    for (const name of ['certificate/shop', 'account/never-written'])
      world.files.set(stray(name), sealed?.[1] ?? Buffer.alloc(0))
    const count = world.files.size
    await (await world.open(former)).tidy?.()
    expect([...world.files.keys()].filter((key) => /@0{32}/.test(key))).toEqual([])
    expect(world.files.size).toBe(count - 2 + 2) // of what was never written there is an empty record now
    expect(await contents(await world.open(former))).toEqual(before)
  })

  test('is left to whoever is about to name it: of the two one is too late, and looks again', async () => {
    const world = await filled()
    const store = await world.open(former)
    let once = true
    world.shelf.meanwhile = async () => {
      if (!once) return
      once = false
      await (await world.open(former)).tidy?.()
    }
    const version = await store.stage('linode', new Secret('canary-token-new'))
    expect(await store.read('linode', 'pending')).toMatchObject({ version })
  })
})

const isSealedKey = (key: string) => isSealed(key.slice(key.lastIndexOf('/') + 1))
