import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kept } from '../../lib/config/kept.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { loadOutline } from '../../lib/config/outline.ts'
import { sound } from '../support/config-text.ts'

test('what was read of a text is given again for the same text of the same file, and for no other', async () => {
  let count = 0
  const read = kept(async (text) => ({ text, count: ++count }))
  const at = (file: string) => ({ folder: '.', file })
  const first = await read('a', at('one.yaml'))
  expect(await read('a', at('one.yaml'))).toBe(first)
  expect(await read('a', at('two.yaml'))).toEqual({ text: 'a', count: 2 })
  expect(await read('b', at('two.yaml'))).toEqual({ text: 'b', count: 3 })
  expect(await read('b', { ...at('two.yaml'), folder: '/elsewhere' })).toEqual({ text: 'b', count: 4 })
})

test('a text that is refused is read again', async () => {
  let count = 0
  const read = kept(async () => {
    count += 1
    throw new Error('no')
  })
  for (const _ of [1, 2]) await expect(read('a', { folder: '.', file: 'one.yaml' })).rejects.toThrow('no')
  expect(count).toBe(2)
})

test.each([
  ['loadConfig', loadConfig],
  ['loadOutline', loadOutline],
])('%s parses a file again once it has changed', async (_name, load) => {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-kept-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'newleaf.yaml')
  await writeFile(file, sound)
  const first = await load(file)
  expect(await load(file)).toBe(first)
  await writeFile(file, `${sound}\n# another text\n`)
  const second = await load(file)
  expect(second).not.toBe(first)
  expect(second).toEqual(first)
})
