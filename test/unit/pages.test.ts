import { expect, test } from 'vitest'
import { everyPage } from '../../lib/platform/pages.ts'

test('all pages of a list are read, by whatever the next is asked for', async () => {
  const pages: Record<string, { items: number[]; next: string | undefined }> = {
    first: { items: [1, 2], next: 'second' },
    second: { items: [], next: 'third' },
    third: { items: [3], next: undefined },
  }
  expect(await everyPage('Example', 'first', async (page) => pages[page] ?? { items: [], next: undefined })).toEqual([
    1, 2, 3,
  ])
})

test('a list without an end is an answer that cannot be', async () => {
  const endless = everyPage('Example', 1, async (page) => ({ items: [page], next: page + 1 }))
  await expect(endless).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})
