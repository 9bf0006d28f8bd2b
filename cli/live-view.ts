import type { RunEvent } from '../lib/events.ts'
import { SECOND } from '../lib/platform/clock.ts'
import type { LogRecord } from '../lib/platform/log.ts'
import type { Io, Screen } from './call.ts'
import { clip, type Row, rowText } from './live-row.ts'
import type { Progress } from './progress.ts'

/** What moves the view while nothing happens. `every` returns what ends it. */
export interface Ticker {
  now(): Date
  every(milliseconds: number, work: () => void): () => void
}

export const systemTicker: Ticker = {
  now: () => new Date(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/**
 * One row a certificate: the steps that are done, and those in hand, for how long and what they wait for. Rows are drawn again
 * in place, each second at least; what else is logged stands above them.
 */
export function liveView(
  { stdout: screen, whenInterrupted }: Pick<Io, 'stdout' | 'whenInterrupted'>,
  lineOf: (record: LogRecord) => string,
  ticker = systemTicker,
): Progress {
  const rows = new Map<string, Row>()
  const { draw, above, below, forget } = drawing(screen, rows, ticker)
  const end = ticker.every(SECOND, () => {
    if ([...rows.values()].some(({ running }) => running.length > 0)) draw()
  })
  whenInterrupted?.(below)
  const show = (event: RunEvent) => {
    if (event.kind === 'window-asked') return // the last line says how many
    if (event.kind === 'planned') above(clip(planLine(event), screen.columns))
    else if (event.certificate !== undefined) note(rowOf(rows, event.certificate), event, ticker.now())
    draw()
  }
  return {
    sink(record) {
      if (record.level === 'debug') return
      above(lineOf(record))
      draw()
    },
    events: [show],
    end() {
      end()
      forget()
    },
  }
}

function drawing(screen: Screen, rows: ReadonlyMap<string, Row>, { now }: Ticker) {
  let [drawn, last] = [0, '']
  const erase = () => `${drawn > 0 ? `\x1b[${drawn}A` : ''}\r\x1b[J`
  const draw = () => {
    const width = Math.max(...[...rows.keys()].map((id) => id.length), 0)
    const columns = screen.columns ?? 80
    const lines = [...rows].map(([id, row]) => rowText(id.padEnd(width), row, now(), columns))
    if (last !== '') lines.push(clip(last, columns))
    screen.write(`${erase()}${lines.map((line) => `${line}\n`).join('')}`)
    drawn = lines.length
  }
  return {
    draw,
    above(text: string) {
      screen.write(`${erase()}${text}\n`)
      drawn = 0
    },
    /** It stays the last line for as long as something is drawn. */
    below(text: string) {
      last = text
      draw()
    },
    /** What is drawn stays, and what comes after stands below it. */
    forget() {
      drawn = 0
    },
  }
}

const planLine = ({ certificate, action, reason, names }: Extract<RunEvent, { kind: 'planned' }>) =>
  `${certificate.padEnd(12)} ${action} (${reason})  ${names.join(', ')}`

function note(row: Row, event: Exclude<RunEvent, { kind: 'planned' | 'window-asked' }>, now: Date): void {
  switch (event.kind) {
    case 'step-started':
      row.end = ''
      row.running.push({ step: event.step, since: now, target: event.target })
      return
    case 'waiting': {
      const step = row.running.find((each) => each.step === event.step && each.target === event.target)
      if (step !== undefined) step.waits = event.what
      return
    }
    case 'step-done':
      ended(row, event)
      if (!row.done.includes(event.step)) row.done.push(event.step)
      return
    case 'step-failed':
      ended(row, event)
      return
    case 'certificate-finished':
      row.running.length = 0
      row.end = `${event.result === 'failed' ? '✗' : '→'} ${event.result}${event.code === undefined ? '' : ` (${event.code})`}`
  }
}

/** A step is in hand as often as it was started: once for each target. */
function ended({ running }: Row, { step, target }: { readonly step: string; readonly target?: string }): void {
  const at = running.findIndex((each) => each.step === step && each.target === target)
  if (at >= 0) running.splice(at, 1)
}

function rowOf(rows: Map<string, Row>, id: string): Row {
  const row = rows.get(id) ?? { done: [], running: [], end: '' }
  rows.set(id, row)
  return row
}
