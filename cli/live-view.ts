import type { RunEvent } from '../lib/events.ts'
import type { LogRecord } from '../lib/platform/log.ts'
import type { Io, Screen } from './call.ts'
import type { Progress } from './progress.ts'

interface Row {
  readonly done: string[]
  readonly running: string[]
  end: string
}

/** One row a certificate: the steps that are done, and those in hand. Rows are drawn again in place; what else is logged stands above them. */
export function liveView(
  { stdout: screen, whenInterrupted }: Pick<Io, 'stdout' | 'whenInterrupted'>,
  lineOf: (record: LogRecord) => string,
): Progress {
  const rows = new Map<string, Row>()
  const { draw, above, forget } = drawing(screen, rows)
  whenInterrupted?.((text) => {
    above(text)
    draw()
  })
  const show = (event: RunEvent) => {
    if (event.kind === 'planned') above(planLine(event))
    else if (event.certificate !== undefined) note(rowOf(rows, event.certificate), event)
    draw()
  }
  return {
    sink(record) {
      if (record.level === 'debug') return
      above(lineOf(record))
      draw()
    },
    events: [show],
    end: forget,
  }
}

function drawing(screen: Screen, rows: ReadonlyMap<string, Row>) {
  let drawn = 0
  const erase = () => `${drawn > 0 ? `\x1b[${drawn}A` : ''}\x1b[J`
  return {
    draw() {
      const width = Math.max(...[...rows.keys()].map((id) => id.length), 0)
      const text = [...rows].map(([id, row]) => `${clip(rowText(id.padEnd(width), row), screen.columns ?? 80)}\n`)
      screen.write(`${erase()}${text.join('')}`)
      drawn = rows.size
    },
    above(text: string) {
      screen.write(`${erase()}${text}\n`)
      drawn = 0
    },
    /** What is drawn stays, and what comes after stands below it. */
    forget() {
      drawn = 0
    },
  }
}

function rowText(id: string, { done, running, end }: Row): string {
  const steps = [...done.map((step) => `✓ ${step}`), ...running.map((step) => `… ${step}`)]
  return `  ${id}  ${[...steps, ...(end === '' ? [] : [end])].join('  ')}`
}

const planLine = ({ certificate, action, reason, names }: Extract<RunEvent, { kind: 'planned' }>) =>
  `${certificate.padEnd(12)} ${action} (${reason})  ${names.join(', ')}`

function note(row: Row, event: Exclude<RunEvent, { kind: 'planned' }>): void {
  switch (event.kind) {
    case 'step-started':
      row.end = ''
      row.running.push(event.step)
      return
    case 'step-done':
      ended(row, event.step)
      if (!row.done.includes(event.step)) row.done.push(event.step)
      return
    case 'step-failed':
      ended(row, event.step)
      return
    case 'certificate-finished':
      row.running.length = 0
      row.end = `${event.result === 'failed' ? '✗' : '→'} ${event.result}${event.code === undefined ? '' : ` (${event.code})`}`
  }
}

/** A step is in hand as often as it was started: once for each target. */
function ended({ running }: Row, step: string): void {
  const at = running.indexOf(step)
  if (at >= 0) running.splice(at, 1)
}

function rowOf(rows: Map<string, Row>, id: string): Row {
  const row = rows.get(id) ?? { done: [], running: [], end: '' }
  rows.set(id, row)
  return row
}

const clip = (text: string, columns: number) =>
  text.length > columns - 1 ? `${text.slice(0, Math.max(columns - 2, 1))}…` : text
