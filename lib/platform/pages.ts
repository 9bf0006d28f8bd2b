import { Failure } from '../errors.ts'

/** What stands on a page, and where the next one is; undefined: it is the last. */
export interface Page<Item, Cursor> {
  readonly items: readonly Item[]
  readonly next: Cursor | undefined
}

const MOST_PAGES = 1_000
/** In JSON: far more than newleaf looks through, and far less than a function has room for. */
const MOST_CHARACTERS = 16 * 1_048_576

/** All of a list, page after page. `what` begins the message: a list that goes on for ever rejects with ANSWER_INVALID. */
export async function everyPage<Item, Cursor>(
  what: string,
  first: Cursor,
  read: (cursor: Cursor, before: readonly Item[]) => Promise<Page<Item, Cursor>>,
): Promise<Item[]> {
  const all: Item[] = []
  let characters = 0
  let cursor = first
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { items, next } = await read(cursor, all)
    characters += JSON.stringify(items).length
    if (characters > MOST_CHARACTERS) throw new Failure('ANSWER_INVALID', `${what} is too long`)
    for (const item of items) all.push(item)
    if (next === undefined) return all
    cursor = next
  }
  throw new Failure('ANSWER_INVALID', `${what} has no end`)
}
