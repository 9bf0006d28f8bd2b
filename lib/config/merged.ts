import { type ParsedDocument, readDocument } from './document.ts'
import { configInvalid, type Mistake, type Position } from './invalid.ts'
import { isMap, mapOf, type RawConfig, shownPath } from './raw-config.ts'

interface NamedText {
  /** As it is shown. */
  readonly file: string
  readonly text: string
}

/** A document with the certificates of other files beside its own. Throws a CONFIG_INVALID with all that these hold and must not. */
export function merged(own: ParsedDocument, files: readonly NamedText[], ownFile: string): ParsedDocument {
  if (files.length === 0 || !isMap(own.data)) return own
  const mistakes: Mistake[] = []
  const certificates: Record<string, unknown> = Object.assign(Object.create(null), mapOf(own.data.certificates))
  const owners = new Map<string, (path: Parameters<ParsedDocument['positionOf']>[0]) => Position>()
  for (const { file, text } of files) {
    const { data, mistakes: found, positionOf } = readDocument(text)
    const at = (position?: Position): Position => ({ line: 1, column: 1, ...position, file })
    mistakes.push(...found.map((each) => ({ ...each, position: at(each.position) })))
    if (found.length > 0) continue
    mistakes.push(...outside(data).map((each) => ({ text: each.text, position: at(positionOf(each.path)) })))
    for (const [id, certificate] of Object.entries(mapOf(mapOf(data).certificates))) {
      const path = ['certificates', id]
      if (id in certificates) {
        const { line, column, file: other = ownFile } = (owners.get(id) ?? own.positionOf)(path)
        mistakes.push({
          text: `${shownPath(path)}: stands in ${other}:${line}:${column} as well`,
          position: at(positionOf(path)),
        })
      } else owners.set(id, (wanted) => at(positionOf(wanted)))
      certificates[id] ??= certificate
    }
  }
  if (mistakes.length > 0) throw configInvalid(ownFile, mistakes)
  return {
    data: Object.assign(Object.create(null), own.data, { certificates }),
    positionOf: (path) => ((path[0] === 'certificates' && owners.get(String(path[1]))) || own.positionOf)(path),
  }
}

/** What does not belong into a file that is included. */
function outside(data: unknown): { readonly text: string; readonly path: readonly string[] }[] {
  const only = 'a file that is included holds `certificates`, a map of them by id, and nothing else'
  const { certificates, ...others } = mapOf(data) as RawConfig
  const keys = Object.keys(others).map((key) => ({ text: `${shownPath([key])}: ${only}`, path: [key] }))
  if (isMap(certificates) && Object.keys(certificates).length > 0) return keys
  return [...keys, { text: only, path: certificates === undefined ? [] : ['certificates'] }]
}
