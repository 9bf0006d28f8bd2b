import * as v from 'valibot'
import { everyPage as everyPageOf } from '../../platform/pages.ts'
import type { Rest } from '../../platform/rest.ts'

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

/** All of a list. The size of a page is the server's choice. */
export async function everyPage<Item extends v.GenericSchema>(
  { path, field, item, query, plainFirstPage }: List<Item>,
  rest: Rest,
): Promise<v.InferOutput<Item>[]> {
  const answer = pageOf(field, item)
  let seen = 0
  return everyPageOf('Scaleway', 1, async (page) => {
    const isPlain = page === 1 && plainFirstPage
    const asked = new URLSearchParams({ ...query, ...(isPlain ? {} : { page: `${page}` }) })
    const { items, total } = await rest.call({
      method: 'GET',
      path: asked.size === 0 ? path : `${path}?${asked}`,
      answer,
    })
    seen += items.length
    return { items, next: items.length === 0 || seen >= total ? undefined : page + 1 }
  })
}
