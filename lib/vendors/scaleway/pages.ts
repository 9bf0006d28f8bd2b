import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import type { Rest } from '../../platform/rest.ts'
import { readOnce } from '../../platform/shared-reads.ts'

/** One page of a list, which stands in the field that the API names it by. */
export const pageOf = <Item extends v.GenericSchema>(field: string, item: Item) =>
  v.pipe(
    v.object({ [field]: v.array(item), total_count: v.number() }),
    v.transform((page) => ({ items: page[field] as v.InferOutput<Item>[], total: page.total_count as number })),
  )

export interface List<Item extends v.GenericSchema> {
  readonly path: string
  readonly field: string
  readonly item: Item
  /** Filters, and the order that keeps anything from coming twice when something is added or deleted meanwhile. */
  readonly query: Readonly<Record<string, string>>
  /** The number of the first page is left out. */
  readonly plainFirstPage?: true
}

const MOST_PAGES = 1_000

/** All of a list. The size of a page is the server's choice, unless the query names one. */
export const everyPage = <Item extends v.GenericSchema>(list: List<Item>, rest: Rest) =>
  readOnce(`list ${list.path} ${JSON.stringify(list.query)}`, () => read(list, rest))

async function read<Item extends v.GenericSchema>(
  { path, field, item, query, plainFirstPage }: List<Item>,
  rest: Rest,
): Promise<readonly v.InferOutput<Item>[]> {
  const all: v.InferOutput<Item>[] = []
  const answer = pageOf(field, item)
  for (let page = 1; page <= MOST_PAGES; page++) {
    const isPlain = page === 1 && plainFirstPage
    const asked = new URLSearchParams({ ...query, ...(isPlain ? {} : { page: `${page}` }) })
    const { items, total } = await rest.call({
      method: 'GET',
      path: asked.size === 0 ? path : `${path}?${asked}`,
      answer,
    })
    all.push(...items)
    if (items.length === 0 || all.length >= total) return all
  }
  throw new Failure('ANSWER_INVALID', `Scaleway's list of ${field} has no end`)
}
