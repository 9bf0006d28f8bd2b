import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { RunJson } from '../../../lib/report/documents.ts'
import type { World } from '../../../sandbox/world.ts'
import type { Task } from './child.ts'
import type { Death, Told } from './effects.ts'

export interface Ended {
  readonly code: number | null
  readonly wasKilled: boolean
  /** In the order in which they were done. */
  readonly effects: readonly Told[]
  readonly report: RunJson | undefined
  /** Everything it printed. */
  readonly printed: string
}

/** No run takes longer than its claim lasts: whoever hangs is ended, and that is no death of ours. */
const LONGEST_RUN = 60_000

/** Where newleaf keeps its stores in a world. */
export const storesOf = ({ folder }: Pick<World, 'folder'>): string => join(folder, 'newleaf')

export async function runOnce(
  program: string,
  { world, ahead, death }: { readonly world: World; readonly ahead: number; readonly death?: Death },
): Promise<Ended> {
  const { ca, scaleway, linode } = world.memory.ports
  const task: Task = {
    configuration: world.configuration,
    folder: world.folder,
    ahead,
    sides: { [ca]: 'ca', [scaleway]: 'scaleway', [linode]: 'linode' },
    ...(death && { death }),
  }
  const child = spawn(process.execPath, [program, JSON.stringify(task)], {
    // What was compiled once is loaded faster the next time.
    env: { ...process.env, ...world.env, NODE_COMPILE_CACHE: join(program, '../cache') },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: LONGEST_RUN,
  })
  const [stdout, stderr, told] = await Promise.all([
    text(child.stdio[1]),
    text(child.stdio[2]),
    text(child.stdio[3] as Readable),
    once(child, 'close'),
  ])
  return {
    code: child.exitCode,
    wasKilled: child.signalCode === 'SIGKILL',
    effects: told
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Told),
    report: child.exitCode === 0 ? (JSON.parse(stdout) as Ended['report']) : undefined,
    printed: stdout + stderr,
  }
}

async function text(stream: Readable | null): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream ?? []) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
