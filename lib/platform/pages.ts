import { Failure } from '../errors.ts'

export interface Page<Item, Next> {
  readonly items: readonly Item[]
  /** What the next page is asked for by; undefined at the last one. */
  readonly next: Next | undefined
}

const MOST_PAGES = 1_000

/** All of a list that comes in pages, whether they are numbered or each names the next. */
export async function everyPage<Item, Next>(
  vendor: string,
  first: Next,
  read: (page: Next) => Promise<Page<Item, Next>>,
): Promise<Item[]> {
  const all: Item[] = []
  let page: Next | undefined = first
  for (let count = 0; count < MOST_PAGES && page !== undefined; count++) {
    const { items, next }: Page<Item, Next> = await read(page)
    all.push(...items)
    page = next
  }
  if (page === undefined) return all
  throw new Failure('ANSWER_INVALID', `a list of ${vendor} has no end`)
}
