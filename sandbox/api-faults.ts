/** What goes wrong with a request, as a test or a person orders it. */
export interface ApiFault {
  readonly method: string
  readonly path: RegExp
  readonly how: /** Refused with `status` before anything happens. */
    | 'status'
    /** A page from something in front of the API, with `status`. */
    | 'html'
    /** The connection breaks before, or after, the API has acted. */
    | 'reset'
    | 'lostAnswer'
    /** Acts and answers rightly, but `delayMs` late. */
    | 'slow'
  /** With `status` and `html`; default 503. */
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** With `slow`; default 50. */
  readonly delayMs?: number
  /** For how many requests; default 1. */
  readonly times?: number
}

export interface ApiFaults {
  /** Returns what ends the fault. */
  add(fault: ApiFault): () => void
  /** The first fault that fits this request; it is then used up by one. */
  take(method: string, path: string): ApiFault | undefined
}

export function createApiFaults(): ApiFaults {
  const faults: { readonly fault: ApiFault; left: number }[] = []
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? 1 }
      faults.push(entry)
      return () => {
        entry.left = 0
      }
    },
    take(method, path) {
      const entry = faults.find(({ fault, left }) => left > 0 && fault.method === method && fault.path.test(path))
      if (entry) entry.left--
      return entry?.fault
    },
  }
}
