import type { EventSink } from '../lib/events.ts'
import type { HostContext } from '../lib/open.ts'
import { after, MINUTE, SECOND, systemClock } from '../lib/platform/clock.ts'
import { timeLeftUntil } from '../lib/platform/deadline.ts'
import { createLog, type LogSink } from '../lib/platform/log.ts'
import { identify } from '../lib/platform/process.ts'
import type { RunRequest } from '../lib/types.ts'

/** The last two are what a shell answers for a program that a signal ended: 128 and the number of the signal. */
export const EXIT = { healthy: 0, unhealthy: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const

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
  /** The signal by which somebody wants it to end, and when it came: nothing new is started, and what was begun is left in order. */
  interrupted(): Interruption | undefined
  /** Who draws on the screen says it there; without, it is said on standard error. */
  whenInterrupted?(say: (text: string) => void): void
}

export interface Interruption {
  readonly signal: 'SIGINT' | 'SIGTERM'
  readonly at: Date
}

/** Healthy is 0 whoever wanted it to end; what an interruption has left undone is told by the signal. */
export const exitCode = (healthy: boolean, { interrupted }: Pick<Io, 'interrupted'>): number =>
  healthy ? EXIT.healthy : EXIT[interrupted()?.signal ?? 'unhealthy']

export type Json = 'document' | 'line'

export interface Call {
  readonly config: string
  /** Whether a document is wanted in place of text, and how it is set out. */
  readonly json: Json | undefined
  readonly request: RunRequest
  readonly test: boolean
  /** Whether a flag was given. */
  isSet(flag: keyof typeof options): boolean
  /** Given with --file. */
  readonly files: readonly string[]
  /** What stands behind the command beside its options. */
  readonly words: readonly string[]
  readonly io: Io
}

/** What a command may take beside --config, --json and --json-lines. */
export const options = {
  only: { type: 'string', multiple: true },
  force: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  unattended: { type: 'boolean', default: false },
  test: { type: 'boolean', default: false },
  events: { type: 'boolean', default: false },
  'cut-off-tls': { type: 'boolean', default: false },
  file: { type: 'string', multiple: true },
  yes: { type: 'boolean', default: false },
  'delete-unused': { type: 'boolean', default: false },
  unbound: { type: 'boolean', default: false },
  managed: { type: 'boolean', default: false },
  foreign: { type: 'boolean', default: false },
} as const

export interface Command {
  /** What it does, on the rest of a line that begins with its name: 62 characters at most, without a final dot. */
  readonly summary: string
  /** What stands behind its name, in the words of its help. Absent: only options may. */
  readonly operands?: string
  /** What else is to be known before it is used, in lines of 80 characters at most. */
  readonly about?: string
  readonly example: string
  readonly takes: readonly (keyof typeof options)[]
  /** Resolves to the exit code. */
  run(call: Call): Promise<number>
}

const LONGEST_RUN = 60 * MINUTE
/**
 * For cleaning up and giving back the lock. It is less than the reserve, into which nothing waits, and than what Kubernetes and
 * systemd leave between SIGTERM and SIGKILL (30 and 90 seconds).
 */
const AFTER_SIGNAL = 25 * SECOND

/** What of a run is shown while it goes on. */
export interface Show {
  readonly sink: LogSink
  /** Who shows what happens; absent: it is shown as lines of the log. */
  readonly events?: readonly EventSink[]
}

/** The surroundings of a run from a terminal or any cron. */
export function hostContext({ io }: Call, { sink, events }: Show): HostContext {
  const left = timeLeftUntil(after(systemClock.now(), LONGEST_RUN), systemClock)
  return {
    env: io.env,
    process: identify(),
    clock: systemClock,
    log: createLog(sink, systemClock),
    ...(events && { events }),
    random: Math.random,
    timeLeft() {
      const interruption = io.interrupted()
      if (interruption === undefined) return left()
      return Math.min(left(), timeLeftUntil(after(interruption.at, AFTER_SIGNAL), systemClock)())
    },
  }
}

export function processIo(): Io {
  let interruption: Interruption | undefined
  let say = (text: string): unknown => process.stderr.write(`\n${text}\n`)
  for (const [signal, again] of [
    ['SIGINT', 'Ctrl-C again stops'],
    ['SIGTERM', 'Another one stops'],
  ] as const) {
    process.once(signal, () => {
      interruption ??= { signal, at: systemClock.now() }
      say(`Stopping, and cleaning up. ${again} at once.`)
    })
  }
  const { stdin, stdout, stderr, env } = process
  return {
    ...{ stdin, stdout, stderr, env, interrupted: () => interruption },
    whenInterrupted(draw) {
      say = draw
    },
  }
}
