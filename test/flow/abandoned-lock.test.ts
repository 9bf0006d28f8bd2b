/** The lock of a run that was killed, and the next run on the same machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identify, type ProcessIdentity } from '../../lib/platform/process.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { plan } from '../../lib/renewal/plan.ts'
import { unlock } from '../../lib/renewal/unlock.ts'
import type { RunJson } from '../../lib/report/documents.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { practiceWorld } from '../support/practice-world.ts'

const TAKEN_OVER = 'the process that held the lock is gone; it is taken over'
const here = identify()

describe.runIf(process.platform === 'linux')('the next run on this machine', () => {
  let world: MemoryWorld
  let child: ChildProcess
  let holder: ProcessIdentity
  beforeEach(async () => {
    world = await createMemoryWorld({ process: here })
    child = spawn('sleep', ['600'])
    await once(child, 'spawn')
    holder = identify(child.pid)
  })
  afterEach(() => void child.kill('SIGKILL'))

  const lockedBy = async (process?: ProcessIdentity) => {
    const { process: _own, ...rest } = world
    const lease = await openLease('shop', { ...rest, ...(process && { process }) })
    await lease.hold((document) => document)
    return lease
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const takenOver = () => world.records.filter(({ message }) => message === TAKEN_OVER)
  const incarnation = (change: object) => ({
    ...holder,
    incarnation: { ...(holder.incarnation as NonNullable<ProcessIdentity['incarnation']>), ...change },
  })

  test('takes the lock of a process that was killed over at once, and says whose it was and since when', async () => {
    const dead = await lockedBy(holder)
    const since = world.clock.now().toISOString()
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'locked' } })
    await kill()
    expect(await world.run()).toMatchObject({ result: 'renewed', error: undefined })
    const fields = { certificate: 'shop', by: `${holder.host} process ${holder.pid}`, since }
    expect(takenOver()).toMatchObject([{ level: 'warn', fields }])
    const { fence, lease } = parseDocument('x', (await world.state.read(documentKey('shop')))?.document)
    expect([fence, lease]).toEqual([2, undefined])
    await expect(dead.save((document) => document)).rejects.toMatchObject({ code: 'LOCKED' })
  })

  test('shows in its plan that it will, and has nothing to unlock', async () => {
    await lockedBy(holder)
    await kill()
    const [item] = await plan([shop], { force: false, dryRun: true, fullScan: true }, world)
    expect(item?.decision).toMatchObject({ action: 'issue', reason: 'absent' })
    expect(await unlock('shop', world, async () => true)).toBeUndefined()
    expect(takenOver()).toEqual([])
  })

  test('takes over where another process has the number now', async () => {
    await lockedBy(incarnation({ startTime: '1' }))
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(takenOver()).toHaveLength(1)
  })

  test.each<[string, () => ProcessIdentity | undefined]>([
    ['another boot', () => incarnation({ bootId: 'another' })],
    ['another namespace', () => incarnation({ pidNamespace: 'pid:[1]' })],
    ['another host', () => ({ ...holder, host: 'build-7' })],
    ['a version that noted host and number only', () => ({ host: holder.host, pid: holder.pid })],
    ['a run that noted none', () => undefined],
  ])('respects the lock of %s until it runs out, then takes it over', async (_whose, whose) => {
    await lockedBy(whose())
    await kill()
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'locked' } })
    world.pass(15 * 60_000)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(takenOver()).toEqual([])
  })

  test('is one alone: of two that find the dead one at once the other is told that it is locked', async () => {
    await lockedBy(holder)
    await kill()
    const outcomes = await Promise.all([world.run(), world.run()])
    expect(outcomes.map(({ result }) => result).sort()).toEqual(['renewed', 'waiting'])
    expect(outcomes.find(({ result }) => result === 'waiting')).toMatchObject({
      health: { conditions: [{ code: 'LOCKED' }] },
    })
    expect(takenOver()).toHaveLength(1)
    const { fence, issued } = parseDocument('x', (await world.state.read(documentKey('shop')))?.document)
    expect([fence, issued.length]).toEqual([2, 1])
  })

  test('reads what an earlier version has noted of a holder', () => {
    const lease = { holder: 'a', fence: 3, until: '2026-11-22T06:00:00.000Z', process: { host: 'build-7', pid: 4711 } }
    expect(parseDocument('x', { ...emptyDocument, lease }).lease?.process).toEqual({ host: 'build-7', pid: 4711 })
  })
})

test.runIf(process.platform === 'linux')(
  'newleaf renew goes on at once where one was killed in the middle of an order',
  async () => {
    const practice = await practiceWorld()
    const renew = (on?: string) => {
      const args = ['cli/main.ts', 'renew', '--only', 'shop', '--config', practice.world.configuration, '--json']
      const env = { ...process.env, ...practice.world.env }
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      const printed = { stdout: '', stderr: '' }
      child.stdout.on('data', (chunk: Buffer) => {
        printed.stdout += String(chunk)
      })
      child.stderr.on('data', (chunk: Buffer) => {
        printed.stderr += String(chunk)
        if (on !== undefined && printed.stderr.includes(on)) child.kill('SIGKILL')
      })
      return once(child, 'close').then(([, signal]) => ({ ...printed, signal, pid: child.pid }))
    }
    try {
      const killed = await renew('"message":"step started","certificate":"shop","step":"validate"')
      expect(killed.signal).toBe('SIGKILL')
      const next = await renew()
      expect(next.stderr).toContain(
        `"message":"${TAKEN_OVER}","certificate":"shop","by":"${here.host} process ${killed.pid}"`,
      )
      expect(JSON.parse(next.stdout) as RunJson).toMatchObject({ ok: true, certificates: [{ result: 'renewed' }] })
    } finally {
      await practice.close()
    }
  },
)
