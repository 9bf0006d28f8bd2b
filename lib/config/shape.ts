import type * as v from 'valibot'
import { nearest, suggestion } from '../platform/suggestion.ts'
import { isMap, type Path, type RawConfig } from './raw-config.ts'

/** What the schemas of valibot that hold others have in common, as far as it is needed to walk down. */
interface Shape {
  readonly type: string
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly rest?: v.GenericSchema
  readonly value?: v.GenericSchema
  readonly wrapped?: v.GenericSchema
  readonly item?: v.GenericSchema
  readonly options?: readonly v.GenericSchema[]
}

const ofMap = ({ type, entries }: Shape) => entries !== undefined || type === 'record'

/** Takes a mistake, and the path of the missing field that was meant, if that is what it is. */
export type ReportMistake = (path: Path, message: string, meant?: Path) => void

/**
 * What valibot leaves out: it tells only the first unknown field of an object, without those that are known, and takes
 * a list for a map.
 */
export function checkShape(schema: v.GenericSchema, value: unknown, path: Path, report: ReportMistake): void {
  const shape = schema as Shape
  const { type, entries = {}, rest, wrapped, item } = shape
  if (wrapped) checkShape(wrapped, value, path, report)
  if (item && Array.isArray(value)) {
    for (const [index, each] of value.entries()) checkShape(item, each, [...path, index], report)
  }
  if (type === 'union' && isMap(value)) {
    const maps = shape.options?.filter((option) => ofMap(option as Shape)) ?? []
    if (maps.length === 1 && maps[0]) checkShape(maps[0], value, path, report)
  }
  if (!ofMap(shape)) return
  if (Array.isArray(value)) report(path, 'expected a map of fields, not a list')
  if (!isMap(value)) return
  for (const [key, each] of Object.entries(value)) {
    const inner = (Object.hasOwn(entries, key) ? entries[key] : rest) ?? (type === 'record' ? shape.value : undefined)
    if (inner) checkShape(inner, each, [...path, key], report)
    else if (type === 'strict_object') reportUnknown(key, value, Object.keys(entries), path, report)
  }
}

function reportUnknown(
  key: string,
  value: RawConfig,
  known: readonly string[],
  path: Path,
  report: ReportMistake,
): void {
  const near = nearest(key, known)
  const meant = near !== undefined && !(near in value) ? [...path, near] : undefined
  report([...path, key], `unknown field${suggestion(key, known)}`, meant)
}
