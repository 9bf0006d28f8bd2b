import { parseAst } from 'vitest/node'

interface Node {
  readonly type: string
  readonly name?: unknown
}

/** Every identifier of a TypeScript source, once: variables, functions, types, fields and parameters, in the order of the text. */
export function identifiersIn(text: string): string[] {
  const found = new Set<string>()
  const visit = (node: Node): void => {
    if ((node.type === 'Identifier' || node.type === 'PrivateIdentifier') && typeof node.name === 'string')
      found.add(node.name)
    for (const child of Object.values(node).flat()) if (isNode(child)) visit(child)
  }
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node)
  return [...found]
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value

/** `lastProvenIn` and `LAST_PROVEN_IN` are the words last, proven and in. */
export const wordsOf = (identifier: string): string[] =>
  identifier
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[ _$]+/)
    .filter((word) => word !== '')
