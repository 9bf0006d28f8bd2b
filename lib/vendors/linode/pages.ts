import * as v from 'valibot'
import { everyPage as everyPageOf } from '../../platform/pages.ts'
import type { Rest } from '../../platform/rest.ts'

export const pageOf = <Item extends v.GenericSchema>(item: Item) => v.object({ data: v.array(item), pages: v.number() })

/** All of a list; `filter` are the fields that its items must have (techdocs, Filtering and sorting). */
export async function everyPage<Item extends v.GenericSchema>(
  path: string,
  item: Item,
  rest: Rest,
  filter?: Readonly<Record<string, string>>,
): Promise<v.InferOutput<Item>[]> {
  const headers: Readonly<Record<string, string>> = filter === undefined ? {} : { 'x-filter': JSON.stringify(filter) }
  return everyPageOf('Linode', 1, async (page) => {
    const read = await rest.call({ method: 'GET', path: `${path}?page=${page}`, headers, answer: pageOf(item) })
    return { items: read.data, next: page >= read.pages ? undefined : page + 1 }
  })
}
