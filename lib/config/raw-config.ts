import { safeText } from '../platform/log.ts'
import { looksSecret } from './secret-shapes.ts'

/** A map as it stands in the document: without a prototype. */
export type RawConfig = Readonly<Record<string, unknown>>

export const isMap = (value: unknown): value is RawConfig =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** For looking on where something else stands: then it is an empty one, and the mistake is told elsewhere. */
export const mapOf = (value: unknown): RawConfig => (isMap(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Where something stands in the document. */
export type Path = readonly (string | number)[]

/** Keys are shown, unless they are a secret in the wrong place. */
export const shownKey = (key: string): string => {
  if (looksSecret(key)) return '"[secret]"'
  const text = safeText(key)
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

/** `certificates.shop.names[0]`, and `balancers["two words"]` where a key is not a plain word. */
export const shownPath = (path: Path): string =>
  path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      if (!/^[\w-]{1,80}$/.test(part) || looksSecret(part)) return `[${shownKey(part)}]`
      return index === 0 ? part : `.${part}`
    })
    .join('')
