import type { SandboxClock } from '../clock.ts'
import { table } from '../shown.ts'
import type { World } from '../world.ts'
import { explanation } from './explain.ts'
import { Misuse } from './flags.ts'
import type { Standing } from './kinds.ts'
import type { FaultOrder, Order } from './parse.ts'

/** Where the orders hang that a person has given to a running world. */
export interface Board {
  /** Does it, and says what was done. */
  carryOut(order: Order): string
}

interface Hanging extends Standing {
  readonly number: number
  readonly words: string
}

export function createBoard(world: World, clock: SandboxClock): Board {
  let hanging: readonly Hanging[] = []
  let lastNumber = 0
  /** What has been used up, or went with its listener, is gone. */
  const standing = () => {
    hanging = hanging.filter((each) => each.stands())
    return hanging
  }

  function fault({ kind, where, how, flags, words }: FaultOrder): string {
    const before = standing()
    const ordered = kind.order(world, where, how, flags)
    const replaced = before.filter(({ at }) => at !== undefined && at === ordered.at)
    const fresh = { ...ordered, number: ++lastNumber, words }
    hanging = [...before.filter((each) => !replaced.includes(each)), fresh]
    return [
      shownFaults([fresh]),
      ...(ordered.hint === undefined ? [] : [`  ${ordered.hint}\n`]),
      ...(replaced.length === 0 ? [] : ['in place of\n', table(replaced.map(cells))]),
    ].join('')
  }

  function mend(number: number | undefined): string {
    const ended = standing().filter((each) => number === undefined || each.number === number)
    if (ended.length === 0 && number !== undefined) throw new Misuse(`no fault has the number ${number}`)
    if (ended.length === 0) return 'nothing to mend\n'
    for (const { end } of ended) end()
    hanging = hanging.filter((each) => !ended.includes(each))
    return `ended\n${table(ended.map(cells))}`
  }

  function setClock(by: number | 'reset'): string {
    if (by === 'reset') clock.reset()
    else if (by > 0) clock.advance(by)
    return shownClock(clock)
  }

  return {
    carryOut(order) {
      switch (order.do) {
        case 'explain':
          return explanation()
        case 'fault':
          return fault(order)
        case 'faults':
          return standing().length === 0 ? 'no faults stand\n' : shownFaults(standing())
        case 'mend':
          return mend(order.number)
        case 'clock':
          return setClock(order.by)
      }
    },
  }
}

const cells = ({ number, words }: Hanging) => [String(number), words]

const shownFaults = (faults: readonly Hanging[]): string =>
  table(faults.map((each) => [...cells(each), shownLeft(each)]))

function shownLeft({ left }: Hanging): string {
  if (!Number.isFinite(left())) return 'until mended'
  return left() === 1 ? 'once more' : `${left()} more times`
}

/** `2027-01-02T03:04:05Z, 30 d 2 h ahead of this machine`. */
export function shownClock(clock: SandboxClock): string {
  const time = `${clock.now().toISOString().slice(0, 19)}Z`
  const minutes = Math.round(clock.offset() / 60_000)
  const parts = [
    [Math.floor(minutes / 1_440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ] as const
  const ahead = parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ')
  if (clock.offset() === 0) return `the sandbox has this machine's time: ${time}\n`
  return `in the sandbox it is ${time}, ${ahead === '' ? 'less than a minute' : ahead} ahead of this machine\n`
}
