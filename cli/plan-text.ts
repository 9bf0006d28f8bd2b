import { safeText } from '../lib/platform/log.ts'
import { leavingAt, type PlannedCertificate, type PlannedTarget, plannedOf } from '../lib/report/planned.ts'
import type { CertificateFacts, Decision, Plan, PlanItem, Unconfigured } from '../lib/types.ts'
import { credentialsText } from './credentials-text.ts'
import { obstaclesText } from './obstacles-text.ts'
import { type Paint, relative, stamp } from './paint.ts'
import { wrapped } from './wrap.ts'

/** Where the second column begins. */
const COLUMN = 13
const row = (label: string, text: string) => `  ${label.padEnd(COLUMN - 2)}${wrapped(text, COLUMN)}\n`

/** Certificate by certificate what would be done; below it what would keep it from being done, each once. */
export function planText({ items, obstacles, unconfigured, credentials }: Plan, now: Date, paint: Paint): string {
  const each = items.map((item) => certificateText(plannedOf(item), now, paint))
  const beside = unconfiguredText(unconfigured, now, paint) + credentialsText(credentials, now, paint)
  return each.join('\n') + beside + obstaclesText(obstacles, paint)
}

function certificateText(planned: PlannedCertificate, now: Date, paint: Paint): string {
  const { item, added, removed, authorities } = planned
  const { spec, decision } = item
  const names = spec.names.map((name) => (added.includes(name) ? `+ ${name}` : name))
  const order = [
    spec.imported ? 'brought by a person, never ordered' : `from ${authorities.join(', then ')}`,
    ...(spec.imported ? [] : [`key ${spec.key}`]),
    ...(spec.profile === undefined ? [] : [`profile ${spec.profile}`]),
  ]
  const head = [decisionText(decision, paint), ...detailOf(decision, now)].join(', ')
  return [
    `${paint('bold', spec.id)}  ${head}\n`,
    ...whyOf(decision).map((message) => row('why', message)),
    row('names', [...names, ...removed.map((name) => `- ${name}`)].join(', ')),
    row('current', currentText(item, now, paint)),
    row('order', order.join(', ')),
    ...Object.entries(planned.targets).map(([name, target]) => targetText(name, target, item, now, paint)),
  ].join('')
}

function decisionText(decision: Decision, paint: Paint): string {
  if (decision.action === 'blocked') return paint('red', `blocked (${decision.error.code})`)
  const isFresh = decision.action === 'wait' && decision.reason === 'fresh'
  return paint(isFresh ? 'green' : 'yellow', `${decision.action} (${decision.reason})`)
}

/** Of these the rest of the screen says as much. */
const PLAIN: readonly string[] = ['fresh', 'absent', 'names']

const whyOf = (decision: Decision): string[] =>
  decision.action === 'blocked' || PLAIN.includes(decision.reason) ? [] : [safeText(decision.message)]

/** Until when it waits; what an error says stands below all of them. */
function detailOf(decision: Decision, now: Date): string[] {
  if (decision.action !== 'wait') return []
  return [`${decision.reason === 'fresh' ? 'due' : 'until'} ${relative(decision.until, now)}`]
}

function currentText({ current, lost, observed }: PlanItem, now: Date, paint: Paint): string {
  if (!observed) return 'not known: it could not be read'
  if (current !== undefined) return factsText(current, now, paint)
  return lost === undefined ? 'no certificate yet' : `not stored any more: ${factsText(lost, now, paint)}`
}

/** `90fa8006d1f2a3b4, 59 days left, by R10` */
function factsText(facts: CertificateFacts, now: Date, paint: Paint): string {
  const { fingerprint, notAfter, issuer } = facts
  const life =
    notAfter <= now
      ? paint('red', `EXPIRED on ${stamp(notAfter)}`)
      : `${relative(notAfter, now).replace('in ', '')} left`
  return `${fingerprint.slice(0, 16)}, ${life}, by ${safeText(commonName(issuer))}`
}

const commonName = (issuer: string): string => /(?:^|, )CN=(?<name>[^,]+)/.exec(issuer)?.groups?.name ?? issuer

const NEXT = {
  new: 'a new certificate',
  pending: 'the new certificate that is stored',
  current: 'the current certificate',
} as const

function targetText(name: string, target: PlannedTarget, item: PlanItem, now: Date, paint: Paint): string {
  const { view, served, next, deletes } = target
  const { current, pending } = item
  if (next === undefined)
    return `  ${name}\n${row('  now', paint('red', view === undefined ? 'it was not looked at' : 'not known: it could not be asked'))}`
  const isSeen = view !== undefined && !('error' in view)
  const shown = served.map(({ certificate }) => {
    const isCurrent = certificate.fingerprint === current?.fingerprint
    return isCurrent ? 'the current certificate' : `${factsText(certificate, now, paint)}: ${short(certificate.names)}`
  })
  const nothing = isSeen && view.serves ? 'the current certificate, says the API' : 'no handshake showed a certificate'
  const stored = next === 'pending' && pending !== undefined ? `, ${pending.fingerprint.slice(0, 16)}` : ''
  const leaving = leavingAt(target, current)
  return [
    `  ${name}\n`,
    ...(shown.length === 0 ? [nothing] : shown).map((text) => row('  now', text)),
    ...(next === 'kept' ? [] : [row('  then', NEXT[next] + stored)]),
    ...deletes.map(({ object, after }) => row('  deletes', `${object}, ${afterText(after, now)}`)),
    ...(leaving === undefined ? [] : [row('  deletes', `${leaving}, a day after that`)]),
  ].join('')
}

const afterText = (after: Date, now: Date) => (after <= now ? 'now' : relative(after, now))

/** The first three, and how many more. */
const short = (names: readonly string[]) =>
  `${names.slice(0, 3).map(safeText).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`

function unconfiguredText(all: readonly Unconfigured[], now: Date, paint: Paint): string {
  if (all.length === 0) return ''
  const rows = all.map(({ balancer, object, after }) => {
    const what = after === undefined ? 'newleaf does not delete it' : `deleted ${afterText(after, now)}`
    return `  ${wrapped(`${balancer}: ${safeText(object)}, ${what}`, 4)}\n`
  })
  return `\n${paint('bold', 'Created by newleaf, and no longer configured:')}\n${rows.join('')}`
}
