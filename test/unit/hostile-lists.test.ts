import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { everyPage } from '../../lib/platform/pages.ts'
import { safeParse } from '../../lib/platform/safe-parse.ts'
import { failure } from '../support/failure.ts'

const MEBIBYTE = 1_048_576

describe('an answer with a million wrong items', () => {
  let looked = 0
  const wrong = v.pipe(
    v.unknown(),
    v.check(() => {
      looked += 1
      return false
    }),
  )
  const items = Array.from({ length: MEBIBYTE }, () => null)

  test.each<[what: string, schema: v.GenericSchema, value: unknown, where: string]>([
    ['in a list', v.object({ lbs: v.array(wrong) }), { lbs: items }, 'lbs.0'],
    ['by name', v.record(v.string(), wrong), { ...items.slice(0, 50_000) }, '0'],
    ['in what may be missing', v.object({ of: v.optional(v.array(wrong)) }), { of: items }, 'of.0'],
    ['each of which may be one of two', v.object({ of: v.array(v.union([wrong, v.string()])) }), { of: items }, 'of.0'],
  ])('%s is refused at the first', (_what, schema, value, where) => {
    looked = 0
    const { success, issues = [] } = safeParse(schema, value)
    expect({ success, issues: issues.length, looked, at: issues[0] && v.getDotPath(issues[0]) }).toEqual({
      ...{ success: false, issues: 1, looked: 1, at: where },
    })
  })
})

describe('a list that comes page by page', () => {
  /** Reads pages that go on for ever, each with these items; how many were read. */
  async function readEndless(items: readonly unknown[]) {
    let pages = 0
    const read = async (place: number) => {
      pages += 1
      return { items, next: place + 1 }
    }
    return { error: await failure(everyPage('the list', 0, read)), pages }
  }

  test('is read to its end', async () => {
    const pages = [['a', 'b'], [], ['c']]
    const read = async (place: number, before: readonly string[]) => {
      expect(before).toEqual(pages.slice(0, place).flat())
      return { items: pages[place] ?? [], next: place + 1 < pages.length ? place + 1 : undefined }
    }
    expect(await everyPage('the list', 0, read)).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['one long text', ['x'.repeat(MEBIBYTE)]],
    ['many small things', Array.from({ length: 100_000 }, (_, id) => ({ id }))],
  ])('ends with an error once it is longer than 16 MiB: pages of %s', async (_what, items) => {
    const { error, pages } = await readEndless(items)
    expect(error).toMatchObject({ code: 'ANSWER_INVALID', message: 'the list is too long' })
    expect(pages * JSON.stringify(items).length).toBeLessThan(18 * MEBIBYTE)
  })

  test('ends with an error after a thousand pages, however short they are', async () => {
    const { error, pages } = await readEndless([])
    expect(error).toMatchObject({ code: 'ANSWER_INVALID', message: 'the list has no end' })
    expect(pages).toBe(1_000)
  })
})
