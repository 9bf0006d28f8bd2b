import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Call } from '../../cli/call.ts'
import { warningsOnly } from '../../cli/progress.ts'

/** What a screen shows of a warning that is wider than a terminal. */
function shown(isTTY: boolean): string[] {
  const stderr = Object.assign(new PassThrough(), { isTTY })
  const io = { stderr, stdout: stderr, env: { NO_COLOR: '1' } } as unknown as Call['io']
  warningsOnly({ io, json: undefined } as Call).sink({
    ...{ time: new Date(0), level: 'warn', message: 'a new master key was made: keep a copy of it' },
    fields: {
      certificate: 'shop',
      path: '/srv/newleaf/.newleaf/master.key',
      reason: 'there was none, and it is needed',
    },
  })
  return String(stderr.read()).trimEnd().split('\n')
}

test('a line of the log fits the terminal, and is one line through a pipe', () => {
  const [line = '', ...more] = shown(false)
  expect([more, line.length > 80]).toEqual([[], true])
  const lines = shown(true)
  expect(lines.length).toBeGreaterThan(1)
  expect(lines.filter((each) => each.length > 80)).toEqual([])
  expect(lines.map((each) => each.trim()).join(' ')).toBe(line)
})
