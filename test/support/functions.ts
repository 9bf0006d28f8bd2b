import { parseAst } from 'vitest/node'

/** A function that stands in a file. */
export interface FunctionInFile {
  /** As it is called where it stands: its own name, or that of the constant, the property or the class member that holds it. */
  readonly name: string
  readonly line: number
  /** From its first line to its last, those of functions within it included. */
  readonly lines: number
  readonly parameters: number
  /** How deep blocks stand in each other, those of functions within it included: 1 is its own body alone, 0 an expression. */
  readonly depth: number
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
}

interface FunctionNode extends Node {
  readonly params: readonly Node[]
}

/** All functions of a TypeScript source, in the order of the text. */
export function functionsIn(text: string): FunctionInFile[] {
  const found: FunctionInFile[] = []
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const visit = (node: Node, name: string): void => {
    const own = nameIn(node) ?? name
    if (isFunction(node)) {
      const line = lineAt(node.start)
      const parameters = (node as FunctionNode).params.length
      found.push({ name: own, line, lines: lineAt(node.end) - line + 1, parameters, depth: depthOf(node) })
    }
    // A call within `const x = …` does not make a function that is handed to it `x`.
    const inherited = /^(VariableDeclarator|Property|PropertyDefinition|MethodDefinition|TS\w+Expression)$/.test(
      node.type,
    )
    for (const child of childrenOf(node)) visit(child, inherited ? own : 'an unnamed function')
  }
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, 'an unnamed function')
  return found
}

const isFunction = ({ type }: Node) => /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type)

const depthOf = (node: Node): number =>
  Math.max(0, ...childrenOf(node).map(depthOf)) + (/^(BlockStatement|SwitchStatement)$/.test(node.type) ? 1 : 0)

/** `id` of a declaration, `key` of a property or a member. */
function nameIn(node: Node): string | undefined {
  const { id, key } = node as Node & {
    readonly id?: { name?: string } | null
    readonly key?: { name?: string; value?: unknown }
  }
  return id?.name ?? key?.name ?? (key?.value === undefined ? undefined : String(key.value))
}

const childrenOf = (node: Node): Node[] =>
  Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value === 'object' && value !== null && 'type' in value)
