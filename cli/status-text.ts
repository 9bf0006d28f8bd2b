import { safeText } from '../lib/platform/log.ts'
import { endpointText } from '../lib/platform/probe-result.ts'
import { short } from '../lib/report/inspected.ts'
import type { ObservedCertificate, ObservedTarget, SeenProbe } from '../lib/report/observed.ts'
import { isLost } from '../lib/state/targets.ts'
import type { CertificateFacts, Decision, PublicCertificate } from '../lib/types.ts'
import { fingerprintText } from '../lib/x509/facts.ts'
import type { Call, Screen } from './call.ts'
import { conditionsText } from './conditions-text.ts'
import { type Paint, painter, relative, stamp, table } from './paint.ts'
import { fitted } from './wrap.ts'

/** What is the same for every certificate of one status. */
interface Setting {
  readonly now: Date
  readonly paint: Paint
  readonly screen: Screen
  readonly events: boolean
  /** What could not be read, and of which certificate that was said. */
  readonly said: Map<string, string>
}

/** Each certificate, what keeps it from being healthy, what is stored of it, and what every address serves. */
export function statusText(
  observed: readonly ObservedCertificate[],
  now: Date,
  { io, isSet }: Pick<Call, 'io' | 'isSet'>,
): string {
  const screen = io.stdout
  const setting: Setting = { now, paint: painter(screen, io), screen, events: isSet('events'), said: new Map() }
  return observed.map((one) => certificateText(one, setting)).join('\n')
}

function certificateText(observed: ObservedCertificate, setting: Setting): string {
  const { targets, isCompared } = observed
  const { events, now, screen } = setting
  return [
    headText(observed, setting),
    factsText(factRows(observed, now), screen),
    ...Object.entries(targets).map(([name, target]) => targetText(name, target, isCompared, setting)),
    ...(events ? [eventsText(observed)] : []),
  ].join('')
}

/** What could not be read for several is said in full of the first one. */
function headText(
  { item: { health, spec }, isCompared }: ObservedCertificate,
  { paint, said, screen }: Setting,
): string {
  const word = health.healthy ? paint('green', 'OK') : paint('red', health.conditions[0]?.code ?? 'NOT_DONE')
  const head = `${paint('bold', spec.id)}  ${word}`
  const sentence = health.conditions.map(({ message }) => message).join(' ')
  const first = isCompared ? undefined : said.get(sentence)
  if (first !== undefined) return `${head}, as ${first} above\n`
  said.set(sentence, spec.id)
  return `${head}\n${conditionsText(health, paint, screen)}`
}

/** Two columns, of which the second fits the terminal. */
function factsText(rows: readonly (readonly string[])[], screen: Screen): string {
  const width = Math.max(...rows.map(([label = '']) => label.length))
  return rows
    .map(([label = '', text = '']) => `  ${label.padEnd(width)}  ${fitted(text, width + 4, screen)}\n`)
    .join('')
}

function factRows({ item, isCompared, document }: ObservedCertificate, now: Date): string[][] {
  const { spec, renewAt, decision, failure, missing } = item
  const when = (moment: Date) => `${stamp(moment)} (${relative(moment, now)})`
  const current = item.current ?? (isCompared ? undefined : document?.current)
  const from = isCompared ? '' : ', as the state remembers it'
  const none = item.lost === undefined ? 'none yet' : 'not stored any more'
  return [
    ['names', spec.names.join(', ')],
    ...(missing.length === 0 ? [] : [['missing names', missing.join(', ')]]),
    ['certificate', current === undefined ? (isCompared ? none : 'unknown') : keyText(current) + from],
    ...(current === undefined ? [] : [...originRows(current), ['expires', when(current.notAfter)]]),
    ...(renewAt === undefined ? [] : [['renewal', when(renewAt)]]),
    ['next', nextText(decision)],
    ...(failure === undefined
      ? []
      : [['last failure', `${failure.code}, ${relative(failure.at, now)}${sentenceOf(failure, item)}`]]),
  ]
}

const keyText = (certificate: CertificateFacts): string =>
  `${fingerprintText(certificate)}, ${certificate.keyAlgorithm}`

const originRows = ({ serial, issuer }: CertificateFacts): string[][] => [
  ['serial', serial],
  ['issuer', safeText(issuer)],
]

/** What a condition has said already is not said again. */
const sentenceOf = ({ message }: { readonly message: string }, { health }: ObservedCertificate['item']): string =>
  health.conditions.some((condition) => condition.message.includes(message)) ? '' : `: ${safeText(message)}`

const nextText = (decision: Decision): string =>
  decision.action === 'blocked' ? `blocked (${decision.error.code})` : `${decision.action} (${decision.reason})`

function targetText(
  name: string,
  { serves, error, probes }: ObservedTarget,
  isCompared: boolean,
  setting: Pick<Setting, 'now' | 'paint' | 'screen'>,
): string {
  const word =
    error !== undefined
      ? safeText(error.message)
      : !isCompared
        ? 'what is stored cannot be read; it serves:'
        : serves
          ? 'the API says it serves the current certificate'
          : 'the API says it serves something else'
  return `  ${fitted(`${name}: ${word}`, 4, setting.screen)}\n${probes.map((probed) => probeText(probed, setting)).join('')}`
}

/** Where it answers and what it shows; below that which certificate that is. */
function probeText(probed: SeenProbe, { now, paint, screen }: Pick<Setting, 'now' | 'paint' | 'screen'>): string {
  const { served } = probed
  const until = served && `valid until ${stamp(served.notAfter)}`
  const lines = served === undefined ? [] : [`${keyText(served)}, ${until}`, ...moreOf(probed, served)]
  return [`${endpointText(probed)}: ${shownText(probed, paint, now)}`, ...lines.map((line) => `  ${line}`)]
    .map((line) => `    ${fitted(line, 6, screen)}\n`)
    .join('')
}

/** Of what is current all is said above. */
const moreOf = ({ shows }: SeenProbe, { serial, issuer, names }: PublicCertificate): string[] =>
  shows === 'current' || shows === 'incomplete'
    ? []
    : [`serial ${serial}`, `by ${safeText(issuer)}`, ...(names.length === 0 ? [] : [`for ${short(names)}`])]

function shownText(probed: SeenProbe, paint: Paint, now: Date): string {
  const { shows, served, serverName, reason } = probed
  const expired = served !== undefined && served.notAfter <= now
  if (shows === 'current' && expired) return paint('red', 'serves the current certificate, which is EXPIRED')
  if (shows === 'current') return paint('green', 'serves the current certificate')
  if (shows === 'presented')
    return expired ? paint('red', `serves a certificate that is EXPIRED (${serverName})`) : `serves (${serverName})`
  if (shows === 'incomplete') return paint('red', `serves it without the certificates of its issuers (${serverName})`)
  if (shows === 'other') return paint('red', `serves another certificate (${serverName})`)
  const why = `no TLS for ${serverName}: ${safeText(reason ?? 'no answer')}`
  if (shows === 'broken') return paint('red', why)
  return isLost({ ...probed, shows })
    ? paint('red', `${why}; it answered before`)
    : paint('yellow', `${why}; never reached from here`)
}

/** Of what is remembered, the newest last. */
function eventsText({ document }: ObservedCertificate): string {
  if (document === undefined) return '  events: what is remembered cannot be read\n'
  if (document.events.length === 0) return '  events: none\n'
  const rows = document.events.map(({ at, event, detail = '' }) => [stamp(at), event, safeText(detail)])
  return `  events\n${table(rows, '    ')}`
}
