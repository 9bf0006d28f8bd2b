/** Ends a fault; called again, it does nothing. */
export interface Ending {
  (): void
  /** For how many more occasions the fault stands. */
  left(): number
}

export interface FaultList<Fault> {
  add(fault: Fault): Ending
  /** The first fault that fits; it is then used up by one. */
  take(fits: (fault: Fault) => boolean): Fault | undefined
}

/** Faults in the order in which they were added, each for `times` occasions; 1 if that is absent. */
export function createFaultList<Fault extends { readonly times?: number }>(): FaultList<Fault> {
  const entries: { readonly fault: Fault; left: number }[] = []
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? 1 }
      entries.push(entry)
      const end = () => {
        entry.left = 0
      }
      return Object.assign(end, { left: () => entry.left })
    },
    take(fits) {
      const entry = entries.find(({ fault, left }) => left > 0 && fits(fault))
      if (entry) entry.left--
      return entry?.fault
    },
  }
}
