import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { reportText } from '../../cli/report-text.ts'
import { reportOf } from '../../lib/report/report.ts'
import type { Decision } from '../../lib/types.ts'

const now = new Date('2026-11-22T06:00:00Z')
const until = new Date('2026-11-29T06:00:00Z')

function shown(decision: Decision): string {
  const outcome = { id: 'shop', decision, certificate: undefined, targets: {}, error: undefined, missing: [] }
  const certificates = [{ ...outcome, result: 'waiting', next: until } as const]
  const report = reportOf({ environment: 'test', dryRun: false, startedAt: now, finishedAt: now, certificates })
  const screen = new PassThrough()
  return reportText(report, {
    io: { stdin: screen, stdout: screen, stderr: screen, env: {}, interrupted: () => false },
  })
}

test.each([
  ['budget', 'shop: held back until 2026-11-29 06:00 UTC: three certificates'],
  ['back-off', 'shop: held back until 2026-11-29 06:00 UTC: it failed'],
  ['retry-after', 'shop: held back until 2026-11-29 06:00 UTC: whoever was asked'],
  ['paused', 'shop: held back: the authority has paused the account'],
  ['claimed', 'shop: held back until 2026-11-29 06:00 UTC: another run'],
] as const)('who waits because of %s is told until when, and why', (because, expected) => {
  expect(shown({ action: 'wait', because, until })).toContain(expected)
})

test('what is fresh is not held back', () => {
  expect(shown({ action: 'wait', because: 'fresh', until })).not.toContain('held back')
})
