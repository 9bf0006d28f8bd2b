import { safeText } from '../lib/platform/log.ts'
import type { RunReport } from '../lib/report/report.ts'
import type { Outcome } from '../lib/types.ts'
import type { Call, Screen } from './call.ts'
import { conditionsText } from './conditions-text.ts'
import { obstaclesText } from './obstacles-text.ts'
import { fittingTable, type Paint, painter, relative, validity } from './paint.ts'
import { fitted } from './wrap.ts'

/** One line a certificate, below it what is to be acted on, and one line for the whole run. */
export function reportText(report: RunReport, { io }: Pick<Call, 'io'>): string {
  const paint = painter(io.stdout, io)
  const { certificates, dryRun, startedAt, finishedAt } = report
  const rows = certificates.map((outcome) => [
    paint('bold', outcome.id),
    resultText(outcome, dryRun, paint),
    certificateText(outcome, finishedAt, paint),
    outcome.next === undefined ? '' : `next look ${relative(outcome.next, finishedAt)}`,
  ])
  const seconds = ((finishedAt.getTime() - startedAt.getTime()) / 1000).toFixed(1)
  const healthy = certificates.filter(({ health }) => health.healthy).length
  const asked = report.windowsAsked ?? []
  const interrupted = io.interrupted()
  const total = [
    dryRun ? 'dry run: nothing was changed' : `${healthy} of ${certificates.length} OK`,
    `in ${seconds} s`,
    ...(asked.length === 0 ? [] : [`(of ${asked.length} more only the renewal window was asked for)`]),
    ...(interrupted === undefined ? [] : [`(interrupted by ${interrupted.signal}; the next run carries on)`]),
  ].join(' ')
  const notes = dryRun ? [] : certificates.map((outcome) => noteText(outcome, paint, io.stdout))
  const obstacles = obstaclesText(report.obstacles ?? [], paint)
  return `\n${fittingTable(rows, io.stdout)}${notes.join('')}${obstacles}\n${paint(report.ok ? 'green' : 'red', total)}\n`
}

/** Where it could not even be looked for, nobody knows whether there is one. */
function certificateText({ certificate, health }: Outcome, now: Date, paint: Paint): string {
  if (certificate !== undefined) return validity(certificate, now, paint)
  return health.conditions.some(({ code }) => code === 'NO_CERTIFICATE') ? 'no certificate' : 'certificate unknown'
}

const resultText = ({ result, decision, health }: Outcome, dryRun: boolean, paint: Paint) => {
  const reason =
    decision.action === 'blocked'
      ? ''
      : ` (${decision.action === 'wait' ? '' : `${decision.action}: `}${decision.reason})`
  const good = dryRun ? result !== 'failed' && result !== 'waiting' : health.healthy
  return paint(result === 'failed' ? 'red' : good ? 'green' : 'yellow', result) + reason
}

/** What failed, where, and target by target: the words to act on. */
function noteText({ id, error, targets, health }: Outcome, paint: Paint, screen: Screen): string {
  if (health.conditions.length === 0 && error === undefined) return ''
  const step = error?.step === undefined ? '' : ` (step ${error.step})`
  const lines = Object.entries(targets).map(([name, target]) =>
    target.state === 'failed'
      ? `  ${name}: ${target.error.code}${target.error === error ? '' : `: ${safeText(target.error.message)}`}\n`
      : `  ${name}: ${target.state}${addressesText(target.addresses)}\n`,
  )
  return `\n${paint('bold', id)}${step}\n${conditionsText(health, paint, screen)}${locationText(error, screen)}${lines.join('')}`
}

/** Where in the configuration to look first. */
const locationText = (error: Outcome['error'], screen: Screen): string => {
  const { location, reference } = error?.fields ?? {}
  if (typeof location !== 'string') return ''
  const where = `in the configuration: ${location}${typeof reference === 'string' ? ` (${reference})` : ''}`
  return `  ${fitted(where, 4, screen)}\n`
}

/** ` at 1 of 2`, where it is not at all of them. */
const addressesText = (addresses: readonly { readonly state: string }[]): string => {
  const seen = addresses.filter(({ state }) => state === 'verified').length
  return seen === addresses.length ? '' : ` at ${seen} of ${addresses.length}`
}
