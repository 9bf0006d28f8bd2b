import { createFaultList, type Ending } from '../fault-list.ts'
import { canonical } from './zones.ts'

export interface DnsFault {
  /** `lag`: answers as if the newest change to that name had not arrived yet. `drop`: no answer at all. */
  readonly how: 'servfail' | 'drop' | 'lag' | 'refuse'
  /** Only for questions about this name; absent: about any. */
  readonly name?: string
  /** Only for questions that come over this one; absent: over either. */
  readonly transport?: 'udp' | 'tcp'
  /** For how many questions; default 1. */
  readonly times?: number
}

export interface DnsFaults {
  add(fault: DnsFault): Ending
  /** The fault for this question, if any; it is then used up by one. */
  take(name: string, transport: 'udp' | 'tcp'): DnsFault['how'] | undefined
}

export function createDnsFaults(): DnsFaults {
  const { add, take } = createFaultList<DnsFault>()
  return {
    add,
    take: (asked, over) =>
      take(
        ({ name, transport = over }) =>
          transport === over && (name === undefined || canonical(name) === canonical(asked)),
      )?.how,
  }
}
