import type { EventSink, RunEvent } from '../events.ts'
import type { Level } from '../platform/log.ts'
import type { Fields, Log } from '../ports.ts'

/** How each kind of event is said in the log: people and programs search their logs for these words. */
const MESSAGES = {
  planned: 'planned',
  'window-asked': 'renewal window asked for',
  'step-started': 'step started',
  'step-done': 'step done',
  waiting: 'waiting',
  'step-failed': 'step failed',
  'certificate-finished': 'certificate finished',
} as const satisfies Record<RunEvent['kind'], string>

/** Writes each event as one line of the log. */
export const logEvents =
  (log: Log): EventSink =>
  (event) => {
    const { kind, ...fields } = event
    log[levelOf(event)](MESSAGES[kind], Object.fromEntries(Object.entries(fields).map(field)))
  }

const levelOf = (event: RunEvent): Level => {
  if (event.kind === 'waiting') return 'debug'
  if (event.kind === 'step-failed') return 'warn'
  return event.kind === 'certificate-finished' && event.code !== undefined ? 'error' : 'info'
}

const field = ([name, value]: [string, Fields[string] | Date]): [string, Fields[string]] => [
  name,
  value instanceof Date ? value.toISOString() : value,
]
