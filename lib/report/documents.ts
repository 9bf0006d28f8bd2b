/** What newleaf answers where JSON is asked of it: the commands with --json, and the functions. docs/json.md describes each. */
import type { Failure } from '../errors.ts'
import type { Unconfigured } from '../observe/unconfigured.ts'
import { mapValues } from '../platform/lookup.ts'
import type { CertificateDocument } from '../state/document.ts'
import { allFailures } from '../state/failures.ts'
import type { Unhealthy } from '../state/schedule.ts'
import type { CredentialExpiry, Outcome, PlanItem } from '../types.ts'
import {
  type CertificateJson,
  type CredentialJson,
  certificateJson,
  credentialJson,
  type DecisionJson,
  decisionJson,
  type ErrorJson,
  errorJson,
  eventsJson,
  type FailureJson,
  failureJson,
  type HealthJson,
  healthJson,
  type ObstacleJson,
  obstacleJson,
  type ProbeResultJson,
  probeResultJson,
  type TargetResultJson,
  targetResultJson,
  type UnconfiguredJson,
  unconfiguredJson,
  VERSION,
  type WindowJson,
  windowJson,
} from './json.ts'
import type { ObservedCertificate } from './observed.ts'
import { entriesOf, type RememberedCertificate } from './remembered.ts'
import type { RunReport } from './report.ts'

/** Stands once in a document, at its top: what a monitor looks for. */
export interface Document {
  readonly v: typeof VERSION
  readonly ok: boolean
}

// ---------------------------------------------------------------------------------------------- a run

export interface RunJson
  extends Document,
    Pick<RunReport, 'environment' | 'dryRun' | 'whole' | 'startedAt' | 'finishedAt'> {
  readonly certificates: readonly OutcomeJson[]
  readonly windowsAsked: readonly string[] | undefined
  readonly unhealthy: readonly Unhealthy[]
  readonly obstacles: readonly ObstacleJson[] | undefined
}

export interface OutcomeJson extends HealthJson, DecisionJson, Pick<Outcome, 'id' | 'result' | 'missing' | 'next'> {
  readonly certificate: CertificateJson | undefined
  readonly targets: Readonly<Record<string, TargetResultJson>>
  readonly error: ErrorJson | undefined
}

export const runJson = (report: RunReport): RunJson => {
  const { environment, dryRun, whole, startedAt, finishedAt, certificates, windowsAsked, unhealthy, obstacles, ok } =
    report
  return {
    ...{ v: VERSION, environment, dryRun, whole, startedAt, finishedAt },
    certificates: certificates.map((outcome) => outcomeJson(outcome, finishedAt)),
    ...{ windowsAsked, unhealthy, ok },
    obstacles: obstacles?.map(obstacleJson),
  }
}

const outcomeJson = (outcome: Outcome, now: Date): OutcomeJson => ({
  id: outcome.id,
  result: outcome.result,
  ...healthJson(outcome.health),
  ...decisionJson(outcome.decision),
  certificate: outcome.certificate && certificateJson(outcome.certificate, undefined, now),
  targets: mapValues(outcome.targets, targetResultJson),
  error: outcome.error && errorJson(outcome.error),
  missing: outcome.missing,
  next: outcome.next,
})

/** A run that has only found out who is due, and given these to a queue. */
export interface QueuedJson extends Document {
  readonly queued: readonly string[]
  readonly unhealthy: readonly Unhealthy[]
}

export const queuedJson = (queued: readonly string[], { ok, unhealthy }: RunReport): QueuedJson => ({
  ...{ v: VERSION, ok, queued, unhealthy },
})

/** In the place of every other document, where nothing could be done. */
export interface RefusalJson extends Document {
  readonly ok: false
  readonly finishedAt: Date
  readonly error: ErrorJson
}

export const refusalJson = (failure: Failure, finishedAt: Date): RefusalJson => ({
  ...{ v: VERSION, ok: false, finishedAt, error: errorJson(failure) },
})

// ---------------------------------------------------------------------------------------------- status

/** What is said of a certificate that was looked at. */
export interface LookedAtJson extends HealthJson, DecisionJson {
  readonly id: string
  readonly names: readonly string[]
  readonly certificate: CertificateJson | undefined
  readonly renewAt: Date | undefined
  readonly failure: FailureJson | undefined
  readonly missing: readonly string[]
  readonly error: ErrorJson | undefined
}

export const lookedAtJson = (item: PlanItem, now: Date): LookedAtJson => ({
  id: item.spec.id,
  names: item.spec.names,
  ...healthJson(item.health),
  ...decisionJson(item.decision),
  certificate: item.current && certificateJson(item.current, item.authority, now),
  renewAt: item.renewAt,
  failure: item.failure && failureJson(item.failure),
  missing: item.missing,
  error: item.decision.action === 'blocked' ? errorJson(item.decision.error) : undefined,
})

export interface ObservedJson extends Document {
  readonly at: Date
  readonly certificates: readonly (LookedAtJson & {
    readonly targets: Readonly<Record<string, ObservedTargetJson>>
    readonly events: CertificateDocument['events'] | undefined
  })[]
  readonly unconfigured: readonly UnconfiguredJson[] | undefined
  readonly credentials: readonly CredentialJson[]
}

export interface ObservedTargetJson {
  readonly serves: boolean | undefined
  readonly error: ErrorJson | undefined
  readonly addresses: readonly ProbeResultJson[]
}

/** What a status tells beside its certificates. */
interface ObservedBeside {
  /** Whether what happened to each is told as well. */
  readonly events?: boolean
  readonly unconfigured?: readonly Unconfigured[]
  readonly credentials: readonly CredentialExpiry[]
}

export const observedJson = (
  all: readonly ObservedCertificate[],
  at: Date,
  { events = false, unconfigured, credentials }: ObservedBeside,
): ObservedJson => ({
  ...{ v: VERSION, ok: all.every(({ item }) => item.health.healthy), at },
  certificates: all.map(({ item, targets, document }) => ({
    ...lookedAtJson(item, at),
    events: events && document ? eventsJson(document.events) : undefined,
    targets: mapValues(targets, ({ serves, error, probes }) => ({
      ...{ serves, error: error && errorJson(error), addresses: probes.map(probeResultJson) },
    })),
  })),
  unconfigured: unconfigured?.map((each) => unconfiguredJson(each, at)),
  credentials: credentials.map((each) => credentialJson(each, at)),
})

// ---------------------------------------------------------------------------------------------- the status function

export interface RememberedJson extends Document {
  readonly environment: string
  readonly at: Date
  readonly certificates: readonly RememberedCertificateJson[]
  readonly credentials: readonly CredentialJson[]
}

export interface RememberedCertificateJson extends HealthJson, Partial<MemoryJson> {
  readonly id: string
  readonly names: readonly string[]
  readonly error: ErrorJson | undefined
}

/** Of a certificate whose state document could be read. */
export interface MemoryJson {
  readonly certificate: CertificateJson | undefined
  readonly targets: Readonly<Record<string, RememberedTargetJson>>
  readonly window: WindowJson | undefined
  readonly failures: readonly RememberedFailureJson[]
  readonly rejected: CertificateDocument['rejected']
  readonly busyUntil: Date | undefined
  readonly next: Date | undefined
  readonly issued: readonly Date[]
  readonly events: CertificateDocument['events']
}

export interface RememberedTargetJson {
  readonly fingerprint: string
  readonly since: Date
  readonly verified: boolean
  readonly addresses: Readonly<Record<string, { readonly answersSince?: Date; readonly verified?: Date }>>
}

export interface RememberedFailureJson extends FailureJson {
  readonly attempt: string
  /** The one that was asked, where an order failed. */
  readonly authority: string | undefined
  readonly count: number
  readonly step: string | undefined
  readonly since: Date | undefined
}

export const rememberedJson = (
  all: readonly RememberedCertificate[],
  credentials: readonly CredentialExpiry[],
  environment: string,
  at: Date,
): RememberedJson => ({
  ...{ v: VERSION, ok: all.every(({ health }) => health.healthy), environment, at },
  certificates: all.map(({ spec, health, document, error }) => ({
    ...{ id: spec.id, names: spec.names, ...healthJson(health), error: error && errorJson(error) },
    ...(document && memoryJson(document, spec, at)),
  })),
  credentials: credentials.map((each) => credentialJson(each, at)),
})

/** The document without what only a run needs: leases, orders, TXT values and names of objects to be removed. */
function memoryJson(document: CertificateDocument, spec: RememberedCertificate['spec'], now: Date): MemoryJson {
  const { current, window, failures, rejected, lease, nextLook, issued, events } = document
  const given = Object.entries(entriesOf(document, spec)).flatMap(([name, entry]) =>
    entry?.deployed === undefined ? [] : [[name, { ...entry, ...entry.deployed }] as const],
  )
  return {
    certificate: current && certificateJson(current, current.authority, now),
    targets: mapValues(Object.fromEntries(given), ({ fingerprint, since, verified, addresses }) => ({
      ...{ fingerprint, since, verified, addresses },
    })),
    window: window && windowJson(window),
    failures: allFailures(failures).map(({ attempt, authority, count, step, since, ...failure }) => ({
      ...{ attempt, authority, count, step, since },
      ...failureJson(failure),
    })),
    ...{ rejected, busyUntil: lease?.until, next: nextLook, issued: issued.map(({ at }) => at) },
    events: eventsJson(events),
  }
}
