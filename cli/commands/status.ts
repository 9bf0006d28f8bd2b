import { loadConfig } from '../../lib/config/load.ts'
import { safeText } from '../../lib/platform/log.ts'
import { type CertificateStatus, statusJson, type TargetStatus } from '../../lib/report/status.ts'
import { status as statusRun } from '../../lib/run.ts'
import { type Command, EXIT, surroundings } from '../call.ts'
import { type Paint, painter, relative, stamp, table } from '../paint.ts'
import { warningsOnly } from '../progress.ts'

export const status: Command = {
  summary: 'show each certificate, and what every address of its balancers serves; changes nothing',
  takes: ['only'],
  async run(call) {
    const config = await loadConfig(call.config)
    const all = await statusRun(config, call.wish, surroundings(call, warningsOnly(call)))
    const paint = painter(call.io.stdout, call.io)
    call.io.stdout.write(
      call.json
        ? `${JSON.stringify({ certificates: all.map(statusJson) }, null, 2)}\n`
        : all.map((one) => statusText(one, paint)).join('\n'),
    )
    return all.every(({ ok }) => ok) ? EXIT.well : EXIT.failed
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
      decision.action === 'stop'
        ? `${decision.error.code}: ${safeText(decision.error.message)}`
        : `${decision.action} (${decision.because})`,
    ],
    ...(failure === undefined
      ? []
      : [['last failure', `${failure.code}, ${relative(failure.at, now)}: ${safeText(failure.message)}`]]),
  ]
  return `${paint('bold', spec.id)}  ${ok ? paint('green', 'well') : paint('red', 'needs attention')}\n${table(rows, '  ')}${Object.entries(
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
  const rows = sights.map(({ address, port, shows, served }) => [
    `${address} port ${port}`,
    paint(
      shows === 'current' ? 'green' : shows === 'other' ? 'red' : 'yellow',
      `shows ${shows === 'nothing' ? 'nothing: no handshake from here' : shows}`,
    ),
    served === undefined ? '' : `${served.fingerprint.slice(0, 16)}, valid until ${stamp(served.notAfter)}`,
  ])
  return `  ${name}: ${word}\n${table(rows, '    ')}`
}
