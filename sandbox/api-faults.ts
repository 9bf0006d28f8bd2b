import { createFaultList, type Ending } from './fault-list.ts'

/** What goes wrong with a request, as a test or a person orders it. */
export interface ApiFault {
  /** Absent: any. */
  readonly method?: string
  /** Absent: any. */
  readonly path?: RegExp
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
  add(fault: ApiFault): Ending
  /** The first fault that fits this request; it is then used up by one. */
  take(method: string, path: string): ApiFault | undefined
}

export function createApiFaults(): ApiFaults {
  const { add, take } = createFaultList<ApiFault>()
  return {
    add,
    take: (method, path) =>
      take((fault) => (fault.method ?? method) === method && (fault.path === undefined || fault.path.test(path))),
  }
}
