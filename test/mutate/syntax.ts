/** The syntax tree of a source file, as far as mutants need it (ESTree, with the nodes of TypeScript). */
import { parseAst } from 'vitest/node'

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** A node, and where it hangs. */
export interface Place {
  readonly node: Node
  readonly parent: Node | undefined
  /** The field of its parent that holds it. */
  readonly field: string
  /** A link of an optional chain that goes on: parentheses around it would end the chain early. */
  readonly inChain: boolean
}

export const parse = (text: string): Node => parseAst(text, { lang: 'ts' }) as unknown as Node

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

export const isFunction = ({ type }: Node): boolean => type.includes('Function')

export const nodeIn = (node: Node, field: string): Node | undefined => {
  const value = node[field]
  return isNode(value) ? value : undefined
}

/** Of `a.b.c(d)`: `c`. */
export function calledName(call: Node): string | undefined {
  const callee = nodeIn(call, 'callee')
  const name = callee?.type === 'MemberExpression' ? nodeIn(callee, 'property') : callee
  return name?.type === 'Identifier' ? String(name.name) : undefined
}

/** Of `a.b.c(d)`: `a.b`. */
export function receiverOf(call: Node): Node | undefined {
  const callee = nodeIn(call, 'callee')
  return callee?.type === 'MemberExpression' ? nodeIn(callee, 'object') : undefined
}

/** Expressions that carry a type, and run as what they carry it for. */
const TYPED = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']
const isErased = ({ type }: Node) =>
  (type.startsWith('TS') && !TYPED.includes(type)) ||
  ['ImportDeclaration', 'ExportAllDeclaration', 'ImportExpression'].includes(type)

/** What hangs directly below a node and is run, in the order of the text. */
export function childrenOf({ node, inChain }: Pick<Place, 'node' | 'inChain'>): Place[] {
  const places = Object.entries(node).flatMap(([field, value]): Place[] => {
    const nodes = Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
    const goesOn = isLink(node, field) && (inChain || node.type === 'ChainExpression')
    return nodes.map((child) => ({ node: child, parent: node, field, inChain: goesOn }))
  })
  return places
    .filter((place) => !isErased(place.node) && !isName(place))
    .sort((one, other) => one.node.start - other.node.start)
}

const isLink = ({ type }: Node, field: string) =>
  type === 'ChainExpression' ||
  (type === 'MemberExpression' && field === 'object') ||
  (type === 'CallExpression' && field === 'callee')

/** A key or a property that is written out is no expression. */
const isName = ({ parent, field }: Place) =>
  parent !== undefined && (field === 'key' || field === 'property' || field === 'label') && parent.computed !== true
