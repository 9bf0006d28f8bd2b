import type { LogRecord, LogSink } from '../lib/platform/log.ts'
import { jsonLines, safeText } from '../lib/platform/log.ts'
import type { Call, Screen, Show } from './call.ts'
import { liveView } from './live-view.ts'
import { type Paint, painter } from './paint.ts'
import { fitted } from './wrap.ts'

/** Shows a run as it goes; `end` leaves the screen ready for what comes after. */
export interface Progress extends Show {
  end(): void
}

/** A live view on a terminal; else the log on standard error, a line a record, as JSON beside a JSON document. */
export function progressOf({ io, json }: Call): Progress {
  if (json) return { sink: jsonLines((line) => io.stderr.write(line)), end() {} }
  const paint = painter(io.stdout, io)
  if (io.stdout.isTTY !== true || io.env.TERM === 'dumb')
    return { sink: lines(io.stderr, painter(io.stderr, io)), end() {} }
  return liveView(io, (record) => lineOf(record, paint, io.stdout))
}

const lines =
  (screen: Screen, paint: Paint): LogSink =>
  (record) => {
    if (record.level !== 'debug') screen.write(`${lineOf(record, paint, screen)}\n`)
  }

/** `shop  step done  step=order ms=120`, with the certificate in front and the rest as fields; at a terminal in lines that fit it. */
function lineOf({ level, message, fields }: LogRecord, paint: Paint, screen: Screen): string {
  const { certificate = '', ...rest } = fields
  const shown = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoted(Array.isArray(value) ? value.join(',') : String(value))}`)
    .join(' ')
  const subject = certificate === '' ? '' : `${String(certificate).padEnd(12)} `
  const text = fitted(`${subject}${message.padEnd(20)} ${shown}`.trimEnd(), 2, screen)
  return level === 'error' ? paint('red', text) : level === 'warn' ? paint('yellow', text) : text
}

const quoted = (text: string) => (/^[\w.:*/,@+-]*$/.test(text) ? text : JSON.stringify(safeText(text)))

/** For commands whose document is all that matters: only warnings, and those on standard error. */
export function warningsOnly({ io, json }: Call): Show {
  const show = json ? jsonLines((line) => io.stderr.write(line)) : lines(io.stderr, painter(io.stderr, io))
  return {
    sink(record) {
      if (record.level === 'warn' || record.level === 'error') show(record)
    },
  }
}
