import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { reportText } from '../../cli/report-text.ts'
import { Failure } from '../../lib/errors.ts'
import { type HealthInput, healthOf } from '../../lib/policy/health.ts'
import { unhealthy } from '../../lib/policy/unhealthy.ts'
import { type RunReport, reportOf } from '../../lib/report/report.ts'
import type { Decision, Outcome } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const now = new Date('2026-11-22T06:00:00Z')
const until = new Date('2026-11-29T06:00:00Z')
const DAY = 86_400_000

const certificate = (daysLeft: number) => ({
  ...{ names: shop.names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256' as const, issuer: 'CN=CA' },
  notBefore: new Date(now.getTime() + (daysLeft - 90) * DAY),
  notAfter: new Date(now.getTime() + daysLeft * DAY),
})
const seen = { state: 'verified', addresses: 1, unseen: [] } as const

function shown(
  known: Partial<HealthInput>,
  more: Partial<Outcome> = {},
  interrupted?: { signal: 'SIGINT'; at: Date },
  columns?: number,
): string {
  const current = certificate(60)
  const health = healthOf(
    { spec: shop, current, authority: 'ca', document: {}, targets: { 'fr/edge': seen, 'us/apps': seen }, ...known },
    now,
  )
  const decision: Decision = known.held ?? { action: 'wait', reason: 'fresh', message: 'because', until }
  const outcome: Outcome = {
    ...{
      id: 'shop',
      decision,
      certificate: known.current ?? current,
      targets: {},
      error: undefined,
      missing: [],
      health,
    },
    ...{ result: 'waiting', next: until },
    ...more,
  }
  return printed({ certificates: [outcome] }, columns, interrupted)
}

function printed(
  more: Pick<RunReport, 'certificates' | 'windowsAsked'>,
  columns?: number,
  interrupted?: { signal: 'SIGINT'; at: Date },
): string {
  const times = { startedAt: now, finishedAt: now }
  const report = reportOf({ environment: 'test', dryRun: false, whole: true, ...times, unhealthy: [], ...more })
  const screen = new PassThrough()
  const terminal = columns === undefined ? screen : Object.assign(screen, { isTTY: true, columns })
  return reportText(report, {
    io: { stdin: screen, stdout: terminal, stderr: screen, env: { NO_COLOR: '1' }, interrupted: () => interrupted },
  })
}

test.each([
  ['budget', 'BUDGET_SPENT'],
  ['back-off', 'BACK_OFF'],
  ['retry-after', 'RETRY_AFTER'],
  ['paused', 'PAUSED'],
  ['locked', 'LOCKED'],
] as const)(
  'who waits because of %s is told so by a word of its own, with what to do, and is not OK',
  (reason, code) => {
    const text = shown({ held: { action: 'wait', reason, message: 'somebody is at it', until } })
    expect(text).toContain(`${code}: somebody is at it`)
    expect(text).toContain('to do: ')
    expect(text).toContain('0 of 1 OK')
  },
)

test('whose renewal window alone was asked for is counted by itself', () => {
  const text = printed({ certificates: [], windowsAsked: ['shop', 'blog'] })
  expect(text.trim()).toBe('0 of 0 OK in 0.0 s (of 2 more only the renewal window was asked for)')
})

test('what is fresh and seen is OK, and nothing more is said', () => {
  const text = shown({}, { result: 'kept' })
  expect(text).toContain('1 of 1 OK')
  expect(text).not.toContain('to do')
})

test('what has expired is called EXPIRED in its line, and first below it', () => {
  const text = shown({
    current: certificate(-1),
    held: { action: 'wait', reason: 'back-off', message: 'because', until },
  })
  expect(text).toMatch(/^\nshop {2}waiting \(back-off\) {2}EXPIRED on 2026-11-21 06:00 UTC/)
  expect(text.indexOf('EXPIRED: ')).toBeLessThan(text.indexOf('BACK_OFF: '))
})

test('a target that was verified at some of its addresses says at how many', () => {
  const addresses = [
    { address: '192.0.2.1', port: 443, state: 'verified' },
    { address: '2001:db8::1', port: 443, state: 'unverified', reason: 'ENETUNREACH' },
  ] as const
  const partly = { state: 'verified', addresses: 1, unseen: ['2001:db8::1 port 443'] } as const
  const text = shown(
    { targets: { 'fr/edge': partly, 'us/apps': seen } },
    { result: 'renewed', targets: { 'fr/edge': { state: 'verified', addresses } } },
  )
  expect(text).toContain('PARTLY_VERIFIED: fr/edge: verified at 1 of 2; never reached from here: 2001:db8::1 port 443')
  expect(text).toContain('fr/edge: verified at 1 of 2')
  expect(text).toContain('1 of 1 OK')
})

test('a certificate is said to be missing only where it was looked for', () => {
  const none = { certificate: undefined }
  expect(shown({ current: undefined }, none)).toMatch(/^\nshop {2}waiting \(fresh\) {2}no certificate /)
  const unread = { ...none, health: unhealthy('shop', new Failure('STORE_UNREADABLE', 'torn')) }
  expect(shown({}, unread)).toMatch(/^\nshop {2}waiting \(fresh\) {2}certificate unknown /)
})

test('an interruption is said in the last line', () => {
  expect(shown({}, {}, { signal: 'SIGINT', at: now })).toContain('(interrupted by SIGINT; the next run carries on)')
})

test('a row that is wider than the terminal has its next look on a line of its own', () => {
  const more = { result: 'renewed', next: until } as const
  const rowIn = (columns?: number) => shown({}, more, undefined, columns).split('\n').slice(1, 3)
  expect(rowIn(200)[0]).toMatch(/^shop {2}renewed \(fresh\) {2}valid until .* UTC {2}next look in 7 days$/)
  expect(rowIn()[0]).toBe(rowIn(200)[0])
  expect(rowIn(60)).toEqual([
    expect.stringMatching(/^shop {2}renewed \(fresh\) {2}valid until .* UTC$/),
    '    next look in 7 days',
  ])
})

test('at a terminal the words to act on fit it, and through a pipe each sentence stays in one line', () => {
  const expired = { current: certificate(-1) }
  const lines = shown(expired, {}, undefined, 80).split('\n')
  expect(lines.every((line) => line.length <= 80)).toBe(true)
  const piped = shown(expired).split('\n')
  expect(piped.some((line) => line.startsWith('    to do: ') && line.length > 80)).toBe(true)
  expect(lines.map((line) => line.trim()).join(' ')).toContain(piped.find((line) => line.includes('to do: '))?.trim())
})
