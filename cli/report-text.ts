import { safeText } from '../lib/platform/log.ts'
import type { RunReport } from '../lib/report/report.ts'
import type { Outcome } from '../lib/types.ts'
import type { Call } from './call.ts'
import { type Paint, painter, relative, stamp, table } from './paint.ts'

/** One line a certificate, below it what is to be acted on, and one line for the whole run. */
export function reportText(report: RunReport, { io }: Call): string {
  const paint = painter(io.stdout, io)
  const rows = report.certificates.map((outcome) => [
    paint('bold', outcome.id),
    resultText(outcome, paint),
    outcome.certificate === undefined ? 'no certificate' : `valid until ${stamp(outcome.certificate.notAfter)}`,
    outcome.next === undefined ? '' : `next look ${relative(outcome.next, report.finishedAt)}`,
  ])
  const seconds = ((report.finishedAt.getTime() - report.startedAt.getTime()) / 1000).toFixed(1)
  const failed = report.certificates.filter(({ result, missing }) => result === 'failed' || missing.length > 0).length
  const all = report.certificates.length
  const total = `${all - failed} of ${all} well in ${seconds} s${report.dryRun ? ' (dry run: nothing was changed)' : ''}`
  return `\n${table(rows)}${report.certificates.map((outcome) => troubleText(outcome, paint)).join('')}\n${total}\n`
}

const resultText = ({ result, decision }: Outcome, paint: Paint) => {
  const because =
    decision.action === 'stop'
      ? ''
      : ` (${decision.action === 'wait' ? '' : `${decision.action}: `}${decision.because})`
  return paint(result === 'failed' ? 'red' : result === 'waiting' ? 'yellow' : 'green', result) + because
}

/** What failed, where, and target by target: the words to act on. */
function troubleText({ id, error, targets, missing }: Outcome, paint: Paint): string {
  const degraded =
    missing.length === 0 ? '' : `\n${paint('yellow', `${id}: degraded: it does without ${missing.join(', ')}`)}\n`
  if (error === undefined && Object.values(targets).every(({ state }) => state === 'verified')) return degraded
  const lines = Object.entries(targets).map(([name, target]) =>
    target.state === 'failed'
      ? `  ${name}: ${target.error.code}: ${safeText(target.error.message)}`
      : `  ${name}: ${target.state}`,
  )
  const head =
    error === undefined
      ? `${id}: not seen from here`
      : `${id}: ${error.code}${error.step === undefined ? '' : ` in step ${error.step}`}: ${safeText(error.message)}`
  return `\n${paint(error === undefined ? 'yellow' : 'red', head)}\n${lines.map((line) => `${line}\n`).join('')}${degraded}`
}
