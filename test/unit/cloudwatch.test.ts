import { describe, expect, test } from 'vitest'
import { type AlarmState, alarmsIn, createCloudWatch, type Rule, stateAfter } from '../support/cloudwatch.ts'

/** As the user guide writes them: 0 does not breach, X does, - is missing; the most recent on the right. */
const points = (row: string) => row.split(' ').map((point) => (point === '-' ? undefined : point === 'X'))
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const
const statesOf = (row: string, rule: Omit<Rule, 'missing'>, current: AlarmState) =>
  TREATMENTS.map((missing) => stateAfter(points(row), { ...rule, missing }, current))

describe.each(['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)(
  'the tables of the user guide, for an alarm in %s',
  (now) => {
    // "How alarm state is evaluated when data is missing", the first table: 3 out of 3, an evaluation range of 5.
    test.each([
      ['0 - X - X', ['OK', 'OK', 'OK', 'OK']],
      ['0 - - - -', ['OK', 'OK', 'OK', 'OK']],
      ['- - - - -', ['INSUFFICIENT_DATA', now, 'ALARM', 'OK']],
      ['0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
      ['- - X - -', ['ALARM', now, 'ALARM', 'OK']],
    ])('3 out of 3: %s', (row, states) => {
      expect(statesOf(row, { evaluationPeriods: 3, datapointsToAlarm: 3 }, now)).toEqual(states)
    })

    // The second table: 2 out of 3.
    test.each([
      ['0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
      ['0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
      ['0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
      ['- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
      ['- - - X -', ['ALARM', now, 'ALARM', 'OK']],
    ])('2 out of 3: %s', (row, states) => {
      expect(statesOf(row, { evaluationPeriods: 3, datapointsToAlarm: 2 }, now)).toEqual(states)
    })
  },
)

// "Avoiding premature transitions to alarm state".
test.each(['- - - - X', '- - - X -'])('does not go into ALARM at once after %s', (row) => {
  const rule = { evaluationPeriods: 3, datapointsToAlarm: 3, missing: 'missing' } as const
  expect(stateAfter(points(row), rule, 'OK')).toBe('OK')
})

const began = new Date('2026-11-22T06:00:00Z')
const minute = (count: number) => new Date(began.getTime() + count * 60_000)
const alarm = (more: object) =>
  alarmsIn({
    One: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'one',
        Namespace: 'test',
        MetricName: 'Value',
        Dimensions: [{ Name: 'environment', Value: 'prod' }],
        Statistic: 'Minimum',
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 3,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'notBreaching',
        ...more,
      },
    },
    Other: { Type: 'AWS::SNS::Topic', Properties: {} },
  })

describe('the evaluation', () => {
  const line = (value: number | number[], at: Date, environment = 'prod') =>
    JSON.stringify({
      _aws: {
        Timestamp: at.getTime(),
        CloudWatchMetrics: [{ Namespace: 'test', Dimensions: [['environment']], Metrics: [{ Name: 'Value' }] }],
      },
      environment,
      Value: value,
    })

  test('is done each minute, over a window that ends then: data of minute 2 counts from minute 3 until minute 7', () => {
    const watch = createCloudWatch(alarm({}), began, 0)
    watch.hear(line([9, 1], new Date(minute(2).getTime() + 30_000)))
    watch.hear(line(1, minute(2), 'another'))
    watch.hear('{"message":"a line of the log"}')
    watch.advance(minute(10))
    expect(watch.changes).toEqual([
      { alarm: 'one', state: 'OK', at: began },
      { alarm: 'one', state: 'ALARM', at: minute(3) },
      { alarm: 'one', state: 'OK', at: minute(8) },
    ])
  })

  test.each([
    ['Minimum', 1, 2],
    ['Maximum', 5, 6],
    ['Average', 3, 4],
    ['Sum', 6, 7],
    ['SampleCount', 2, 3],
  ])('knows the statistic %s', (Statistic, value, more) => {
    for (const [Threshold, state] of [
      [value, 'ALARM'],
      [more, 'OK'],
    ] as const) {
      const exactly = { Statistic, Threshold, ComparisonOperator: 'GreaterThanOrEqualToThreshold' }
      const watch = createCloudWatch(alarm(exactly), began, 0)
      for (const each of [1, 5]) watch.hear(line(each, began))
      watch.advance(minute(1))
      expect(watch.changes.at(-1)?.state).toBe(state)
    }
  })

  test('adds up several metrics, and one that says nothing counts as nothing', () => {
    const stat = (name: string) => ({
      Id: name,
      ReturnData: false,
      MetricStat: {
        Metric: { Namespace: 'AWS/Lambda', MetricName: 'Errors', Dimensions: [{ Name: 'FunctionName', Value: name }] },
        Period: 300,
        Stat: 'Sum',
      },
    })
    const Metrics = [{ Id: 'all', Expression: 'SUM(METRICS())' }, stat('a'), stat('b'), stat('c')]
    const more = { Metrics, Threshold: 2, ComparisonOperator: 'GreaterThanOrEqualToThreshold' }
    const watch = createCloudWatch(alarm(more), began, 0)
    watch.put('AWS/Lambda', 'Errors', { FunctionName: 'a' }, 1, began)
    watch.advance(minute(2))
    watch.put('AWS/Lambda', 'Errors', { FunctionName: 'b' }, 1, minute(2))
    watch.advance(minute(10))
    expect(watch.changes.map(({ state, at }) => [state, at])).toEqual([
      ['OK', began],
      ['ALARM', minute(3)],
      ['OK', minute(6)],
    ])
  })

  test('takes real data of before for what is missing, as far as the evaluation range goes', () => {
    const silent = { EvaluationPeriods: 2, TreatMissingData: 'breaching', Threshold: 1 }
    for (const [extra, rings] of [
      [0, 11],
      [2, 21],
    ] as const) {
      const watch = createCloudWatch(alarm(silent), began, extra)
      watch.hear(line(1, began))
      watch.advance(minute(60))
      expect(watch.changes.slice(1)).toEqual([
        { alarm: 'one', state: 'OK', at: minute(1) },
        { alarm: 'one', state: 'ALARM', at: minute(rings) },
      ])
    }
  })

  test.each([
    ['another statistic', { Statistic: 'p99' }],
    ['another comparison', { ComparisonOperator: 'LessThanLowerThreshold' }],
    ['no number for a threshold', { Threshold: 'three' }],
    ['more than a day', { Period: 86_400, EvaluationPeriods: 2 }],
    ['another expression', { Metrics: [{ Id: 'all', Expression: 'FILL(METRICS(), 0)' }] }],
  ])('refuses %s, of which nothing is known here', (_, more) => {
    expect(() => alarm(more)).toThrow('not known here')
  })
})
