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
  let standing: { readonly fault: Fault; left: number }[] = []
  const drop = (entry: { left: number }) => {
    entry.left = 0
    standing = standing.filter((each) => each !== entry)
  }
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? 1 }
      standing.push(entry)
      return Object.assign(() => drop(entry), { left: () => entry.left })
    },
    take(fits) {
      const entry = standing.find(({ fault, left }) => left > 0 && fits(fault))
      if (entry && --entry.left === 0) drop(entry)
      return entry?.fault
    },
  }
}
