import type { EventSink } from '../events.ts'
import { DAY, SECOND } from '../platform/clock.ts'
import { jsonText } from '../platform/json-text.ts'
import type { Outcome } from '../types.ts'
import { shareLeft } from '../x509/lifetime.ts'
import type { RunReport } from './report.ts'

const NAMESPACE = 'newleaf'
/** The most values of one metric that a line may hold (CloudWatch, Embedded Metric Format specification). */
const MOST_VALUES = 100

const units = {
  Success: 'Count',
  Unhealthy: 'Count',
  RunSeconds: 'Seconds',
  CertificatesLookedAt: 'Count',
  DaysLeft: 'Count',
  LifeLeft: 'Percent',
  Renewed: 'Count',
  Failed: 'Count',
  StepSeconds: 'Seconds',
} as const satisfies Record<string, string>

type Values = Partial<Record<keyof typeof units, number | readonly number[]>>

/** How long the steps of a run took, in seconds, by the name of the step. */
export type StepSeconds = Readonly<Record<string, readonly number[]>>

/** Measures each step that ends well. */
export function stepTimer(): { readonly sink: EventSink; readonly seconds: StepSeconds } {
  const seconds: Record<string, number[]> = {}
  return {
    sink(event) {
      if (event.kind !== 'step-done') return
      seconds[event.step] = [...(seconds[event.step] ?? []), event.ms / SECOND]
    },
    seconds,
  }
}

/** The metrics of a run, as log lines that CloudWatch reads without a call. A dry run has none: it keeps nothing alive. */
export function emfLines(report: RunReport, seconds: StepSeconds = {}): string[] {
  const { environment, dryRun, ok, whole, startedAt, finishedAt, certificates, unhealthy } = report
  if (dryRun) return []
  const line = (of: Readonly<Record<string, string>>, values: Values, dimensions: readonly (readonly string[])[]) =>
    emfLine(finishedAt, { environment, ...of }, values, dimensions)
  const run: Values = {
    // A run that is about some of them cannot tell of the others.
    ...(whole && { Success: ok ? 1 : 0, Unhealthy: count(certificates) + unhealthy.length }),
    RunSeconds: (finishedAt.getTime() - startedAt.getTime()) / SECOND,
    CertificatesLookedAt: certificates.length,
  }
  return [
    line({}, run, [['environment']]),
    ...certificates.map((outcome) =>
      line({ certificate: outcome.id }, valuesOf(outcome, finishedAt), [
        ['environment'],
        ['environment', 'certificate'],
      ]),
    ),
    ...Object.entries(seconds).flatMap(([step, all]) =>
      inParts(all).map((some) => line({ step }, { StepSeconds: some }, [['environment', 'step']])),
    ),
  ]
}

const count = (certificates: readonly Outcome[]) => certificates.filter(({ health }) => !health.healthy).length

/** Of a certificate that does not exist yet there is no life to speak of. */
const valuesOf = ({ certificate, result }: Outcome, now: Date): Values => ({
  ...(certificate && {
    DaysLeft: (certificate.notAfter.getTime() - now.getTime()) / DAY,
    LifeLeft: shareLeft(certificate, now) * 100,
  }),
  Renewed: result === 'renewed' ? 1 : 0,
  Failed: result === 'failed' ? 1 : 0,
})

const emfLine = (
  time: Date,
  dimensionValues: Readonly<Record<string, string>>,
  values: Values,
  dimensions: readonly (readonly string[])[],
): string => {
  const metrics = (Object.keys(values) as (keyof typeof units)[]).map((Name) => ({ Name, Unit: units[Name] }))
  return jsonText({
    _aws: {
      Timestamp: time.getTime(),
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: dimensions, Metrics: metrics }],
    },
    ...dimensionValues,
    ...values,
  })
}

const inParts = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / MOST_VALUES) }, (_, part) =>
    all.slice(part * MOST_VALUES, (part + 1) * MOST_VALUES),
  )
