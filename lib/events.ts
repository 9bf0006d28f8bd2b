/** What happens in a run, as values: the log, the metrics and the live view each read these, and none reads another's text. */
import { toFailure } from './errors.ts'
import type { Dependencies, Log } from './ports.ts'
import type { Decision, Outcome } from './types.ts'

/** What an event is about. */
export interface Subject {
  /** The id of a certificate. Absent: the step was run outside of `about`. */
  readonly certificate?: string
  /** The target's name, where the step is one of a single target. */
  readonly target?: string
}

export type RunEvent =
  | {
      readonly kind: 'planned'
      readonly certificate: string
      readonly names: readonly string[]
      readonly action: Decision['action']
      /** Of a certificate that could not be looked at: the code of its failure. */
      readonly reason: string
      /** What the reason means here, in one sentence. */
      readonly why: string
      /** Of one that waits. */
      readonly until: Date | undefined
    }
  /** Its authority alone was asked, for its renewal window, which is undefined where none is known. */
  | {
      readonly kind: 'window-asked'
      readonly certificate: string
      readonly start: Date | undefined
      readonly end: Date | undefined
      /** When somebody looks at it again. */
      readonly next: Date
    }
  | (Subject & { readonly kind: 'step-started'; readonly step: string })
  /** `ms`: how long it took, in milliseconds. */
  | (Subject & { readonly kind: 'step-done'; readonly step: string; readonly ms: number })
  /** A step in hand goes on only once somebody else has done something: `what`. Again at each look that found it not done. */
  | (Subject & { readonly kind: 'waiting'; readonly step: string; readonly what: string })
  | (Subject & { readonly kind: 'step-failed'; readonly step: string; readonly code: string; readonly reason: string })
  | {
      readonly kind: 'certificate-finished'
      readonly certificate: string
      readonly result: Outcome['result']
      /** Of its failure, if there was one. */
      readonly code: string | undefined
      readonly reason: string | undefined
      /** In which it failed. */
      readonly step: string | undefined
      /** When somebody looks at it again; undefined: that could not be noted. */
      readonly next: Date | undefined
    }

export type EventSink = (event: RunEvent) => void

/** The same dependencies, with which every log line and every event of a step says what it is about. */
export const about = <W extends Pick<Dependencies, 'log' | 'emit'>>(deps: W, subject: Subject): W => ({
  ...deps,
  log: deps.log.with({ ...subject }),
  emit: (event: RunEvent) => deps.emit({ ...subject, ...event }),
})

/** Hands every event to all of them. One that throws is told to the log, and stands in the way of neither the run nor the others. */
export const toAll =
  (sinks: readonly EventSink[], log: Pick<Log, 'warn'>): EventSink =>
  (event) => {
    for (const sink of sinks) {
      try {
        sink(event)
      } catch (error) {
        warnOf(error, event, log)
      }
    }
  }

function warnOf(error: unknown, { kind }: RunEvent, log: Pick<Log, 'warn'>): void {
  try {
    const { code, message } = toFailure(error)
    log.warn('an event was not shown', { event: kind, code, reason: message })
  } catch {
    // The log is broken as well: there is nobody left to tell, and a renewal is worth more than a line about it.
  }
}
