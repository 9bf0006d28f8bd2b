import { parseArgs } from 'node:util'
import { typed } from '../shown.ts'
import { duration, FLAGS, type FlagName, type Flags, Misuse, readFlag, shownFlag } from './flags.ts'
import { flagsOf, KINDS, type Kind } from './kinds.ts'

export interface FaultOrder {
  readonly do: 'fault'
  readonly kind: Kind
  readonly where: string
  readonly how: string
  readonly flags: Flags
  /** As it was typed. */
  readonly words: string
}

/** What a person orders from another terminal. */
export type Order =
  | FaultOrder
  /** What can be ordered. */
  | { readonly do: 'explain' }
  | { readonly do: 'faults' }
  /** Undefined: all. */
  | { readonly do: 'mend'; readonly number: number | undefined }
  /** Forward by so many milliseconds; 0: only tell. */
  | { readonly do: 'clock'; readonly by: number | 'reset' }

const READERS = { fault, faults, mend, clock } as const satisfies Record<string, (args: readonly string[]) => Order>

export const ORDERS = Object.keys(READERS)
const isOrder = (word: string | undefined): word is keyof typeof READERS => ORDERS.includes(word ?? '')

/** Throws a Misuse that says what is possible. */
export function parseOrder([word, ...args]: readonly string[]): Order {
  if (!isOrder(word)) throw new Misuse(`"${word ?? ''}" cannot be ordered; possible are ${ORDERS.join(', ')}`)
  return READERS[word](args)
}

function fault([where, how, ...rest]: readonly string[]): Order {
  if (where === undefined) return { do: 'explain' }
  const kind = KINDS.find(({ wheres }) => wheres.includes(where))
  if (kind === undefined) {
    throw new Misuse(`"${where}" is no place; possible are ${KINDS.flatMap(({ wheres }) => wheres).join(', ')}`)
  }
  if (how === undefined || !Object.hasOwn(kind.whats, how)) {
    const possible = Object.keys(kind.whats).join(', ')
    throw new Misuse(
      `${how === undefined ? 'what shall go wrong' : `"${how}" cannot go wrong`} at ${where}? ${possible}`,
    )
  }
  const flags = flagsIn(rest, flagsOf(kind, how), `${where} ${how}`)
  return { do: 'fault', kind, where, how, flags, words: [where, how, ...rest].map(typed).join(' ') }
}

function flagsIn(args: readonly string[], allowed: readonly FlagName[], what: string): Flags {
  const options = Object.fromEntries(
    allowed.map((name) => [name, { type: 'value' in FLAGS[name] ? ('string' as const) : ('boolean' as const) }]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const found = tokens.map((token) => {
    const given = token.kind === 'option' ? token.rawName : token.kind === 'positional' ? token.value : '--'
    const name = allowed.find((each) => given === `--${each}`)
    if (token.kind !== 'option' || name === undefined) {
      throw new Misuse(`"${given}" is not possible with ${what}; possible are ${allowed.map(shownFlag).join(', ')}`)
    }
    return [name, readFlag(name, token.value)]
  })
  return Object.fromEntries(found)
}

function faults(args: readonly string[]): Order {
  if (args.length > 0) throw new Misuse(`"faults" takes nothing more, and not "${args.join(' ')}"`)
  return { do: 'faults' }
}

function mend([number, ...more]: readonly string[]): Order {
  if (number === undefined) return { do: 'mend', number: undefined }
  if (more.length > 0 || !/^\d{1,6}$/.test(number)) {
    throw new Misuse('"mend" takes the number of a fault, as "faults" shows it, or nothing: then all of them end')
  }
  return { do: 'mend', number: Number(number) }
}

function clock([step, ...more]: readonly string[]): Order {
  if (step === undefined) return { do: 'clock', by: 0 }
  const by = step === 'reset' ? 'reset' : step.startsWith('+') ? duration(step.slice(1)) : undefined
  if (by === undefined || more.length > 0) throw new Misuse('"clock" takes +30d, +2h, +10m or +5s, or "reset"')
  return { do: 'clock', by }
}
