import { describe, expect, test } from 'vitest'
import { emfLines, stepTimer } from '../../lib/report/metrics.ts'
import { type RunReport, reportOf } from '../../lib/report/report.ts'
import type { Outcome } from '../../lib/types.ts'

const DAY = 86_400_000
const startedAt = new Date('2026-11-22T06:00:00.000Z')
const finishedAt = new Date('2026-11-22T06:00:04.500Z')

const outcome = (id: string, result: Outcome['result'], daysLeft?: number): Outcome => ({
  id,
  result,
  decision: { action: 'wait', until: finishedAt, reason: 'fresh', message: 'because' },
  certificate:
    daysLeft === undefined
      ? undefined
      : {
          names: [`${id}.example`],
          serial: '01',
          fingerprint: 'ab',
          keyAlgorithm: 'ecdsa-p256',
          notBefore: new Date(finishedAt.getTime() + (daysLeft - 90) * DAY),
          notAfter: new Date(finishedAt.getTime() + daysLeft * DAY),
          issuer: 'CN=CA',
        },
  targets: {},
  error: undefined,
  missing: [],
  next: undefined,
  health: { healthy: result !== 'failed', conditions: [] },
})
const report = (...certificates: Outcome[]): RunReport =>
  reportOf({ environment: 'prod', dryRun: false, whole: true, startedAt, finishedAt, certificates, unhealthy: [] })

interface Emf extends Record<string, unknown> {
  _aws: {
    Timestamp: number
    CloudWatchMetrics: {
      Namespace: string
      Dimensions: string[][]
      Metrics: { Name: string; Unit: string }[]
    }[]
  }
}
const parsed = (lines: string[]): Emf[] => lines.map((line) => JSON.parse(line))

/** The rules of the Embedded Metric Format (CloudWatch user guide, "Specification: Embedded metric format"). */
function expectValid(line: string): void {
  expect(line).not.toContain('\n')
  expect(Buffer.byteLength(line)).toBeLessThan(1_048_576)
  const { _aws, ...root } = JSON.parse(line) as Emf
  expect(Number.isSafeInteger(_aws.Timestamp)).toBe(true)
  for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
    expect(Namespace).toMatch(/^[\w.\-/#:]{1,255}$/)
    expect(Metrics.length).toBeGreaterThan(0)
    expect(Metrics.length).toBeLessThanOrEqual(100)
    expect(Dimensions.length).toBeLessThanOrEqual(30)
    for (const name of Dimensions.flat()) expect(root[name]).toMatch(/^[ -~]{1,1024}$/)
    for (const { Name, Unit } of Metrics) {
      expect(['Count', 'Seconds', 'Percent']).toContain(Unit)
      const values = [root[Name]].flat()
      expect(values.length).toBeLessThanOrEqual(100)
      for (const value of values) expect(Number.isFinite(value)).toBe(true)
    }
  }
}

describe('the metrics of a run', () => {
  test('say that every certificate is healthy even when nobody was due', () => {
    const lines = emfLines(report())
    lines.forEach(expectValid)
    expect(parsed(lines)).toEqual([
      {
        _aws: {
          Timestamp: finishedAt.getTime(),
          CloudWatchMetrics: [
            {
              Namespace: 'newleaf',
              Dimensions: [['environment']],
              Metrics: [
                { Name: 'Success', Unit: 'Count' },
                { Name: 'Unhealthy', Unit: 'Count' },
                { Name: 'RunSeconds', Unit: 'Seconds' },
                { Name: 'CertificatesLookedAt', Unit: 'Count' },
              ],
            },
          ],
        },
        environment: 'prod',
        Success: 1,
        Unhealthy: 0,
        RunSeconds: 4.5,
        CertificatesLookedAt: 0,
      },
    ])
  })

  test('count who is not healthy: those that were looked at, whatever came of it, and those that were not', () => {
    const ill = { ...outcome('blog', 'waiting', 40), health: { healthy: false, conditions: [] } }
    const well = { ...outcome('shop', 'kept', 40), health: { healthy: true, conditions: [] } }
    const others = [{ id: 'old', code: 'EXPIRED' }]
    const count =
      (...of: Parameters<typeof report>) =>
      (unhealthy: RunReport['unhealthy']) =>
        parsed(emfLines(reportOf({ ...report(...of), unhealthy })))[0]
    expect(count(well)([])).toMatchObject({ Success: 1, Unhealthy: 0 })
    expect(count(well, ill)([])).toMatchObject({ Success: 0, Unhealthy: 1 })
    expect(count(well, ill)(others)).toMatchObject({ Success: 0, Unhealthy: 2 })
    expect(count()(others)).toMatchObject({ Success: 0, Unhealthy: 1 })
  })

  test('of a run that was about some of them say nothing about all: it must not pass for one that knows', () => {
    const lines = emfLines({ ...report(outcome('shop', 'renewed', 90)), whole: false })
    lines.forEach(expectValid)
    const [run, shop] = parsed(lines)
    expect(Object.keys(run ?? {})).toEqual(['_aws', 'environment', 'RunSeconds', 'CertificatesLookedAt'])
    expect(shop).toMatchObject({ certificate: 'shop', DaysLeft: 90 })
  })

  test('say of each certificate what is left of it, for itself and for the environment', () => {
    const lines = emfLines(
      report(outcome('shop', 'renewed', 90), outcome('blog', 'failed', 9), outcome('new', 'failed')),
    )
    lines.forEach(expectValid)
    const [run, ...each] = parsed(lines)
    expect(run).toMatchObject({ Success: 0, CertificatesLookedAt: 3 })
    expect(each).toMatchObject([
      { environment: 'prod', certificate: 'shop', DaysLeft: 90, LifeLeft: 100, Renewed: 1, Failed: 0 },
      { environment: 'prod', certificate: 'blog', DaysLeft: 9, LifeLeft: 10, Renewed: 0, Failed: 1 },
      { environment: 'prod', certificate: 'new', Renewed: 0, Failed: 1 },
    ])
    expect(each[2]).not.toHaveProperty('DaysLeft')
    expect(each[0]?._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['environment'], ['environment', 'certificate']])
  })

  test('give the seconds of each step that ended well, a hundred a line at most', () => {
    const { sink, seconds } = stepTimer()
    sink({ kind: 'step-started', step: 'order' })
    for (let count = 0; count < 130; count++) sink({ kind: 'step-done', step: 'deploy', ms: 250 })
    sink({ kind: 'step-failed', step: 'order', code: 'UNAVAILABLE', reason: 'not now' })
    sink({ kind: 'step-done', step: 'order', ms: 1_500 })
    const lines = emfLines(report(), seconds)
    lines.forEach(expectValid)
    const [, ...steps] = parsed(lines)
    expect(steps.map(({ step, StepSeconds }) => [step, [StepSeconds].flat().length])).toEqual([
      ['deploy', 100],
      ['deploy', 30],
      ['order', 1],
    ])
    expect(steps.at(-1)?.StepSeconds).toEqual([1.5])
  })

  test('of a dry run are none: it must not pass for one that keeps certificates alive', () => {
    expect(emfLines({ ...report(outcome('shop', 'planned', 30)), dryRun: true })).toEqual([])
  })

  test('stay valid with ten thousand certificates', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => outcome(`shop-${index}`, 'kept', 40))
    const lines = emfLines(report(...many))
    expect(lines).toHaveLength(10_001)
    for (const line of lines.slice(0, 50)) expectValid(line)
  })
})
