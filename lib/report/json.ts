/**
 * The shapes that the JSON of newleaf is made of; docs/json.md says of each field what it means, in which unit, and when it is
 * absent. A date is written as ISO 8601 in UTC, an absent field is left out, and no secret is among them, because none ever comes here.
 */
import type { Failure } from '../errors.ts'
import type { Unconfigured } from '../observe/unconfigured.ts'
import { DAY } from '../platform/clock.ts'
import { safeText } from '../platform/log.ts'
import { adviceFor } from '../policy/advice.ts'
import type { Fields } from '../ports.ts'
import type { CertificateDocument } from '../state/document.ts'
import type {
  CertificateFacts,
  Condition,
  CredentialExpiry,
  Decision,
  Health,
  KeyFamily,
  Obstacle,
  PlanItem,
  RenewalWindow,
  TargetResult,
} from '../types.ts'
import { factsOf } from '../x509/facts.ts'
import type { SeenProbe } from './observed.ts'

/** Of every document. It becomes 2 when a field goes, or comes to mean something else; a new field changes nothing. */
export const VERSION = 1

export interface ErrorJson {
  readonly code: string
  readonly message: string
  /** What a person should do, where newleaf cannot mend it. */
  readonly advice: string | undefined
  readonly step: string | undefined
  readonly fields: Fields
  readonly retryAfter: Date | undefined
}

export const errorJson = ({ code, message, step, fields, retryAfter }: Failure): ErrorJson => ({
  ...{ code, message: safeText(message), advice: adviceFor(code), step, fields, retryAfter },
})

export interface ObstacleJson {
  readonly locations: readonly string[]
  readonly reference: string | undefined
  readonly certificates: readonly string[]
  readonly error: ErrorJson
  readonly advice: string | undefined
}

export const obstacleJson = ({ locations, reference, certificates, error }: Obstacle): ObstacleJson => ({
  ...{ locations, reference, certificates, error: errorJson(error), advice: adviceFor(error.code) },
})

export interface HealthJson {
  readonly healthy: boolean
  /** The worst first. */
  readonly conditions: readonly Condition[]
}

export const healthJson = ({ healthy, conditions }: Health): HealthJson => ({
  healthy,
  conditions: conditions.map(({ code, severity, message, advice }) => ({
    ...{ code, severity, message: safeText(message), advice },
  })),
})

export interface DecisionJson {
  readonly action: Decision['action']
  readonly reason: Exclude<Decision, { action: 'blocked' }>['reason'] | undefined
  readonly until: Date | undefined
}

export const decisionJson = (decision: Decision): DecisionJson => ({
  action: decision.action,
  reason: decision.action === 'blocked' ? undefined : decision.reason,
  until: decision.action === 'wait' ? decision.until : undefined,
})

export interface CertificateJson extends CertificateFacts {
  readonly authority: string | undefined
  /** Whole days until it ends, negative once it has ended. */
  readonly daysLeft: number
}

export const certificateJson = (
  certificate: CertificateFacts,
  authority: string | undefined,
  now: Date,
): CertificateJson => ({
  ...factsOf(certificate),
  issuer: safeText(certificate.issuer),
  authority,
  daysLeft: daysUntil(certificate.notAfter, now),
})

const daysUntil = (end: Date, now: Date) => Math.floor((end.getTime() - now.getTime()) / DAY)

export interface UnconfiguredJson {
  readonly id: string
  readonly certificate: CertificateJson | undefined
  readonly targets: readonly string[]
  readonly error: ErrorJson | undefined
}

export const unconfiguredJson = ({ id, current, targets, error }: Unconfigured, now: Date): UnconfiguredJson => ({
  ...{ id, certificate: current && certificateJson(current, current.authority, now), targets },
  error: error && errorJson(error),
})

export interface CredentialJson extends CredentialExpiry {
  /** Whole days until it ends, negative once it has ended. */
  readonly daysLeft: number
}

export const credentialJson = ({ location, expiresAt }: CredentialExpiry, now: Date): CredentialJson => ({
  ...{ location, expiresAt, daysLeft: daysUntil(expiresAt, now) },
})

export interface WindowJson extends RenewalWindow {
  /** Of the certificate that it belongs to. */
  readonly fingerprint: string
}

export const windowJson = ({ fingerprint, start, end, checkAfter, explanation }: WindowJson): WindowJson => ({
  ...{ fingerprint, start, end, checkAfter },
  ...(explanation !== undefined && { explanation: safeText(explanation) }),
})

/** A failure that is remembered, and when what failed is tried again. */
export type FailureJson = NonNullable<PlanItem['failure']>

export const failureJson = ({ code, message, at, notBefore }: FailureJson): FailureJson => ({
  ...{ code, message: safeText(message), at, notBefore },
})

export interface AddressJson {
  readonly address: string
  readonly port: number
  readonly state: 'verified' | 'unverified'
  readonly family: KeyFamily | undefined
  readonly reason: string | undefined
}

export interface TargetResultJson {
  readonly state: TargetResult['state']
  readonly addresses: readonly AddressJson[] | undefined
  readonly error: ErrorJson | undefined
}

export const targetResultJson = (target: TargetResult): TargetResultJson => ({
  state: target.state,
  addresses:
    target.state === 'failed'
      ? undefined
      : target.addresses.map(({ address, port, state, family, reason }) => ({
          ...{ address, port, state, family, reason: reason && safeText(reason) },
        })),
  error: target.state === 'failed' ? errorJson(target.error) : undefined,
})

export interface ProbeResultJson {
  readonly address: string
  readonly port: number
  readonly serverName: string
  readonly shows: SeenProbe['shows']
  readonly reason: string | undefined
  readonly answersSince: Date | undefined
  readonly fingerprint: string | undefined
  readonly serial: string | undefined
  readonly keyAlgorithm: CertificateFacts['keyAlgorithm'] | undefined
  readonly notAfter: Date | undefined
}

export const probeResultJson = ({
  served,
  reason,
  address,
  port,
  serverName,
  shows,
  answersSince,
}: SeenProbe): ProbeResultJson => ({
  ...{ address, port, serverName, shows, reason: reason && safeText(reason), answersSince },
  ...{ fingerprint: served?.fingerprint, serial: served?.serial },
  ...{ keyAlgorithm: served?.keyAlgorithm, notAfter: served?.notAfter },
})

/** The last that happened to a certificate, the newest last. */
export const eventsJson = (events: CertificateDocument['events']): CertificateDocument['events'] =>
  events.map((event) => (event.detail === undefined ? event : { ...event, detail: safeText(event.detail) }))
