import { loadConfig } from '../../lib/config/load.ts'
import { safeText } from '../../lib/platform/log.ts'
import { placeOf } from '../../lib/platform/sight.ts'
import { type CertificateStatus, statusJson, type TargetStatus } from '../../lib/report/status.ts'
import { status as statusRun } from '../../lib/run.ts'
import { isLost } from '../../lib/state/targets.ts'
import type { LaterSight } from '../../lib/types.ts'
import { type Command, exitCode, surroundings } from '../call.ts'
import { conditionsText } from '../conditions-text.ts'
import { type Paint, painter, relative, stamp, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const status: Command = {
  summary: 'show each certificate, and what every address of its balancers serves; changes nothing',
  takes: ['only'],
  async run(call) {
    const config = await loadConfig(call.config)
    const all = await statusRun(config, call.wish, surroundings(call, warningsOnly(call)))
    const paint = painter(call.io.stdout, call.io)
    print(call, { certificates: all.map(statusJson) }, () => all.map((one) => statusText(one, paint)).join('\n'))
    return exitCode(
      all.every(({ ok }) => ok),
      call.io,
    )
  },
}

function statusText({ item, targets, ok }: CertificateStatus, paint: Paint): string {
  const { spec, current, renewAt, decision, failure, missing } = item
  const now = new Date()
  const rows = [
    ['names', spec.names.join(', ')],
    ...(missing.length === 0 ? [] : [['degraded', `it does without ${missing.join(', ')}`]]),
    [
      'certificate',
      current === undefined
        ? 'none yet'
        : `${current.fingerprint.slice(0, 16)}, ${current.keyAlgorithm}, by ${safeText(current.issuer)}`,
    ],
    ...(current === undefined ? [] : [['expires', `${stamp(current.notAfter)} (${relative(current.notAfter, now)})`]]),
    ...(renewAt === undefined ? [] : [['renewal', `${stamp(renewAt)} (${relative(renewAt, now)})`]]),
    [
      'next',
      decision.action === 'blocked'
        ? `${decision.error.code}: ${safeText(decision.error.message)}`
        : `${decision.action} (${decision.reason})`,
    ],
    ...(failure === undefined
      ? []
      : [['last failure', `${failure.code}, ${relative(failure.at, now)}: ${safeText(failure.message)}`]]),
  ]
  const word = ok ? paint('green', 'OK') : paint('red', item.health.conditions[0]?.code ?? 'NOT_DONE')
  return `${paint('bold', spec.id)}  ${word}\n${conditionsText(item.health, paint)}${table(rows, '  ')}${Object.entries(
    targets,
  )
    .map(([name, target]) => targetText(name, target, paint))
    .join('')}`
}

function targetText(name: string, { serves, error, sights }: TargetStatus, paint: Paint): string {
  const word =
    error !== undefined
      ? safeText(error.message)
      : serves
        ? 'the API says it serves the current certificate'
        : 'the API says it serves something else'
  const now = new Date()
  const rows = sights.map((sight) => [
    placeOf(sight),
    sightText(sight, paint, now),
    sight.served === undefined
      ? ''
      : `${sight.served.fingerprint.slice(0, 16)}, ${sight.served.keyAlgorithm}, valid until ${stamp(sight.served.notAfter)}`,
  ])
  return `  ${name}: ${word}\n${table(rows, '    ')}`
}

function sightText(sight: LaterSight, paint: Paint, now: Date): string {
  const { shows, served, serverName, reason } = sight
  if (shows === 'current' && served !== undefined && served.notAfter <= now)
    return paint('red', 'serves the current certificate, which is EXPIRED')
  if (shows === 'current') return paint('green', 'serves the current certificate')
  if (shows === 'incomplete') return paint('red', `serves it without the certificates of its issuers (${serverName})`)
  if (shows === 'other') return paint('red', `serves another certificate (${serverName})`)
  const why = `no TLS for ${serverName}: ${safeText(reason ?? 'no answer')}`
  if (shows === 'broken') return paint('red', why)
  return isLost(sight) ? paint('red', `${why}; it answered before`) : paint('yellow', `${why}; never reached from here`)
}
