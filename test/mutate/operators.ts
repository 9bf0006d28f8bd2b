/** What a mutant may change: for each kind of node the texts that may stand in its place. */
import { calledName, type Node, nodeIn, type Place, receiverOf } from './syntax.ts'

type Text = (node: Node) => string
type Operator = (place: Place, text: Text) => readonly string[]

/** The one that differs at the boundary alone, if there is one, and the opposite. */
const COMPARED: ReadonlyMap<string, readonly [near: string | undefined, opposite: string]> = new Map([
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['===', [undefined, '!==']],
  ['!==', [undefined, '===']],
])
const COUNTED = new Map(Object.entries({ '+': '-', '-': '+', '*': '/', '/': '*', '%': '*' }))
/** These give what they were called on, all of it and as it was. */
const NARROWING = ['filter', 'slice', 'sort', 'toSorted', 'reverse', 'trim', 'toLowerCase', 'toUpperCase', 'replace']
const EXCHANGED = new Map(
  Object.entries({
    some: 'every',
    every: 'some',
    min: 'max',
    max: 'min',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    find: 'findLast',
    findLast: 'find',
  }),
)
/** Above it a number is a size or a time, and its mutant is ten times as large. */
const LARGEST_COUNT = 9

const isTest = ({ parent, field }: Place) =>
  field === 'test' &&
  ['IfStatement', 'ConditionalExpression', 'WhileStatement', 'ForStatement'].includes(parent?.type ?? '')
const isLoop = ({ parent }: Place) => parent?.type === 'WhileStatement' || parent?.type === 'ForStatement'
const isResult = ({ node, parent, field }: Place) =>
  (parent?.type === 'ReturnStatement' ||
    (parent?.type === 'ArrowFunctionExpression' && field === 'body' && node.type !== 'BlockStatement')) &&
  node.type !== 'AssignmentExpression' &&
  !(node.type === 'Identifier' && node.name === 'undefined')

const isText = (node: Node | undefined): boolean =>
  node !== undefined &&
  (node.type === 'TemplateLiteral' ||
    (node.type === 'Literal' && typeof node.value === 'string') ||
    (node.type === 'BinaryExpression' && (isText(nodeIn(node, 'left')) || isText(nodeIn(node, 'right')))))

function binary(place: Place, text: Text): string[] {
  const { node } = place
  const [left, right, operator] = [nodeIn(node, 'left'), nodeIn(node, 'right'), String(node.operator)]
  if (left === undefined || right === undefined) return []
  const [near, opposite] = COMPARED.get(operator) ?? [isText(node) ? undefined : COUNTED.get(operator)]
  const [to, from] = [left.end - node.start, right.start - node.start]
  const whole = text(node)
  // Whoever notices that a test is always true and that it is always false notices its opposite.
  return [near, isTest(place) ? undefined : opposite].flatMap((other) =>
    other === undefined
      ? []
      : [whole.slice(0, to) + whole.slice(to, from).replace(operator, other) + whole.slice(from)],
  )
}

function literal({ node }: Place): string[] {
  const { value, regex } = node
  if (typeof value === 'boolean') return [String(!value)]
  if (typeof value === 'number') return [String(value <= LARGEST_COUNT ? value + 1 : value * 10)]
  if (typeof value === 'string') return /\s/.test(value) ? [] : [value === '' ? "'mutant'" : "''"]
  if (regex === undefined) return []
  const { pattern, flags } = regex as { pattern: string; flags: string }
  const patterns = [pattern.replace(/^\^/, ''), pattern.replace(/(?<!\\)\$$/, '')].filter((each) => each !== pattern)
  return patterns.map((each) => `/${each}/${flags}`)
}

function call({ node }: Place, text: Text): string[] {
  const [name, receiver] = [calledName(node), receiverOf(node)]
  if (name === undefined || receiver === undefined) return []
  const other = EXCHANGED.get(name)
  const rest = text(node).slice(text(receiver).length)
  return [
    ...(NARROWING.includes(name) ? [text(receiver)] : []),
    ...(other === undefined ? [] : [text(receiver) + rest.replace(name, other)]),
  ]
}

const operators: Readonly<Record<string, Operator>> = {
  BinaryExpression: binary,
  Literal: literal,
  CallExpression: call,
  LogicalExpression: ({ node }, text) =>
    ['left', 'right'].flatMap((side) => {
      const kept = nodeIn(node, side)
      return kept === undefined ? [] : [text(kept)]
    }),
  UnaryExpression: (place, text) => {
    const argument = nodeIn(place.node, 'argument')
    if (argument === undefined || !['!', '-'].includes(String(place.node.operator))) return []
    return isTest(place) ? [] : [text(argument)]
  },
  ChainExpression: ({ node }, text) => [
    text(node)
      .replace(/\?\.(?=[([])/g, '')
      .replace(/\?\./g, '.'),
  ],
  ArrayExpression: ({ node }) => ((node.elements as unknown[]).length > 0 ? ['[]'] : []),
  TemplateLiteral: ({ node, parent }, text) =>
    parent?.type === 'TaggedTemplateExpression' || /\s/.test(text(node)) ? [] : ["''"],
}

/** Statements that can be left out. */
const LEFT_OUT = ['ExpressionStatement', 'BreakStatement', 'ContinueStatement']

/** What may stand in the place of a node; empty text leaves a statement out. */
export function alternatives(place: Place, text: Text): string[] {
  const { node, parent } = place
  if (LEFT_OUT.includes(node.type))
    return parent?.type === 'SwitchCase' || typeof node.directive === 'string' ? [] : ['']
  if (node.type === 'ReturnStatement') return node.argument === null ? [''] : []
  if (place.inChain || !isWrappable(place)) return []
  const all = [
    ...(isTest(place) ? (isLoop(place) ? ['false'] : ['true', 'false']) : []),
    ...(operators[node.type]?.(place, text) ?? []),
    ...(isResult(place) ? ['undefined'] : []),
  ]
  return [...new Set(all)].filter((each) => each !== text(node))
}

/** Whether parentheses may stand around it: not around what is assigned to, called or deleted. */
const isWrappable = ({ parent, field, node }: Place) =>
  !(field === 'callee' || field === 'tag' || field === 'quasi') &&
  !(parent?.type === 'AssignmentExpression' && field === 'left') &&
  !(parent?.type === 'UpdateExpression' || (parent?.type === 'UnaryExpression' && parent.operator === 'delete')) &&
  node.type !== 'TemplateElement'

/** What is said to people is no behaviour of the product: log lines, messages of failures, descriptions of options. */
export function isWords({ node, parent, field }: Place): boolean {
  if (isLogged(node)) return true
  if (node.type === 'ExpressionStatement') return isLogged(nodeIn(node, 'expression'))
  if (field !== 'arguments' || parent === undefined) return false
  const at = (parent.arguments as Node[]).indexOf(node)
  const name = calledName(parent)
  return name === 'description' || (parent.type === 'NewExpression' && /(Failure|Error)$/.test(name ?? '') && at === 1)
}

const isLogged = (node: Node | undefined): boolean => {
  if (node?.type !== 'CallExpression') return false
  const [receiver, name] = [receiverOf(node), calledName(node)]
  const log = receiver?.type === 'MemberExpression' ? nodeIn(receiver, 'property') : receiver
  return log?.name === 'log' && ['debug', 'info', 'warn', 'error'].includes(name ?? '')
}
