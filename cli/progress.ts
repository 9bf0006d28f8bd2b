import type { LogRecord, LogSink } from '../lib/platform/log.ts'
import { jsonLines, safeText } from '../lib/platform/log.ts'
import type { Call, Screen } from './call.ts'
import { type Paint, painter } from './paint.ts'

/** A log sink that shows a run as it goes; `end` leaves the screen ready for what comes after. */
export interface Progress {
  readonly sink: LogSink
  end(): void
}

/** A live view on a terminal, a line a record through a pipe, JSON records on standard error beside a JSON document. */
export function progressOf({ io, json }: Call): Progress {
  if (json) return { sink: jsonLines((line) => io.stderr.write(line)), end() {} }
  const paint = painter(io.stdout, io)
  if (io.stdout.isTTY !== true || io.env.TERM === 'dumb') return { sink: lines(io.stdout, paint), end() {} }
  return liveView(io, paint)
}

const lines =
  (screen: Screen, paint: Paint): LogSink =>
  (record) => {
    if (record.level !== 'debug') screen.write(`${lineOf(record, paint)}\n`)
  }

/** `shop  step done  step=order ms=120`, with the certificate in front and the rest as fields. */
function lineOf({ level, message, fields }: LogRecord, paint: Paint): string {
  const { certificate = '', ...rest } = fields
  const shown = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoted(Array.isArray(value) ? value.join(',') : String(value))}`)
    .join(' ')
  const subject = certificate === '' ? '' : `${String(certificate).padEnd(12)} `
  const text = `${subject}${message.padEnd(20)} ${shown}`.trimEnd()
  return level === 'error' ? paint('red', text) : level === 'warn' ? paint('yellow', text) : text
}

const quoted = (text: string) => (/^[\w.:*/,@+-]*$/.test(text) ? text : JSON.stringify(safeText(text)))

interface Row {
  readonly done: string[]
  running: string[]
  end: string
}

/** One row a certificate: the steps that are done, and the one in hand. Rows are drawn again in place. */
function liveView({ stdout: screen, whenInterrupted }: Call['io'], paint: Paint): Progress {
  const rows = new Map<string, Row>()
  let drawn = 0

  const draw = () => {
    const width = Math.max(...[...rows.keys()].map((id) => id.length), 0)
    const text = [...rows].map(([id, row]) => `${clip(rowText(id.padEnd(width), row), screen.columns ?? 80)}\n`)
    screen.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}\x1b[J${text.join('')}`)
    drawn = rows.size
  }
  const rowText = (id: string, { done, running, end }: Row) => {
    const steps = [...done.map((step) => `✓ ${step}`), ...running.map((step) => `… ${step}`)].join('  ')
    return `  ${id}  ${steps}${end === '' ? '' : `${steps === '' ? '' : '  '}${end}`}`
  }
  const above = (text: string) => {
    screen.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}\x1b[J${text}\n`)
    drawn = 0
  }

  whenInterrupted?.((text) => {
    above(text)
    draw()
  })
  return {
    sink(record) {
      const { message, level, fields } = record
      const id = typeof fields.certificate === 'string' ? fields.certificate : undefined
      if (level === 'debug') return
      const row = message === 'planned' || id === undefined ? undefined : rowOf(rows, id)
      if (row === undefined || !note(row, message, fields))
        above(message === 'planned' ? planLine(fields) : lineOf(record, paint))
      draw()
    },
    end() {
      drawn = 0
    },
  }
}

const planLine = ({ certificate, action, because, names }: LogRecord['fields']) =>
  `${String(certificate).padEnd(12)} ${action} (${because})  ${Array.isArray(names) ? names.join(', ') : ''}`

/** Takes a record into its row; false if it is none that a row shows. */
function note(row: Row, message: string, fields: LogRecord['fields']): boolean {
  const step = String(fields.step ?? '')
  if (message === 'step started') {
    row.end = ''
    row.running.push(step)
  } else if (message === 'step done' || message === 'step failed') {
    const at = row.running.indexOf(step)
    if (at >= 0) row.running.splice(at, 1)
    if (message === 'step done' && !row.done.includes(step)) row.done.push(step)
  } else if (message === 'certificate finished') {
    row.running = []
    row.end = `${fields.result === 'failed' ? '✗' : '→'} ${fields.result}${fields.code === undefined ? '' : ` (${fields.code})`}`
  } else return false
  return true
}

function rowOf(rows: Map<string, Row>, id: string): Row {
  const row = rows.get(id) ?? { done: [], running: [], end: '' }
  rows.set(id, row)
  return row
}

const clip = (text: string, columns: number) =>
  text.length > columns - 1 ? `${text.slice(0, Math.max(columns - 2, 1))}…` : text

/** For commands whose document is all that matters: only warnings, and those on standard error. */
export const warningsOnly = ({ io, json }: Call): LogSink => {
  const show = json ? jsonLines((line) => io.stderr.write(line)) : lines(io.stderr, painter(io.stderr, io))
  return (record) => {
    if (record.level === 'warn' || record.level === 'error') show(record)
  }
}
