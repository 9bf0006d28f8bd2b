import { createFaultList, type Ending } from '../fault-list.ts'
import type { DnsQuestion } from './server.ts'
import { canonical } from './zones.ts'

export interface DnsFault {
  /** `lag`: answers as if the newest change to that name had not arrived yet. `drop`: no answer at all. */
  readonly how: 'servfail' | 'drop' | 'lag' | 'refuse'
  /** Only for questions about this name; absent: about any. */
  readonly name?: string
  /** Only for questions of this type: `CAA`; absent: of any. */
  readonly type?: string
  /** Only for questions that come over this one; absent: over either. */
  readonly transport?: 'udp' | 'tcp'
  /** For how many questions; default 1. */
  readonly times?: number
}

export interface DnsFaults {
  add(fault: DnsFault): Ending
  /** The fault for this question, if any; it is then used up by one. */
  take(question: DnsQuestion): DnsFault['how'] | undefined
}

export function createDnsFaults(): DnsFaults {
  const { add, take } = createFaultList<DnsFault>()
  return {
    add,
    take: (asked) =>
      take(
        ({ name, type = asked.type, transport = asked.transport }) =>
          type === asked.type &&
          transport === asked.transport &&
          (name === undefined || canonical(name) === asked.name),
      )?.how,
  }
}
