import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { identify, isGone, type ProcessIdentity } from '../../lib/platform/process.ts'

const here = identify()
const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

async function start(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  started.push(child)
  await once(child, 'spawn')
  return child
}
/** A process that lives until it is killed, and who it is. */
async function living(command = 'sleep') {
  const child = await start(command, ['600'])
  return { child, identity: identify(child.pid) }
}
async function dead(): Promise<ProcessIdentity> {
  const { child, identity } = await living()
  child.kill('SIGKILL')
  await once(child, 'close')
  return identity
}
type Incarnation = NonNullable<ProcessIdentity['incarnation']>
const changed = ({ incarnation, ...rest }: ProcessIdentity, change: Partial<Incarnation>): ProcessIdentity => ({
  ...rest,
  incarnation: { ...(incarnation as Incarnation), ...change },
})

describe.runIf(process.platform === 'linux')('a process of this machine', () => {
  test('is told by its boot, its namespace and when it started, beside host and number', () => {
    expect(here).toEqual({
      host: expect.stringMatching(/./),
      pid: process.pid,
      incarnation: {
        bootId: expect.stringMatching(/^[\da-f-]{36}$/),
        pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
        startTime: expect.stringMatching(/^\d+$/),
      },
    })
    expect(identify()).toEqual(here)
  })

  test('that lives is not gone, and one that was killed is', async () => {
    expect(isGone(here, here)).toBe(false)
    expect(isGone((await living()).identity, here)).toBe(false)
    expect(isGone(await dead(), here)).toBe(true)
  })

  test('whose number another one has is gone', async () => {
    const { identity } = await living()
    expect(isGone(changed(identity, { startTime: '1' }), here)).toBe(true)
  })

  test('of which only a zombie is left is gone', async () => {
    // The shell becomes a program that never asks what became of its child.
    const parent = await start('bash', ['-c', 'sleep 0.2 & echo $!; exec sleep 600'])
    const [text] = await once(parent.stdout as NonNullable<ChildProcess['stdout']>, 'data')
    const child = identify(Number(text))
    expect(isGone(child, here)).toBe(false)
    while (!isGone(child, here)) await wait(20)
    expect(() => process.kill(child.pid, 0)).not.toThrow()
  })

  test('may be called whatever it likes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'newleaf-process-'))
    symlinkSync('/bin/sleep', join(folder, 'x) Z 1 (2'))
    const { identity } = await living(join(folder, 'x) Z 1 (2'))
    rmSync(folder, { recursive: true })
    expect(Number(identity.incarnation?.startTime)).toBeGreaterThanOrEqual(Number(here.incarnation?.startTime))
    expect(isGone(identity, here)).toBe(false)
  })

  test.each<[string, (of: ProcessIdentity) => ProcessIdentity]>([
    ['another boot', (of) => changed(of, { bootId: 'b0074e57-0000-4000-8000-000000000000' })],
    ['another namespace', (of) => changed(of, { pidNamespace: 'pid:[1]' })],
    ['another host', (of) => ({ ...of, host: 'build-7' })],
    ['a version that noted no more than host and number', ({ host, pid }) => ({ host, pid })],
  ])('is not taken for gone where it is of %s', async (_what, change) => {
    const gone = await dead()
    expect(isGone(gone, here)).toBe(true)
    expect(isGone(change(gone), here)).toBe(false)
  })

  test('is not taken for gone by one that does not know where it is', async () => {
    const { incarnation: _unknown, ...elsewhere } = here
    expect(isGone(await dead(), elsewhere)).toBe(false)
  })

  test('with a number that none can have is not taken for gone', () => {
    expect(isGone({ ...here, pid: 0 }, here)).toBe(false)
    expect(isGone({ ...here, pid: 2 ** 40 }, here)).toBe(false)
  })
})
