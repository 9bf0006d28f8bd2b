import type { Surroundings } from '../lib/open.ts'
import { after, MINUTE, systemClock } from '../lib/platform/clock.ts'
import { timeLeftUntil } from '../lib/platform/deadline.ts'
import { createLog, type LogSink } from '../lib/platform/log.ts'
import type { Wish } from '../lib/types.ts'

export const EXIT = { well: 0, failed: 1, usage: 2 } as const

export interface Screen {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** The terminal, or what stands in for it. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: Screen
  readonly stderr: Screen
  readonly env: NodeJS.ProcessEnv
  /** Becomes true when the person wants it to end: nothing new is started, and what was begun is left in order. */
  interrupted(): boolean
}

export interface Call {
  readonly config: string
  readonly json: boolean
  readonly wish: Wish
  readonly test: boolean
  /** Given with --file. */
  readonly files: readonly string[]
  /** What stands behind the command beside its options. */
  readonly words: readonly string[]
  readonly io: Io
}

/** What a command may take beside --config and --json. */
export const options = {
  only: { type: 'string', multiple: true },
  force: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  test: { type: 'boolean', default: false },
  file: { type: 'string', multiple: true },
} as const

export interface Command {
  readonly summary: string
  readonly takes: readonly (keyof typeof options)[]
  /** Whether words may stand behind it. */
  readonly words?: boolean
  /** Resolves to the exit code. */
  run(call: Call): Promise<number>
}

const LONGEST_RUN = 60 * MINUTE

/** The surroundings of a run from a terminal or any cron. */
export function surroundings({ io }: Call, sink: LogSink): Surroundings {
  const left = timeLeftUntil(after(systemClock.now(), LONGEST_RUN), systemClock)
  return {
    env: io.env,
    clock: systemClock,
    log: createLog(sink, systemClock),
    random: Math.random,
    timeLeft: () => (io.interrupted() ? 0 : left()),
  }
}

export function processIo(): Io {
  let interrupted = false
  process.once('SIGINT', () => {
    interrupted = true
    process.stderr.write('\nStopping after the step in hand; press Ctrl-C again to stop at once.\n')
  })
  process.once('SIGTERM', () => {
    interrupted = true
  })
  const { stdin, stdout, stderr, env } = process
  return { stdin, stdout, stderr, env, interrupted: () => interrupted }
}
