/** From now on this process's `Date` is ahead of the machine's clock by so many milliseconds. */
export function shiftDate(offset: () => number): void
