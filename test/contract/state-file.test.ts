import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { go, killAfter, startWorker } from '../support/processes.ts'
import { failureOf, openState, temporaryFolder } from '../support/stores.ts'

const KEY = 'certificate/shop'

async function filled() {
  const folder = await temporaryFolder(onTestFinished)
  const store = await openState(folder)
  const tag = await store.write(KEY, 'old', await store.write(KEY, 'older', undefined))
  return { folder, store, tag, place: join(folder, 'state/certificate/shop') }
}

describe('the state store of files', () => {
  test('F-02 no change of two processes that write the same document at once is lost', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const names = ['left', 'right']
    const workers = await Promise.all(names.map((name) => startWorker(['count', folder, name, '60'])))
    for (const worker of workers) go(worker)
    await Promise.all(workers.map(({ ended }) => ended))
    const list = (await (await openState(folder)).read(KEY))?.document as string[]
    expect(list).toHaveLength(120)
    expect(new Set(list).size).toBe(120)
  })

  test('F-02 processes that put and remove the same marker at once leave neither it nor its folders', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const workers = await Promise.all(['a', 'b', 'c'].map((name) => startWorker(['mark', folder, name, '60'])))
    for (const worker of workers) go(worker)
    await Promise.all(workers.map(({ ended }) => ended))
    expect(await readdir(join(folder, 'state'), { recursive: true })).toEqual([])
  })

  test('F-01 a process killed at any moment leaves a document that reads and writes', async () => {
    const { folder, store, place } = await filled()
    await store.remove(KEY)
    for (let round = 0; round < 8; round++) {
      const worker = await startWorker(['count', folder, `round-${round}`, '100000'])
      await killAfter(worker, 1 + round)
      const stored = await store.read(KEY)
      await store.write(KEY, stored?.document ?? [], stored?.tag)
      const files = await readdir(place)
      expect(files.filter((file) => file.startsWith('@tmp-'))).toEqual([])
      expect(files.length).toBeLessThanOrEqual(9)
    }
  })

  test('F-09 a write that does not fit leaves the old document, no half file, and a failure with the path', async () => {
    const { folder, store, place, tag } = await filled()
    const worker = await startWorker(['fill', folder, 'filler', '1'], { fileSize: 64 })
    go(worker)
    expect(JSON.parse(await worker.ended)).toEqual({ code: 'STORE_FAILED', errno: 'EFBIG' })
    expect(await store.read(KEY)).toEqual({ document: 'old', tag })
    expect(await readdir(place)).toEqual(['@1.json', '@2.json'])
    expect(await failureOf(store.write(KEY, 'x'.repeat(2 ** 20), tag))).toBe('STORE_FAILED')
    expect(await store.read(KEY)).toEqual({ document: 'old', tag })
  })

  test('F-61 denied is not absent', async () => {
    const { folder, place } = await filled()
    const asRoot = process.getuid?.() === 0
    await chmod(folder, 0o755)
    if (!asRoot) await chmod(place, 0)
    const worker = await startWorker(['read', folder, 'reader', '1'], asRoot ? { user: 65_534 } : {})
    go(worker)
    expect(JSON.parse(await worker.ended)).toMatchObject({ state: 'DENIED' })
    if (!asRoot) await chmod(place, 0o700)
  })

  test('F-62 a damaged document is refused, never overwritten; without it the one before is back', async () => {
    const { store, place, tag } = await filled()
    const newest = join(place, '@2.json')
    for (const text of ['', '"ol', '{', 'null null', '<html>']) {
      await writeFile(newest, text)
      expect(await failureOf(store.read(KEY))).toBe('STORE_UNREADABLE')
      expect(await failureOf(store.write(KEY, 'new', tag))).toBe('STATE_CONFLICT')
      expect(await readFile(newest, 'utf8')).toBe(text)
    }
    await rm(newest)
    expect((await store.read(KEY))?.document).toBe('older')
  })

  test('F-6A a link or a folder in place of a document is damage, not absence', async () => {
    const { folder, store, place } = await filled()
    await rename(join(place, '@2.json'), join(folder, 'away'))
    await symlink(join(folder, 'away'), join(place, '@2.json'))
    expect(await failureOf(store.read(KEY))).toBe('STORE_UNREADABLE')
    await rm(join(place, '@2.json'))
    await mkdir(join(place, '@2.json'))
    expect(await failureOf(store.read(KEY))).toBe('STORE_UNREADABLE')
  })

  test('F-6A a link in place of a folder is refused by reading, writing, removing and listing', async () => {
    const { folder, store, place } = await filled()
    await rename(place, join(folder, 'away'))
    await symlink(join(folder, 'away'), place)
    expect(await failureOf(store.read(KEY))).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.write(KEY, 1, undefined))).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.remove(KEY))).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.list('certificate/'))).toBe('STORE_UNREADABLE')
    expect(await readdir(join(folder, 'away'))).toEqual(['@1.json', '@2.json'])
  })

  test('F-6A a document that others can change is refused; one that they can read is not', async () => {
    const { store, place } = await filled()
    await chmod(join(place, '@2.json'), 0o644)
    expect(await failureOf(store.read(KEY))).toBe('no failure')
    await chmod(join(place, '@2.json'), 0o666)
    await expect(store.read(KEY)).rejects.toThrow(`chmod go-w '${join(place, '@2.json')}'`)
    expect((await stat(join(place, '@1.json'))).mode & 0o777).toBe(0o600)
  })

  test('what a crash left behind is no document, and is gone after the next write', async () => {
    const { store, tag, place } = await filled()
    await writeFile(join(place, '@tmp-0123456789abcdef'), 'half')
    await mkdir(join(place, '../empty'), { mode: 0o700 })
    expect(await store.list('')).toEqual([KEY])
    await store.write(KEY, 'new', tag)
    expect(await readdir(place)).toEqual(['@1.json', '@2.json', '@3.json'])
  })

  test.each(['', '/a', 'a/', 'a//b', `a/${'x'.repeat(300)}`, 'a/\ud800'])('the key %j is refused', async (key) => {
    const { store } = await filled()
    expect(await failureOf(store.write(key, 1, undefined))).toBe('CONFIG_INVALID')
  })

  test('a listing opens no folder of a time that has not come', async () => {
    const { folder, store } = await filled()
    await store.write('wake/2026-11-22T06:00:00.000Z/shop', {}, undefined)
    await store.write('wake/2027-01-01T00:00:00.000Z/shop', {}, undefined)
    const later = (await readdir(join(folder, 'state/wake'))).sort().at(-1) ?? ''
    await chmod(join(folder, 'state/wake', later), 0o777) // it would be refused
    expect(await store.list('wake/', 'wake/2026-12-01')).toEqual(['wake/2026-11-22T06:00:00.000Z/shop'])
    expect(await failureOf(store.list('wake/'))).toBe('STORE_UNREADABLE')
  })
})
