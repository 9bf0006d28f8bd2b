/**
 * As much of CloudWatch as our alarms need, as its user guide has it: "Evaluating an alarm" and "How alarm state is evaluated
 * when data is missing" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html; the last
 * text that AWS published is in github.com/awsdocs/amazon-cloudwatch-user-guide, b355497, doc_source/AlarmThatSendsEmail.md).
 */
import { DAY, MINUTE, SECOND } from '../../lib/platform/clock.ts'
import type { Json, Resource } from './cloudformation.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
type Missing = 'missing' | 'ignore' | 'breaching' | 'notBreaching'

export interface Rule {
  readonly evaluationPeriods: number
  readonly datapointsToAlarm: number
  readonly missing: Missing
}

/** One of the metrics that an alarm reads. */
interface Reading {
  /** Namespace, name and dimensions. */
  readonly metric: string
  readonly statistic: keyof typeof STATISTICS
}

export interface Alarm extends Rule {
  readonly name: string
  /** Several: their sum. */
  readonly readings: readonly Reading[]
  readonly period: number
  readonly isBreaching: (value: number) => boolean
}

export interface Change {
  readonly alarm: string
  readonly state: AlarmState
  readonly at: Date
}

const sum = (values: readonly number[]) => values.reduce((one, other) => one + other, 0)
const STATISTICS = {
  Minimum: (values: readonly number[]) => Math.min(...values),
  Maximum: (values: readonly number[]) => Math.max(...values),
  Sum: sum,
  Average: (values: readonly number[]) => sum(values) / values.length,
  SampleCount: (values: readonly number[]) => values.length,
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
}

/** The alarms of a template whose functions are resolved. What is not known here throws: nothing is taken for granted. */
export const alarmsIn = (resources: Readonly<Record<string, Resource>>): Alarm[] =>
  Object.values(resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::CloudWatch::Alarm' ? [alarmOf(Properties)] : [],
  )

function alarmOf(properties: Json): Alarm {
  const { AlarmName: name, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Threshold } = properties
  const compare = COMPARISONS[properties.ComparisonOperator]
  const { readings, period } = readingsOf(properties)
  if (compare === undefined || Number.isNaN(Number(Threshold)))
    throw new Error(`${name}: its threshold is not known here`)
  // Beyond a day an alarm is evaluated once an hour, by other rules.
  if (period % 60 !== 0 || period * EvaluationPeriods > DAY / SECOND)
    throw new Error(`${name}: its period is not known here`)
  return {
    name,
    readings,
    period: period * SECOND,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    missing: properties.TreatMissingData ?? 'missing',
    isBreaching: (value) => compare(value, Number(Threshold)),
  }
}

function readingsOf(properties: Json): { readings: Reading[]; period: number } {
  const { AlarmName, Metrics } = properties
  if (Metrics === undefined) {
    const { Statistic, Period } = properties
    return { readings: [readingOf(AlarmName, properties, Statistic)], period: Number(Period) }
  }
  const stats = Metrics.flatMap(({ MetricStat }: Json) => MetricStat ?? [])
  const expressions = Metrics.flatMap(({ Expression }: Json) => Expression ?? [])
  const periods = new Set<number>(stats.map(({ Period }: Json) => Number(Period)))
  const [period] = periods
  if (String(expressions) !== 'SUM(METRICS())' || period === undefined || periods.size > 1)
    throw new Error(`${AlarmName}: its expression is not known here`)
  return { readings: stats.map(({ Metric, Stat }: Json) => readingOf(AlarmName, Metric, Stat)), period }
}

function readingOf(name: string, { Namespace, MetricName, Dimensions = [] }: Json, statistic: string): Reading {
  if (!Object.hasOwn(STATISTICS, statistic)) throw new Error(`${name}: the statistic ${statistic} is not known here`)
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }: Json) => [Name, String(Value)]))
  return {
    metric: metricKey(Namespace, MetricName, dimensions),
    statistic: statistic as keyof typeof STATISTICS,
  }
}

/** A metric is one whose name and dimensions are all the same. */
const metricKey = (namespace: string, name: string, dimensions: Readonly<Record<string, string>>): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()])

/**
 * The state after these data points, the oldest first: `true` breaches, undefined is missing. There are more of them than
 * the evaluation periods, so that real ones of before can stand in for those that are missing: the evaluation range.
 */
export function stateAfter(
  points: readonly (boolean | undefined)[],
  { evaluationPeriods, datapointsToAlarm, missing }: Rule,
  current: AlarmState,
): AlarmState {
  const real = points.filter((point) => point !== undefined).slice(-evaluationPeriods)
  const filled = missing === 'breaching' ? evaluationPeriods - real.length : 0
  if (real.filter(Boolean).length + filled >= datapointsToAlarm) return 'ALARM'
  if (real.length === evaluationPeriods || missing === 'breaching' || missing === 'notBreaching') return 'OK'
  if (real.includes(false)) return 'OK'
  if (missing === 'ignore') return current
  if (real.length === 0) return 'INSUFFICIENT_DATA'
  // "Avoiding premature transitions to alarm state": a lone one counts once it is as old as the data points to alarm.
  return points.length - points.indexOf(true) >= datapointsToAlarm ? 'ALARM' : current
}

interface Point {
  readonly at: number
  readonly value: number
}

export interface CloudWatch {
  /** Every change of a state so far. */
  readonly changes: readonly Change[]
  /** What somebody measured; it must not lie before the last evaluation. */
  put(namespace: string, name: string, dimensions: Readonly<Record<string, string>>, value: number, at: Date): void
  /** A line of a log, which may be one in the Embedded Metric Format. */
  hear(line: string): void
  /** Evaluates every alarm at each minute up to this moment. */
  advance(to: Date): void
}

/**
 * `extra` are the periods that the evaluation range has beyond the evaluation periods. How many these are CloudWatch does not
 * say, only that there are some; in its examples they are two.
 */
export function createCloudWatch(alarms: readonly Alarm[], began: Date, extra: number): CloudWatch {
  const metrics = new Map<string, Point[]>()
  const states = new Map<Alarm, AlarmState>(alarms.map((alarm) => [alarm, 'INSUFFICIENT_DATA']))
  const changes: Change[] = []
  let next = Math.ceil(began.getTime() / MINUTE) * MINUTE
  /** By the minute: the alarms whose data points are others than a minute before. At any other it would come to the same state. */
  const due = new Map<number, Set<Alarm>>([[next, new Set(alarms)]])

  const between = (metric: string, from: number, to: number): number[] => {
    const points = metrics.get(metric) ?? []
    const values: number[] = []
    for (let index = points.length - 1; index >= 0; index--) {
      const { at, value } = points[index] as Point
      if (at < from) break
      if (at < to) values.push(value)
    }
    return values
  }

  /** The window slides: its end is the minute of the evaluation, whatever the period is. */
  const valueAt = ({ readings, period }: Alarm, end: number): number | undefined => {
    const values = readings.flatMap(({ metric, statistic }) => {
      const found = between(metric, end - period, end)
      return found.length === 0 ? [] : [STATISTICS[statistic](found)]
    })
    return values.length === 0 ? undefined : sum(values)
  }

  function evaluate(alarm: Alarm, now: Date): void {
    const range = alarm.evaluationPeriods + extra
    const points = Array.from({ length: range }, (_, age) => {
      const value = valueAt(alarm, now.getTime() - (range - 1 - age) * alarm.period)
      return value === undefined ? undefined : alarm.isBreaching(value)
    })
    const before = states.get(alarm) ?? 'INSUFFICIENT_DATA'
    const state = stateAfter(points, alarm, before)
    states.set(alarm, state)
    if (state !== before) changes.push({ alarm: alarm.name, state, at: now })
  }

  function put(namespace: string, name: string, dimensions: Readonly<Record<string, string>>, value: number, at: Date) {
    const key = metricKey(namespace, name, dimensions)
    const points = metrics.get(key) ?? []
    // Of standard resolution: a minute is the finest that is kept.
    const minute = Math.floor(at.getTime() / MINUTE) * MINUTE
    points.push({ at: minute, value })
    metrics.set(key, points)
    for (const alarm of alarms) {
      if (!alarm.readings.some(({ metric }) => metric === key)) continue
      for (let periods = 0; periods <= alarm.evaluationPeriods + extra; periods++) {
        const when = minute + MINUTE + periods * alarm.period
        due.set(when, (due.get(when) ?? new Set()).add(alarm))
      }
    }
  }

  return {
    changes,
    put,
    hear(line) {
      if (!line.includes('"_aws"')) return
      const { _aws, ...root } = JSON.parse(line)
      for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
        for (const names of Dimensions as string[][]) {
          const dimensions = Object.fromEntries(names.map((name) => [name, String(root[name])]))
          for (const { Name } of Metrics) {
            for (const value of [root[Name]].flat()) put(Namespace, Name, dimensions, value, new Date(_aws.Timestamp))
          }
        }
      }
    },
    advance(to) {
      for (; next <= to.getTime(); next += MINUTE) {
        for (const alarm of due.get(next) ?? []) evaluate(alarm, new Date(next))
        due.delete(next)
      }
    },
  }
}
