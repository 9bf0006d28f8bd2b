import { threadCpuUsage } from 'node:process'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { test } from 'vitest'
import { type Failure, isFailure } from '../../lib/errors.ts'
import { leaksIn } from './leaks.ts'

const { NEWLEAF_FUZZ_RUNS = '10000', NEWLEAF_FUZZ_SEED = `${Date.now() % 2 ** 31}`, NEWLEAF_FUZZ_PATH } = process.env
export const RUNS = Number(NEWLEAF_FUZZ_RUNS)
const SEED = Number(NEWLEAF_FUZZ_SEED)

/** A case may keep the processor for so long, in milliseconds, and keep us waiting for so long, of which a busy machine takes most. */
const BUSY = 1_000
const AWAY = 15_000
/** Who holds on for so long does not come back. */
const LOST = 30_000

interface FuzzOptions {
  /** The part of the cases of its kind that it gets, where several tests share them. */
  readonly share?: number
  /** How many inputs one case holds, where they are tried at once. */
  readonly inputsPerCase?: number
}

/**
 * One kind of input, `NEWLEAF_FUZZ_RUNS` times (10,000 if not set). A case fails when its check throws, and when it takes
 * longer than a second. What is printed then holds the seed and the path; with both in the environment, and `-t` with the
 * title, the very case is played again.
 */
export function fuzz<Input>(
  title: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => unknown,
  { share = 1, inputsPerCase = 1 }: FuzzOptions = {},
): void {
  const numRuns = Math.ceil((RUNS * share) / inputsPerCase)
  test(
    `${title}, ${numRuns * inputsPerCase} times`,
    async () => {
      const watchdog = watch(title)
      const property = fc.asyncProperty(inputs, async (input) => {
        watchdog.alive()
        const [began, used] = [performance.now(), busy()]
        await check(input)
        const [took, worked] = [performance.now() - began, busy() - used]
        if (worked > BUSY) throw new Error(`it kept the processor for ${Math.round(worked)} ms`)
        if (took > AWAY) throw new Error(`it took ${Math.round(took)} ms`)
      })
      try {
        await fc.assert(property, {
          seed: SEED,
          numRuns,
          ...(NEWLEAF_FUZZ_PATH === undefined ? {} : { path: NEWLEAF_FUZZ_PATH, endOnFailure: true }),
          interruptAfterTimeLimit: 20 * LOST,
          markInterruptAsFailure: true,
          asyncReporter: async (details) => report(title, details),
        })
      } finally {
        await watchdog.end()
      }
    },
    30 * LOST,
  )
}

const busy = () => {
  const { user, system } = threadCpuUsage()
  return (user + system) / 1_000
}

const MOST_SHOWN = 4_000

/** fast-check's own words, with the command that plays the case again in front, and without megabytes of input. */
function report<Inputs>(title: string, details: fc.RunDetails<Inputs>): void {
  if (!details.failed) return
  const { seed, counterexamplePath: path, counterexample, errorInstance } = details
  const again = `NEWLEAF_FUZZ_SEED=${seed} NEWLEAF_FUZZ_PATH=${path} npm run fuzz -- -t ${JSON.stringify(title)}`
  const shown = fc
    .stringify(counterexample)
    .replace(/(.{1,15}?)\1{9,}/g, '$1…')
    .slice(0, MOST_SHOWN)
  throw new Error(`play it again: ${again}\nthe smallest case found: ${shown}`, { cause: errorInstance })
}

/** Beside this thread, because one that loops for ever cannot say so itself: it names the seed and ends the process. */
function watch(title: string) {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(WATCHDOG, { eval: true, workerData: { beats, title, seed: SEED, lost: LOST } })
  worker.unref()
  return { alive: () => Atomics.add(beats, 0, 1), end: () => worker.terminate() }
}

const WATCHDOG = `
const { workerData: { beats, title, seed, lost } } = require('node:worker_threads')
let seen = -1
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now === seen) {
    require('node:fs').writeSync(2, \`\${title}: case \${now} does not end: NEWLEAF_FUZZ_SEED=\${seed} npm run fuzz\\n\`)
    process.kill(process.pid, 'SIGKILL')
  }
  seen = now
}, lost)`

const LONGEST_TEXT = 2_000
/** What could make a terminal or a log reader see something else than was written. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** What `work` gives; undefined when it was refused in the way in which anything is refused. */
export async function accepted<T>(work: () => T): Promise<Awaited<T> | undefined> {
  try {
    return await work()
  } catch (error) {
    refusal(error)
    return undefined
  }
}

/** A Failure that is not a fault of the program, and whose words can be shown: short, on lines of their own, without a secret. */
export function refusal(error: unknown): Failure {
  if (!isFailure(error) || error.code === 'UNEXPECTED') throw new Error('a fault of the program', { cause: error })
  // Only the mistakes of a configuration have a line each.
  for (const line of error.code === 'CONFIG_INVALID' ? error.message.split('\n') : [error.message]) shown(line)
  for (const value of Object.values(error.fields).flat()) if (typeof value === 'string') shown(value)
  return error
}

/** Throws unless this can be shown to people as it is. */
export function shown(text: string): void {
  if (text.length > LONGEST_TEXT) throw new Error(`${text.length} characters are too many: ${text.slice(0, 100)}`)
  if (CONTROL.test(text)) throw new Error(`a control character is shown: ${JSON.stringify(text.slice(0, 500))}`)
  const leaks = leaksIn(text)
  if (leaks.length > 0) throw new Error(`a secret is shown: ${leaks.map(({ what }) => what).join(', ')}`)
}
