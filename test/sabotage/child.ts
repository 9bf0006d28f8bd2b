/** Children with a time, each with all of its own children in a group that is ended by its id. */
import { spawn } from 'node:child_process'
import type { Copy } from '../support/project-copy.ts'
import type { Ended } from './checks.ts'

const running = new Set<number>()

/** Runs Node in a copy, and ends it when its time is over. */
export async function runIn({ folder, temporary }: Copy, args: readonly string[], timeout: number): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  if (pid !== undefined) running.add(pid)
  let output = ''
  for (const from of [child.stdout, child.stderr]) {
    from.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    if (pid !== undefined) end(pid)
  }, timeout)
  const code = await new Promise<number>((done, failed) => {
    child.once('error', failed)
    child.once('close', (exit) => done(exit ?? 1))
  })
  clearTimeout(timer)
  if (pid !== undefined) {
    running.delete(pid)
    end(pid) // whatever it has left behind
  }
  return { code: late ? undefined : code, output }
}

/** Ends all that still run. */
export function endAll(): void {
  for (const pid of running) end(pid)
}

function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
