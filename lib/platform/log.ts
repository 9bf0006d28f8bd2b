import type { Clock, Fields, Log } from '../ports.ts'
import { jsonText } from './json-text.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export interface LogRecord {
  readonly time: Date
  readonly level: Level
  readonly message: string
  readonly fields: Fields
}

/** Where records go. There is one for a run; what is printed is decided here and nowhere else. */
export type LogSink = (record: LogRecord) => void

export function createLog(sink: LogSink, clock: Clock, fields: Fields = {}): Log {
  const at =
    (level: Level) =>
    (message: string, more: Fields = {}) =>
      sink({ time: clock.now(), level, message, fields: { ...fields, ...more } })
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLog(sink, clock, { ...fields, ...more }),
  }
}

const MAX_TEXT = 1_000
/** What stands behind this is never shown, and looking for secrets in a megabyte of hostile text takes minutes. */
const MAX_READ = 16 * MAX_TEXT
const SECRET_SHAPES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bBearer +[^\s"']+/gi,
  // A signed request or token; the one in a link that a CA gives people to open is theirs to see.
  /(?<![?&]jwt=)\beyJ[\w-]{10,}\.[\w-]*\.[\w-]*/g,
]

/** The second net under the typed Secret: whatever looks like a secret is masked, whoever wrote it. */
export const masked = (text: string): string =>
  SECRET_SHAPES.reduce((rest, shape) => rest.replace(shape, '[secret]'), text)

/** One line that a terminal or a log reader cannot be fooled with: no control characters, masked, and not endless. */
export function safeText(text: string): string {
  const clean = masked(text.slice(0, MAX_READ)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean
}

const safeValue = (value: Fields[string]) =>
  typeof value === 'string'
    ? safeText(value)
    : Array.isArray(value)
      ? value.map((text) => safeText(String(text)))
      : value

/** One JSON object a line. */
export const jsonLines =
  (write: (line: string) => void): LogSink =>
  ({ time, level, message, fields }) => {
    const safe = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safeValue(value)]))
    write(`${jsonText({ time: time.toISOString(), level, message: safeText(message), ...safe })}\n`)
  }

export const silent: LogSink = () => {}
