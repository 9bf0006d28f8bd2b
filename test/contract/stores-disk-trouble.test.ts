import { describe, expect, onTestFinished, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { type FileChange, tapFiles, unsynced } from '../support/file-changes.ts'
import { openSecrets, openState, temporaryFolder } from '../support/stores.ts'

const NAME = 'certificate/shop'

/** What a file system refuses with, and which changes it refuses so. */
const TROUBLES: readonly (readonly [errno: string, kinds: readonly FileChange['kind'][]])[] = [
  ['ENOSPC', ['mkdir', 'create', 'write', 'sync', 'link', 'rename']],
  ['EROFS', ['mkdir', 'create', 'link', 'rename', 'rm', 'rmdir']],
  ['EMFILE', ['create']],
  ['EIO', ['mkdir', 'create', 'write', 'sync', 'link', 'rename', 'rm', 'rmdir']],
]

interface Case<Store> {
  open(folder: string): Promise<Store>
  before(store: Store): Promise<unknown>
  work(store: Store): Promise<unknown>
  read(store: Store): Promise<string>
}

/** Does the work with one of its changes refused after the other, and a write refused half-way; says what is wrong then. */
async function wrongIn<Store>({ open, before, work, read }: Case<Store>): Promise<{ tried: number; wrong: string[] }> {
  const wrong: string[] = []
  let tried = 0
  for (const [errno, kinds] of TROUBLES) {
    for (let refused = 1, came = 1; ; refused++) {
      const folder = await temporaryFolder(onTestFinished)
      const disk = tapFiles(unsynced)
      const store = await open(folder)
      await before(store)
      const old = await read(store)
      came = 0
      const trouble = tapFiles(async ({ kind }, act) => {
        if (!kinds.includes(kind) || ++came !== refused) return act()
        await act.half?.()
        throw Object.assign(new Error(`${errno}: refused`), { code: errno, syscall: kind })
      })
      const heard = await work(store)
        .then(
          () => 'nothing',
          (error: unknown) => (isFailure(error, 'STORE_FAILED') ? String(error.fields.errno) : String(error)),
        )
        .finally(trouble)
      const found = await read(store)
      await work(await open(folder))
      const next = await read(store)
      disk()
      if (came < refused) break
      tried++
      const say = (what: string) => wrong.push(`${errno} at change ${refused}: ${what}`)
      if (heard !== 'nothing' && heard !== errno) say(`it says ${heard}`)
      if (heard === 'nothing' && found !== next) say(`it says nothing, and ${found} is there`)
      if (found !== old && found !== next) say(`${found} is there`)
      if (next === old) say('the work does nothing')
    }
  }
  return { tried, wrong }
}

describe('the stores of files, when the disk refuses', () => {
  test('F-09: a secret stays as it was or becomes what it was to be, who staged hears of it, and can again', async () => {
    const { tried, wrong } = await wrongIn({
      open: openSecrets,
      async before(secrets) {
        await secrets.activate(NAME, await secrets.stage(NAME, new Secret('canary-token-one')), undefined)
      },
      work: (secrets) => secrets.stage(NAME, new Secret('canary-token-two')),
      read: async (secrets) =>
        JSON.stringify([await secrets.read(NAME, 'current'), (await secrets.read(NAME, 'pending'))?.version]),
    })
    expect(wrong).toEqual([])
    expect(tried).toBeGreaterThan(30)
  })

  test('F-09: the stages of a secret move wholly or not at all, and whoever promoted hears of it', async () => {
    const { tried, wrong } = await wrongIn({
      open: openSecrets,
      async before(secrets) {
        await secrets.activate(NAME, await secrets.stage(NAME, new Secret('canary-token-one')), undefined)
        await secrets.stage(NAME, new Secret('canary-token-two'))
      },
      async work(secrets) {
        const pending = await secrets.read(NAME, 'pending')
        const current = await secrets.read(NAME, 'current')
        if (pending) await secrets.activate(NAME, pending.version, current?.version)
      },
      read: async (secrets) =>
        JSON.stringify([
          (await secrets.read(NAME, 'current'))?.version,
          (await secrets.read(NAME, 'previous'))?.version,
        ]),
    })
    expect(wrong).toEqual([])
    expect(tried).toBeGreaterThan(15)
  })

  test('F-09: a document of the state stays as it was or becomes what it was to be', async () => {
    const { tried, wrong } = await wrongIn({
      open: openState,
      async before(state) {
        let tag: string | undefined
        for (let number = 1; number <= 9; number++) tag = await state.write(NAME, { number }, tag)
      },
      async work(state) {
        const stored = await state.read(NAME)
        const known = stored?.document as { number: number } | undefined
        if (known?.number !== 10) await state.write(NAME, { number: 10 }, stored?.tag)
      },
      read: async (state) => JSON.stringify((await state.read(NAME))?.document),
    })
    expect(wrong).toEqual([])
    expect(tried).toBeGreaterThan(15)
  })
})
