import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
} from 'yaml'
import { MAX_BYTES, TOO_LARGE } from './file.ts'
import { configInvalid, type Mistake, type Position } from './invalid.ts'
import { type Path, shownKey } from './raw-config.ts'

const MAX_DEPTH = 20
const MAX_KEY = 256
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype', '<<'])

const TOO_DEEP = `maps and lists are nested more than ${MAX_DEPTH} deep`
const LONG_KEY = 'a key is too long'
const NO_ALIAS = 'aliases are refused; write the value out'
const NO_ANCHOR = 'anchors are refused; write the value out'

/** In words of our own: those of the parser repeat what stands in the document. */
const syntax: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: NO_ALIAS,
  BAD_ALIAS: NO_ALIAS,
  BAD_DQ_ESCAPE: 'a quoted text holds an unknown escape',
  BAD_INDENT: 'the indentation does not fit, or a closing bracket is missing',
  BAD_SCALAR_START: 'a text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a map cannot begin here; begin a new line, or put the text in quotes',
  KEY_OVER_1024_CHARS: LONG_KEY,
  MISSING_CHAR: 'a quote, a bracket, a comma, a colon or a space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line, with a colon behind it',
  MULTIPLE_ANCHORS: NO_ANCHOR,
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
}

type Refuse = (offset: number, message: string) => void

export interface ParsedDocument {
  readonly data: unknown
  /** Where that stands, or else the nearest of what it would stand in. */
  positionOf(path: Path): Position
}

/** Reads YAML 1.2, of which JSON is a part, without all that can surprise; throws a CONFIG_INVALID with what does. */
export function parseDocument(text: string, file: string): ParsedDocument {
  if (Buffer.byteLength(text) > MAX_BYTES) throw configInvalid(file, [{ text: TOO_LARGE }])
  const { mistakes, ...document } = readDocument(text)
  if (mistakes.length > 0) throw configInvalid(file, mistakes)
  if (document.data === null) throw configInvalid(file, [{ text: 'the configuration is empty' }])
  return document
}

/** The same with the mistakes in place of an error. Of an empty document the data is null. */
export function readDocument(text: string): ParsedDocument & { readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = []
  const data = dataOf(treeOf(text), mistakes)
  // The tree needs a hundred times the memory of its text, and is asked only where something is wrong: then it is made anew.
  let tree: Tree | undefined
  return {
    data,
    mistakes,
    positionOf(path) {
      tree ??= treeOf(text)
      return positionAt(tree, offsetOf(tree.first?.contents ?? null, path))
    },
  }
}

interface Tree {
  readonly first: Document.Parsed | undefined
  readonly second: Document.Parsed | undefined
  readonly lines: LineCounter
}

function treeOf(text: string): Tree {
  const lines = new LineCounter()
  const [first, second] = withoutStacks(() =>
    parseAllDocuments<ParsedNode>(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      stringKeys: true,
      uniqueKeys: false, // it compares each key with each other; `read` does it with a look-up
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter: lines,
    }),
  )
  return { first, second, lines }
}

function positionAt({ lines }: Pick<Tree, 'lines'>, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

/** What stands in it; undefined when the parser has found something wrong. */
function dataOf({ first, second, lines }: Tree, mistakes: Mistake[]): unknown {
  const refuse: Refuse = (offset, text) => void mistakes.push({ text, position: positionAt({ lines }, offset) })
  if (first?.directives.yaml.explicit) refuse(0, 'directives are refused; begin with the first key')
  for (const { code, pos } of first?.errors ?? []) refuse(pos[0], syntax[code] ?? 'this cannot be read as YAML or JSON')
  if (second) refuse(second.range[0], 'a second document begins here; only one can be read')
  return mistakes.length === 0 ? read(first?.contents ?? null, 1, refuse) : undefined
}

/** Of the key of an entry, and of an item of a list. */
function offsetOf(contents: ParsedNode | null, path: Path): number {
  let here = contents
  let offset = contents?.range[0] ?? 0
  for (const part of path) {
    if (isSeq(here)) {
      here = (here.items[Number(part)] as ParsedNode | undefined) ?? null
      offset = here?.range[0] ?? offset
    } else if (isMap<ParsedNode, ParsedNode | null>(here)) {
      const entry = here.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      here = entry?.value ?? null
      offset = entry?.key.range[0] ?? offset
    } else return offset
  }
  return offset
}

/** The parser makes an error for each of its mistakes, of which there may be as many as letters; their stacks take most of the time. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return work()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function read(node: ParsedNode | null, depth: number, refuse: Refuse): unknown {
  if (node === null) return null
  const [offset] = node.range
  if (isAlias(node)) return refuse(offset, NO_ALIAS)
  if (node.anchor !== undefined) refuse(offset, NO_ANCHOR)
  if (node.tag !== undefined) refuse(offset, 'tags are refused; text can be put in quotes')
  if (isScalar(node)) return node.value
  if (depth > MAX_DEPTH) return refuse(offset, TOO_DEEP)
  if (isSeq(node)) return node.items.map((item) => read(item as ParsedNode, depth + 1, refuse))
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return refuse(offset, 'this cannot be read as YAML or JSON')

  const map: Record<string, unknown> = Object.create(null)
  for (const { key, value } of node.items) {
    const name = String(read(key, depth + 1, refuse))
    if (REFUSED_KEYS.has(name)) refuse(key.range[0], `the key ${shownKey(name)} is refused`)
    else if (name.length > MAX_KEY) refuse(key.range[0], LONG_KEY)
    else if (name in map) refuse(key.range[0], `the key ${shownKey(name)} stands twice in one map`)
    map[name] = read(value, depth + 1, refuse)
  }
  return map
}
