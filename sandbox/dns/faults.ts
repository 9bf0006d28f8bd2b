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
  add(fault: DnsFault): () => void
  /** The fault for this question, if any; it is then used up by one. */
  take(name: string): DnsFault['how'] | undefined
}

export function createDnsFaults(): DnsFaults {
  const faults: { readonly how: DnsFault['how']; readonly name: string | undefined; left: number }[] = []
  return {
    add({ how, name, times = 1 }) {
      const fault = { how, name: name === undefined ? undefined : canonical(name), left: times }
      faults.push(fault)
      return () => {
        fault.left = 0
      }
    },
    take(name) {
      const fault = faults.find((each) => each.left > 0 && (each.name === undefined || each.name === canonical(name)))
      if (fault) fault.left--
      return fault?.how
    },
  }
}
