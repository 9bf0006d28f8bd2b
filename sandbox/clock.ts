import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeWhole } from './folder.ts'
import { quoted } from './shown.ts'

/** How far the sandbox's time is ahead of the machine's. */
export interface SandboxClock {
  /** In milliseconds. */
  offset(): number
  now(): Date
  /** Forward by so much more. */
  advance(milliseconds: number): void
  reset(): void
}

export const CLOCK_FILE = 'clock'
/** The certificates of the sandbox's own authorities last longer than that. */
const FARTHEST = 3_650 * 86_400_000

/** It stands in a file, so that it outlives a restart, and newleaf sees it from another terminal. */
export function openClock(file: string): SandboxClock {
  const { now: machineTime } = Date // it stays that, whatever becomes of `Date`
  let offset = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (!Number.isSafeInteger(offset)) throw new Error(`there is no whole number in ${file}: remove it`)
  const set = (milliseconds: number) => {
    writeWhole(file, `${milliseconds}\n`)
    offset = milliseconds
  }
  return {
    offset: () => offset,
    now: () => new Date(machineTime() + offset),
    advance(milliseconds) {
      if (offset + milliseconds > FARTHEST) throw new Error('the clock goes ten years forward at most')
      set(offset + milliseconds)
    },
    reset: () => set(0),
  }
}

const PRELOAD = fileURLToPath(new URL('shift-clock.cjs', import.meta.url))

/** As NODE_OPTIONS wants it; a path may have blanks and quotes in it. */
const requiring = (preload: string) => `--require "${preload.replaceAll(/["\\]/g, '\\$&')}"`

/** For a shell from which newleaf is started: what else it wants of Node stays. */
export const clockExports = (file: string, preload = PRELOAD): string => `\
export NEWLEAF_SANDBOX_CLOCK=${quoted(file)}
case "\${NODE_OPTIONS:-}" in
  *${quoted(requiring(preload))}*) ;;
  *) export NODE_OPTIONS="\${NODE_OPTIONS:+$NODE_OPTIONS }"${quoted(requiring(preload))} ;;
esac
`

/** The same for a child process. */
export const clockEnv = (file: string) => ({
  NEWLEAF_SANDBOX_CLOCK: file,
  NODE_OPTIONS: [process.env.NODE_OPTIONS, requiring(PRELOAD)].filter(Boolean).join(' '),
})
