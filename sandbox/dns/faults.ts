import { createFaultList, type Ending } from '../fault-list.ts'
import { canonical } from './zones.ts'

export interface DnsFault {
  /** `lag`: answers as if the newest change to that name had not arrived yet. `drop`: no answer at all. */
  readonly how: 'servfail' | 'drop' | 'lag' | 'refuse'
  /** Only for questions about this name; absent: about any. */
  readonly name?: string
  /** For how many questions; default 1. */
  readonly times?: number
}

export interface DnsFaults {
  add(fault: DnsFault): Ending
  /** The fault for this question, if any; it is then used up by one. */
  take(name: string): DnsFault['how'] | undefined
}

export function createDnsFaults(): DnsFaults {
  const { add, take } = createFaultList<DnsFault>()
  return {
    add,
    take: (asked) => take(({ name }) => name === undefined || canonical(name) === canonical(asked))?.how,
  }
}
