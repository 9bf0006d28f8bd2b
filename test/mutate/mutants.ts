/** The mutants of a source file. Pure. */
import { alternatives, isWords } from './operators.ts'
import { ANSWER, SWITCH } from './switch.ts'
import { childrenOf, isFunction, type Node, type Place, parse } from './syntax.ts'

export interface Mutant {
  /** Counted through all files of a run. */
  readonly id: number
  readonly file: string
  readonly start: number
  readonly end: number
  readonly line: number
  /** What stands there instead; empty: the statement is left out. */
  readonly replacement: string
  readonly isStatement: boolean
  /** Runs when its file is loaded, and not again. */
  readonly isLoaded: boolean
  /** The lines that it changes, in one: `if (wait >{+=+} 0) return [-first-]{+undefined+}`. By this it is known wherever it stands. */
  readonly change: string
}

export function mutantsOf(file: string, text: string, firstId: number): Mutant[] {
  const textOf = ({ start, end }: Node) => text.slice(start, end)
  const found: Mutant[] = []
  const visit = (place: Place, isLoaded: boolean): void => {
    if (isWords(place)) return
    const { start, end, type } = place.node
    for (const replacement of alternatives(place, textOf)) {
      const isStatement = type.endsWith('Statement')
      found.push({
        id: firstId + found.length,
        file,
        start,
        end,
        line: text.slice(0, start).split('\n').length,
        replacement,
        isStatement,
        isLoaded,
        change: changeOf(text, start, end, replacement),
      })
    }
    for (const child of childrenOf(place)) visit(child, isLoaded && !isFunction(place.node))
  }
  visit({ node: parse(text), parent: undefined, field: '', inChain: false }, true)
  return found
}

function changeOf(text: string, start: number, end: number, replacement: string): string {
  const [before, after] = [pieces(text.slice(start, end)), pieces(replacement)]
  const shortest = Math.min(before.length, after.length)
  let same = 0
  while (same < shortest && before[same] === after[same]) same += 1
  let sameEnd = 0
  while (sameEnd < shortest - same && before.at(-1 - sameEnd) === after.at(-1 - sameEnd)) sameEnd += 1
  const between = (all: readonly string[]) => all.slice(same, all.length - sameEnd).join('')
  const from = start + before.slice(0, same).join('').length
  const to = from + between(before).length
  const lineStart = text.lastIndexOf('\n', from - 1) + 1
  const lineEnd = text.indexOf('\n', to) === -1 ? text.length : text.indexOf('\n', to)
  const [gone, come] = [between(before), between(after)]
  const marked = `${gone && `[-${gone}-]`}${come && `{+${come}+}`}`
  return `${text.slice(lineStart, from)}${marked}${text.slice(to, lineEnd)}`.replace(/\s+/g, ' ').trim()
}

/** Words and numbers, operators, and every other character by itself. */
const pieces = (text: string): string[] => text.match(/\w+|[<>=!&|?+*/%-]+|[\s\S]/g) ?? []

/** The file with this one mutant in it. */
export const mutated = (text: string, { start, end, replacement, isStatement }: Mutant): string =>
  text.slice(0, start) + (isStatement ? '{}' : `(${replacement})`) + text.slice(end)

/** The file with all of its mutants, each behind the switch `SWITCH(id)`. */
export function withSwitches(text: string, mutants: readonly Mutant[]): string {
  const at = new Map<string, Mutant[]>()
  for (const mutant of mutants) {
    const key = `${mutant.start}-${mutant.end}-${mutant.isStatement}`
    at.set(key, [...(at.get(key) ?? []), mutant])
  }
  const written = (place: Place): string => {
    const { start, end, type } = place.node
    let inner = ''
    let from = start
    for (const child of childrenOf(place)) {
      inner += text.slice(from, child.node.start) + written(child)
      from = child.node.end
    }
    inner += text.slice(from, end)
    const isStatement = type.endsWith('Statement')
    const key = `${start}-${end}-${isStatement}`
    const here = at.get(key) ?? []
    if (here.length > 0) at.delete(key) // the outermost node of a text stands for it
    if (isStatement) return here.reduce((rest, { id }) => `{if(!${SWITCH}(${id})){${rest}\n}}`, inner)
    return here.reduce((rest, { id, replacement }) => `(${SWITCH}(${id})?(${replacement}):(${rest}))`, inner)
  }
  const root = parse(text)
  return `${text.slice(0, root.start)}${written({ node: root, parent: undefined, field: '', inChain: false })}${text.slice(root.end)}\n${DECLARATION}\n`
}

const DECLARATION = `function ${SWITCH}(id: number): boolean { return (globalThis as unknown as Record<string, ((id: number) => boolean) | undefined>).${ANSWER}?.(id) ?? false }`
