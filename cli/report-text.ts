import { safeText } from '../lib/platform/log.ts'
import type { RunReport } from '../lib/report/report.ts'
import type { Outcome } from '../lib/types.ts'
import type { Call } from './call.ts'
import { type Paint, painter, relative, stamp, table } from './paint.ts'

/** One line a certificate, below it what is to be acted on, and one line for the whole run. */
export function reportText(report: RunReport, { io }: Pick<Call, 'io'>): string {
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
  const notes = report.certificates.map((outcome) => heldText(outcome, paint) + troubleText(outcome, paint))
  return `\n${table(rows)}${notes.join('')}\n${total}\n`
}

const resultText = ({ result, decision }: Outcome, paint: Paint) => {
  const because =
    decision.action === 'stop'
      ? ''
      : ` (${decision.action === 'wait' ? '' : `${decision.action}: `}${decision.because})`
  return paint(result === 'failed' ? 'red' : result === 'waiting' ? 'yellow' : 'green', result) + because
}

/** Why nothing was tried, for whoever waits for it. */
const HELD = {
  claimed: 'another run is working on it',
  'back-off': 'it failed a while ago (see `newleaf status`), and is tried again then; with --only it is tried now',
  'retry-after': 'whoever was asked last wants to be left alone that long (see `newleaf status`)',
  paused: 'the authority has paused the account (see `newleaf status`); have it resumed, and renew with --only',
  budget: 'three certificates for these names in seven days are the most; the current one stays in its place',
} as const

function heldText({ id, result, decision }: Outcome, paint: Paint): string {
  if (result !== 'waiting' || decision.action !== 'wait' || decision.because === 'fresh') return ''
  const { because, until } = decision
  const when = because === 'paused' ? '' : ` until ${stamp(until)}`
  return `\n${paint('yellow', `${id}: held back${when}: ${HELD[because]}`)}\n`
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
