import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { safeText } from '../../lib/platform/log.ts'
import { endpointText } from '../../lib/platform/probe-result.ts'
import { observedJson } from '../../lib/report/documents.ts'
import type { ObservedCertificate, ObservedTarget } from '../../lib/report/observed.ts'
import { observe } from '../../lib/run.ts'
import { isLost } from '../../lib/state/targets.ts'
import type { Decision, KnownProbeResult, PlanItem } from '../../lib/types.ts'
import { type Command, exitCode, hostContext } from '../call.ts'
import { conditionsText } from '../conditions-text.ts'
import { type Paint, painter, relative, stamp, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const status: Command = {
  summary: 'show each certificate and what every address serves',
  about: 'It asks every balancer, and every address with a handshake; it changes nothing.',
  example: 'newleaf status --only shop',
  takes: ['only'],
  async run(call) {
    const config = await loadConfig(call.config)
    const observed = await observe(config, call.request, hostContext(call, warningsOnly(call)))
    const now = systemClock.now()
    const paint = painter(call.io.stdout, call.io)
    const document = observedJson(observed, now)
    print(call, document, () => observed.map((one) => certificateText(one, now, paint)).join('\n'))
    return exitCode(document.ok, call.io)
  },
}

function certificateText({ item, targets }: ObservedCertificate, now: Date, paint: Paint): string {
  const { health, spec } = item
  const word = health.healthy ? paint('green', 'OK') : paint('red', health.conditions[0]?.code ?? 'NOT_DONE')
  const each = Object.entries(targets).map(([name, target]) => targetText(name, target, now, paint))
  const facts = table(factRows(item, now), '  ')
  return `${paint('bold', spec.id)}  ${word}\n${conditionsText(health, paint)}${facts}${each.join('')}`
}

function factRows({ spec, current, renewAt, decision, failure, missing }: PlanItem, now: Date): string[][] {
  const when = (moment: Date) => `${stamp(moment)} (${relative(moment, now)})`
  return [
    ['names', spec.names.join(', ')],
    ...(missing.length === 0 ? [] : [['missing names', missing.join(', ')]]),
    [
      'certificate',
      current === undefined
        ? 'none yet'
        : `${current.fingerprint.slice(0, 16)}, ${current.keyAlgorithm}, by ${safeText(current.issuer)}`,
    ],
    ...(current === undefined ? [] : [['expires', when(current.notAfter)]]),
    ...(renewAt === undefined ? [] : [['renewal', when(renewAt)]]),
    ['next', nextText(decision)],
    ...(failure === undefined
      ? []
      : [['last failure', `${failure.code}, ${relative(failure.at, now)}: ${safeText(failure.message)}`]]),
  ]
}

const nextText = (decision: Decision): string =>
  decision.action === 'blocked'
    ? `${decision.error.code}: ${safeText(decision.error.message)}`
    : `${decision.action} (${decision.reason})`

function targetText(name: string, { serves, error, probes }: ObservedTarget, now: Date, paint: Paint): string {
  const word =
    error !== undefined
      ? safeText(error.message)
      : serves
        ? 'the API says it serves the current certificate'
        : 'the API says it serves something else'
  const rows = probes.map((probed) => [
    endpointText(probed),
    probeText(probed, paint, now),
    probed.served === undefined
      ? ''
      : `${probed.served.fingerprint.slice(0, 16)}, ${probed.served.keyAlgorithm}, valid until ${stamp(probed.served.notAfter)}`,
  ])
  return `  ${name}: ${word}\n${table(rows, '    ')}`
}

function probeText(probed: KnownProbeResult, paint: Paint, now: Date): string {
  const { shows, served, serverName, reason } = probed
  if (shows === 'current' && served !== undefined && served.notAfter <= now)
    return paint('red', 'serves the current certificate, which is EXPIRED')
  if (shows === 'current') return paint('green', 'serves the current certificate')
  if (shows === 'incomplete') return paint('red', `serves it without the certificates of its issuers (${serverName})`)
  if (shows === 'other') return paint('red', `serves another certificate (${serverName})`)
  const why = `no TLS for ${serverName}: ${safeText(reason ?? 'no answer')}`
  if (shows === 'broken') return paint('red', why)
  return isLost(probed)
    ? paint('red', `${why}; it answered before`)
    : paint('yellow', `${why}; never reached from here`)
}
