import { readFileSync } from 'node:fs'

interface Field {
  /** The section that describes what it holds, and whether that stands there once, in a list, or in a map. */
  readonly shape: string | undefined
  readonly many: 'one' | 'list' | 'map'
  readonly isOptional: boolean
}

/** What docs/json.md says: by section, its fields. */
export type Described = ReadonlyMap<string, ReadonlyMap<string, Field>>

export function described(page = readFileSync('docs/json.md', 'utf8')): Described {
  const sections = page.split(/^### /m).slice(1)
  return new Map(
    sections.map((section) => {
      const rows = [...section.matchAll(/^\| `(?<name>\w+)` \| (?<what>.*) \| ?(?<absent>.*?) ?\|$/gm)]
      const [title = ''] = section.split('\n')
      return [
        title.replaceAll(' ', '-'),
        new Map(rows.map(({ groups }) => [groups?.name ?? '', fieldOf(groups ?? {})])),
      ]
    }),
  )
}

/** `[error](#error)`, `list of [sight](#sight): …`, `map of [target result](#target-result), by …` */
function fieldOf({ what = '', absent = '' }: Readonly<Record<string, string>>): Field {
  const { many, shape } = /^(?:(?<many>list|map) of )?\[[^\]]+\]\(#(?<shape>[\w-]+)\)/.exec(what)?.groups ?? {}
  const free = /^(list|map) of /.exec(what)?.[1]
  return { shape, many: (many ?? free ?? 'one') as Field['many'], isOptional: absent !== '' }
}

/** What a document has and the page does not, or has otherwise; which fields it has is noted in `seen`. */
export function undescribed(
  document: unknown,
  section: string,
  page: Described,
  seen: Set<string> = new Set(),
  path = section,
): string[] {
  const fields = page.get(section)
  if (fields === undefined) return [`${path}: there is no section "${section}"`]
  if (!isMap(document)) return [`${path}: not an object`]
  const given = Object.entries(document).filter(([, value]) => value !== undefined)
  const lacking = [...fields].filter(([name, { isOptional }]) => !isOptional && document[name] === undefined)
  return [
    ...lacking.map(([name]) => `${path}.${name}: is never absent, says the page`),
    ...given.flatMap(([name, value]) => {
      const field = fields.get(name)
      if (field === undefined) return [`${path}.${name}: the page does not know it`]
      seen.add(`${section}.${name}`)
      const here = `${path}.${name}`
      const all =
        field.many === 'list' ? Array.isArray(value) : field.many === 'map' ? isMap(value) : !Array.isArray(value)
      if (!all) return [`${here}: not ${field.many}`]
      const { shape } = field
      const parts = field.many === 'one' ? [value] : Object.values(value as object)
      if (shape !== undefined) return parts.flatMap((part) => undescribed(part, shape, page, seen, here))
      return parts.some(isMap) ? [`${here}: holds an object that the page does not describe`] : []
    }),
  ]
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
