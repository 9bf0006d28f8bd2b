/** As much of XML as Namecheap answers with: elements, attributes and text. Whatever else stands there, nothing is read. */

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

type Growing = Element & { readonly children: Element[]; text: string }

const START = /^\uFEFF?\s*(?:<\?xml\s[^?<>]*\?>)?\s*/
const TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.:-]*="[^"<]*")*)\s*(\/?)>/y
const TEXT = /[^<]+/y

/** The root; undefined: it is cut short, or none of this. */
export function readXml(xml: string): Element | undefined {
  const open: Growing[] = []
  let position = START.exec(xml)?.[0].length ?? 0
  while (position < xml.length) {
    const [text] = matchAt(TEXT, xml, position) ?? []
    const decoded = text === undefined ? '' : decode(text)
    const top = open.at(-1)
    if (decoded === undefined || (top === undefined && decoded.trim() !== '')) return undefined
    if (top !== undefined) top.text += decoded
    position += text?.length ?? 0
    const [tag = '', isEnd, name = '', pairs = '', isEmpty] = matchAt(TAG, xml, position) ?? []
    position += tag.length
    if (tag === '' || (isEnd && (top?.name !== name || pairs !== '' || isEmpty))) return undefined
    const element = isEnd ? open.pop() : begun(name, pairs)
    if (element === undefined) return undefined
    if (!isEnd) top?.children.push(element)
    if (!isEnd && !isEmpty) open.push(element)
    if (open.length === 0) return xml.slice(position).trim() === '' ? element : undefined
  }
  return undefined
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position
  return pattern.exec(text)
}

/** Undefined: an attribute stands there twice, or cannot be read. */
function begun(name: string, pairs: string): Growing | undefined {
  const attributes: Record<string, string> = {}
  for (const [, attribute = '', value = ''] of pairs.matchAll(/([\w.:-]+)="([^"]*)"/g)) {
    const decoded = decode(value)
    if (decoded === undefined || Object.hasOwn(attributes, attribute)) return undefined
    attributes[attribute] = decoded
  }
  return { name, attributes, children: [], text: '' }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const KNOWN = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g

/** Undefined: a reference stands there that nobody has declared. */
function decode(text: string): string | undefined {
  if (text.replace(KNOWN, '').includes('&')) return undefined
  try {
    return text.replace(KNOWN, (_all, name, decimal, hex) =>
      name === undefined
        ? String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16))
        : (NAMED[name] ?? ''),
    )
  } catch {
    return undefined // a number that is no character
  }
}
