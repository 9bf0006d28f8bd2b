import * as v from 'valibot'
import { everyPage as everyPageOf } from '../../platform/pages.ts'
import type { Rest } from '../../platform/rest.ts'
import { readOnce } from '../../platform/shared-reads.ts'

export const pageOf = <Item extends v.GenericSchema>(item: Item) => v.object({ data: v.array(item), pages: v.number() })

/** All of a list; `filter` are the fields that its items must have (techdocs, Filtering and sorting). */
export const everyPage = <Item extends v.GenericSchema>(
  path: string,
  item: Item,
  rest: Rest,
  filter?: Readonly<Record<string, string>>,
) => readOnce(`list ${path} ${JSON.stringify(filter ?? {})}`, () => read(path, item, rest, filter))

async function read<Item extends v.GenericSchema>(
  path: string,
  item: Item,
  rest: Rest,
  filter: Readonly<Record<string, string>> | undefined,
): Promise<readonly v.InferOutput<Item>[]> {
  const headers: Readonly<Record<string, string>> = filter === undefined ? {} : { 'x-filter': JSON.stringify(filter) }
  const answer = pageOf(item)
  return everyPageOf('a list of Linode', 1, async (page) => {
    const { data, pages } = await rest.call({ method: 'GET', path: `${path}?page=${page}`, headers, answer })
    return { items: data, next: page < pages ? page + 1 : undefined }
  })
}
