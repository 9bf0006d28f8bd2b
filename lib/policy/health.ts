import { after } from '../platform/clock.ts'
import { safeText } from '../platform/log.ts'
import { mapValues } from '../platform/lookup.ts'
import type { CertificateDocument, Orphan } from '../state/document.ts'
import { allFailures, type RememberedFailure } from '../state/failures.ts'
import { keptUntil } from '../state/orphans.ts'
import { OVERDUE } from '../state/schedule.ts'
import type { CertificateFacts, CertificateSpec, Condition, Decision, Health, PlanItem, Target } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { lastSixth } from '../x509/lifetime.ts'
import { CONDITION_CODES, type ConditionCode, condition } from './conditions.ts'
import { expired, expiresSoon, givenUp, leftBehind, noCertificate, validationLapses } from './sentences.ts'
import { type Failed, type ServingState, servingOfView } from './serving.ts'

/** All that the health of a certificate depends on. */
export interface HealthInput {
  readonly spec: Pick<CertificateSpec, 'id' | 'names' | 'authorities' | 'configHash'> & {
    readonly targets: readonly Pick<Target, 'name' | 'private'>[]
  }
  readonly current: CertificateFacts | undefined
  /** What was current, where the secrets store holds none any more. */
  readonly lost?: CertificateFacts | undefined
  /** Who issued it; undefined: nobody knows any more. */
  readonly authority: string | undefined
  readonly document: Partial<
    Pick<CertificateDocument, 'failures' | 'leftBehind' | 'orphans' | 'rejected' | 'persistUntil' | 'nextLook'>
  >
  /** By target. One that is missing was never looked at. */
  readonly targets: Readonly<Record<string, ServingState>>
  /** What holds a renewal back; undefined: nothing does. */
  readonly held?: Extract<Decision, { action: 'wait' }> | undefined
  /** Why what was asked for, or was to be done, was not done. */
  readonly undone?: Failed | undefined
}

/**
 * The one definition of healthy: alive, covering its names, from a wanted authority, current and seen at every target, with no
 * failure that is still remembered, and nothing that was asked for left undone. Pure.
 */
export function healthOf(known: HealthInput, now: Date): Health {
  const found = [...ofLife(known, now), ...ofTargets(known), ...ofTries(known, now)]
  const conditions = worstFirst(found)
  return { healthy: conditions.every(({ severity }) => severity === 'info'), conditions }
}

/** The first word for what keeps a certificate from being healthy; undefined: nothing does. */
export const firstCode = ({ healthy, conditions: [first] }: Health): string | undefined =>
  healthy ? undefined : (first?.code ?? 'NOT_DONE')

export const failureText = ({ code, message }: Failed): string => `${code}: ${message}`

const rank = ({ code }: Condition) => CONDITION_CODES.indexOf(code as ConditionCode)

export const worstFirst = (found: readonly Condition[]): Condition[] =>
  [...found].sort((one, other) => rank(one) - rank(other))

/** What is to be said of how long it lives, its names and who issued it. */
export function ofLife(
  { spec, current, lost, authority }: Pick<HealthInput, 'spec' | 'current' | 'lost' | 'authority'>,
  now: Date,
): Condition[] {
  const say = (code: ConditionCode, message: string) => condition(code, spec.id, message)
  if (current === undefined) return [say('NO_CERTIFICATE', noCertificate(lost))]
  const missing = spec.names.filter((name) => !covers(current.names, name))
  return [
    ...(current.notAfter <= now ? [say('EXPIRED', expired(current))] : []),
    ...(current.notAfter > now && lastSixth(current) < now ? [say('EXPIRES_SOON', expiresSoon(current, 'sixth'))] : []),
    ...(missing.length > 0 ? [say('NAMES_MISSING', `the certificate lacks ${missing.join(', ')}`)] : []),
    ...(authority !== undefined && !spec.authorities.includes(authority)
      ? [
          say(
            'OTHER_AUTHORITY',
            `the certificate is from ${authority}, and the configuration wants one from ${spec.authorities.join(' or ')}`,
          ),
        ]
      : []),
  ]
}

const OF_TARGET = { broken: 'TLS_BROKEN', other: 'SERVES_OTHER', lost: 'NOT_ANSWERING' } as const

function ofTargets({ spec, current, targets, document: { failures } }: HealthInput): Condition[] {
  if (current === undefined) return []
  // What failed at a target and is remembered is said with when it is tried again.
  const isRemembered = ({ code, message }: Failed) =>
    allFailures(failures).some((failure) => failure.code === code && failure.message === message)
  return spec.targets.flatMap(({ name, private: isPrivate }): Condition[] => {
    const say = (code: ConditionCode, message: string, failure?: string) => [
      condition(code, spec.id, `${name}: ${message}`, failure),
    ]
    const probed = targets[name] ?? { state: 'unverified' }
    if (probed.state === 'verified') {
      const all = probed.addresses + probed.unseen.length
      const where = probed.unseen.join(', ')
      return probed.unseen.length === 0
        ? []
        : say('PARTLY_VERIFIED', `verified at ${probed.addresses} of ${all}; never reached from here: ${where}`)
    }
    if (probed.state === 'not looked') return say('NOT_LOOKED', 'it could not be looked at from here')
    if (probed.state === 'failed') {
      const { failure } = probed
      return isRemembered(failure) ? [] : say('FAILED', failureText(failure), failure.code)
    }
    if ('why' in probed) return say(OF_TARGET[probed.state], probed.why)
    return isPrivate
      ? say('PRIVATE', 'not seen from here, as the configuration says')
      : say('UNVERIFIED', 'no handshake from here has ever reached it')
  })
}

const HELD = {
  locked: 'LOCKED',
  'back-off': 'BACK_OFF',
  'retry-after': 'RETRY_AFTER',
  paused: 'PAUSED',
  budget: 'BUDGET_SPENT',
} as const satisfies Record<string, ConditionCode>

/** What was tried and failed, what holds the next try back, and what was left undone. */
function ofTries({ spec, current, document, held, undone }: HealthInput, now: Date) {
  const { failures, rejected, nextLook } = document
  const say = (code: ConditionCode, message: string, failure?: string) => condition(code, spec.id, message, failure)
  const remembered = allFailures(failures).map(({ attempt, code, message, notBefore }) => {
    const until = notBefore > now ? `; it is tried again from ${notBefore.toISOString()} on` : ''
    return say(codeOf(attempt, current), `${code}: ${safeText(message)}${until}`, code)
  })
  const lapsing = validationLapses(document.persistUntil, now)
  const holds = held === undefined || held.reason === 'fresh' ? undefined : HELD[held.reason]
  return [
    ...remembered,
    // A back-off says no more than the failure that it comes from.
    ...(held === undefined || holds === undefined || (holds === 'BACK_OFF' && remembered.length > 0)
      ? []
      : [say(holds, held.message)]),
    ...(rejected?.givenUp === 'tries' ? [say('GIVEN_UP', givenUp(rejected, current))] : []),
    // What failed and is remembered has been said.
    ...(undone === undefined || remembered.some(({ message }) => message.startsWith(failureText(undone)))
      ? []
      : [say('NOT_DONE', failureText(undone), undone.code)]),
    ...(nextLook !== undefined && after(nextLook, OVERDUE) < now
      ? [say('OVERDUE', `it was to be looked at on ${nextLook.toISOString()}, and no run did`)]
      : []),
    ...(document.leftBehind ? [say('LEFT_BEHIND', leftBehind(document.leftBehind))] : []),
    ...(lapsing ? [say('VALIDATION_LAPSES', lapsing.message)] : []),
    ...(document.orphans ?? []).map((orphan) => say('ORPHANED', orphanText(orphan))),
  ]
}

const codeOf = (attempt: RememberedFailure['attempt'], current: CertificateFacts | undefined): ConditionCode => {
  if (attempt === 'cleanUp') return 'CLEAN_UP_FAILED'
  return attempt === 'expand' && current !== undefined ? 'DEGRADED' : 'BACK_OFF'
}

const orphanText = (orphan: Orphan) =>
  `${orphan.name} has left the configuration; newleaf tries until ${keptUntil(orphan).toISOString()} to delete there: ${orphan.objects.map(({ object }) => object).join(', ')}`

/** Healthy as a look has found it, with what is remembered by then. */
export const healthSeen = (
  {
    spec,
    current,
    lost,
    authority,
    targets,
    decision,
  }: Pick<PlanItem, 'spec' | 'current' | 'lost' | 'authority' | 'targets' | 'decision'>,
  document: HealthInput['document'],
  now: Date,
): Health =>
  healthOf(
    {
      ...{ spec, current, lost, authority, document, targets: mapValues(targets, servingOfView) },
      held: decision.action === 'wait' ? decision : undefined,
      undone: decision.action === 'blocked' ? decision.error : undefined,
    },
    now,
  )
