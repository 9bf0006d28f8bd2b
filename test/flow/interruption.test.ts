import { spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { practiceWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
afterEach(() => practice.close())

interface Run {
  readonly code: number | null
  readonly report: { ok?: boolean; certificates?: { id: string; result: string; error?: { code: string } }[] }
  readonly stderr: string
}

/** A real process, which is sent a signal as soon as it says this. */
function interrupted(args: readonly string[], on: { says: string; signal: NodeJS.Signals }): Promise<Run> {
  const child = spawn(process.execPath, ['cli/main.ts', ...args, '--json'], {
    env: { ...process.env, ...practice.world.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  let isSent = false
  child.stdout.on('data', (chunk: Buffer) => {
    printed.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    printed.stderr += String(chunk)
    if (isSent || !printed.stderr.includes(on.says)) return
    isSent = true
    child.kill(on.signal)
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, report: JSON.parse(printed.stdout || '{}'), stderr: printed.stderr }))
  })
}

/** One that nobody interrupts needs no process of its own. */
async function whole(args: readonly string[]): Promise<Pick<Run, 'code' | 'report'>> {
  const { code, stdout } = await newleaf([...args, '--json'], { env: practice.world.env })
  return { code, report: JSON.parse(stdout) }
}

/** What the name server shows of ours. */
async function values(): Promise<string[]> {
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${practice.world.dns.port}`])
  return resolver.resolveTxt('_acme-challenge.shop.example').then(
    (found) => found.flat(),
    () => [],
  )
}

describe('a run that is interrupted', () => {
  test.each<[says: string, signal: 'SIGINT' | 'SIGTERM', code: number, stores: 'files' | 'cloud']>([
    ['"step":"order"', 'SIGINT', 130, 'files'],
    ['"step":"validate"', 'SIGTERM', 143, 'files'],
    ['TXT records added', 'SIGINT', 130, 'files'],
    ['"step":"finalize"', 'SIGTERM', 143, 'files'],
    ['"message":"step started","certificate":"shop","target":"fr/edge/https","step":"deploy"', 'SIGINT', 130, 'files'],
    ['"step":"validate"', 'SIGTERM', 143, 'cloud'],
    ['TXT records added', 'SIGINT', 130, 'cloud'],
  ])(
    'at %s by %s ends by itself with %s, leaves no TXT value and no lock, and is no failure (stores: %s)',
    async (says, signal, code, stores) => {
      // What is interrupted is slow enough for it.
      practice = await practiceWorld({ ca: { pollSeconds: says.includes('finalize') ? 1 : 0 } })
      const { configuration, cloudConfiguration } = practice.world
      const config = ['--config', stores === 'files' ? configuration : cloudConfiguration, '--only', 'shop']
      const times = says.includes('TXT') || says.includes('validate') ? 60 : 0
      const end = practice.world.dns.misbehave({ how: 'lag', name: '_acme-challenge.shop.example', times })
      const stopped = await interrupted(['renew', ...config], { says, signal })
      end()
      expect([stopped.code, await values()]).toEqual([code, []])
      expect(stopped.stderr).toContain('Stopping, and cleaning up.')
      expect(stopped.report).toMatchObject({ ok: false, certificates: [{ id: 'shop', result: 'waiting' }] })

      const next = await whole(['renew', ...config])
      expect(next.report.certificates?.[0]?.result).toMatch(/^(renewed|deployed|kept)$/)
      expect(next).toMatchObject({ code: 0, report: { ok: true } })
    },
  )

  test('when all is done already ends as it would have ended', async () => {
    practice = await practiceWorld()
    const config = ['--config', practice.world.configuration, '--only', 'shop']
    expect(await whole(['renew', ...config])).toMatchObject({ code: 0 })
    const run = await interrupted(['renew', ...config], { says: '"message":"planned"', signal: 'SIGTERM' })
    expect(run).toMatchObject({ code: 0, report: { ok: true } })
  })
})
