/** What the page says of when it is tried again, beside what is so. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FAILURE_CODES, Failure, type FailureCode } from '../../lib/errors.ts'
import { remember } from '../../lib/policy/back-off.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import type { FailureMemory } from '../../lib/state/failures.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const now = new Date('2026-11-22T06:00:00Z')
const LONGEST_LOCK = 15 * MINUTE
/** Beyond what newleaf would wait by itself. */
const ASKED = 3 * DAY

/** How long each of five tries in a row is waited for, in minutes. */
function pausesOf(code: FailureCode, asked?: number): number[] {
  let earlier: FailureMemory | undefined
  return Array.from({ length: 5 }, () => {
    const at = { configHash: 'one', current: undefined, now: earlier?.notBefore ?? now }
    const retryAfter = asked === undefined ? undefined : new Date(at.now.getTime() + asked)
    earlier = remember(new Failure(code, 'x', { retryAfter }), earlier, at)
    return (earlier.notBefore.getTime() - at.now.getTime()) / MINUTE
  })
}

const shown = (minutes: number) => (minutes === DAY / MINUTE ? 'a day' : `${minutes} minute${minutes === 1 ? '' : 's'}`)
function pausesText(pauses: readonly number[]): string {
  const last = pauses.at(-1) ?? 0
  const first = pauses.slice(0, pauses.indexOf(last)).map(shown)
  return [...first, `${first.length > 0 ? 'then ' : ''}${shown(last)} each time`].join(', ')
}

/** One run in which an order fails like this, and what the next ones of a schedule do about it. */
async function afterOrder(code: FailureCode) {
  const world = await createMemoryWorld()
  world.authority.failures.push({ on: 'newOrder', failure: new Failure(code, 'x') })
  await world.run()
  const stored = await world.state.read(documentKey('shop'))
  const failure = parseDocument('x', stored?.document).failures?.authorities?.ca?.issue
  if (failure === undefined) {
    world.pass(LONGEST_LOCK)
    return { world, pause: undefined, next: await world.run() }
  }
  const pause = (failure.notBefore.getTime() - failure.at.getTime()) / MINUTE
  world.pass(pause * MINUTE - 1)
  expect(await world.run(), code).toMatchObject({ result: 'waiting' })
  world.pass(1)
  return { world, pause, next: await world.run() }
}

/** The row in which a code belongs. */
async function rowOf(code: FailureCode): Promise<string> {
  const { world, pause, next } = await afterOrder(code)
  if (pause === undefined) {
    expect(next, code).toMatchObject({ result: 'renewed' })
    return 'nothing: no failure is remembered, and the next run goes on'
  }
  const pauses = pausesOf(code)
  expect(pause, code).toBe(pauses[0])
  if (next.result === 'waiting') {
    expect(await world.run({ only: ['shop'] }), code).toMatchObject({ result: 'renewed' })
    return 'somebody asks for it with `--only ID`'
  }
  expect(next, code).toMatchObject({ result: 'renewed' })
  const isAsked = pausesOf(code, ASKED)[0] === ASKED / MINUTE
  return isAsked ? `the time that was asked for; where none was: ${pausesText(pauses)}` : pausesText(pauses)
}

/** Refuses what somebody sent, before any certificate is looked at. */
const BEFORE_ANY: readonly FailureCode[] = ['EVENT_INVALID']

describe('the table of when it is tried again', () => {
  const page = readFileSync('docs/troubleshooting.md', 'utf8')
  const section = page.split(/^## /m).find((part) => part.startsWith('When it is tried again\n')) ?? ''
  const rows = [...section.matchAll(/^\| (?<after>[^|`][^|]*) \| (?<codes>`[^|]*) \|$/gm)].map(
    ({ groups }) => [groups?.after ?? '', (groups?.codes ?? '').split(', ')] as const,
  )

  test('says of every code what is so', async () => {
    const expected: Record<string, string[]> = {}
    for (const code of FAILURE_CODES.filter((each) => !BEFORE_ANY.includes(each))) {
      const row = await rowOf(code)
      expected[row] = [...(expected[row] ?? []), `\`${code}\``]
    }
    expect(Object.fromEntries(rows)).toEqual(expected)
  })
})
