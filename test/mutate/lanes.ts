/** Processes that run batches. One that hangs is ended, and what it hung at has failed. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Copy } from '../support/project-copy.ts'
import { BATCH, type Batch, CHECK, type Reach, type Report } from './switch.ts'

/** A job without a word for so long, in milliseconds, has come to no end. What is learned is asked as a whole. */
const SILENCE = { job: 60_000, learning: 300_000 } as const

export interface Ended {
  /** By the number of the job. */
  readonly failed: ReadonlySet<number>
  readonly passed: ReadonlySet<number>
  readonly reach: Reach | undefined
}

const running = new Set<ChildProcess>()
let isOver = false

export class Lane {
  readonly #copy: Copy
  readonly #name: string
  #child: ChildProcess | undefined

  constructor(copy: Copy, name: string) {
    this.#copy = copy
    this.#name = name
  }

  /** Runs it to its end: what follows a job that hangs is run by another process. */
  async run(batch: Batch): Promise<Ended> {
    const failed = new Set<number>()
    const passed = new Set<number>()
    for (;;) {
      const jobs = batch.jobs.filter(({ id }) => !failed.has(id) && !passed.has(id))
      const { hangs, reach } = await this.#once({ ...batch, jobs }, failed, passed)
      if (hangs !== undefined) failed.add(hangs)
      // What follows a job that hangs goes on; after the last one there is nothing.
      if (hangs === undefined || batch.reach === undefined || hangs === CHECK) return { failed, passed, reach }
    }
  }

  end(): void {
    if (this.#child !== undefined) end(this.#child)
    this.#child = undefined
  }

  async #start(): Promise<ChildProcess> {
    if (isOver) throw new Error('the lanes are ended')
    const { folder, temporary } = this.#copy
    const own = join(temporary, this.#name)
    await mkdir(own, { recursive: true })
    const child = fork('test/mutate/lane.ts', [], {
      cwd: folder,
      env: { ...process.env, TMPDIR: own, NO_COLOR: '1', [BATCH]: join(own, 'batch.json') },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    })
    child.stderr?.resume()
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }

  async #once(batch: Batch, failed: Set<number>, passed: Set<number>) {
    this.#child ??= await this.#start()
    const child = this.#child
    const { promise, resolve, reject } = Promise.withResolvers<{ hangs?: number; reach?: Reach }>()
    let current: number | undefined
    const hangs = () => {
      this.end()
      // What never began says nothing about a mutant.
      if (current === undefined) reject(new Error(`${batch.file} could not be begun`))
      else resolve({ hangs: current })
    }
    const longest = batch.reach === undefined ? SILENCE.learning : SILENCE.job
    let silence = setTimeout(hangs, longest)
    const hear = (report: Report) => {
      clearTimeout(silence)
      silence = setTimeout(hangs, longest)
      if (report.kind === 'started') current = report.id
      else if (report.kind === 'done') resolve(report)
      else (report.kind === 'failed' ? failed : passed).add(report.id)
    }
    child.on('message', hear)
    child.once('exit', hangs)
    child.send(batch)
    try {
      return await promise
    } finally {
      clearTimeout(silence)
      child.off('message', hear)
      child.off('exit', hangs)
    }
  }
}

/** Ends all of them for good, and what they have started. */
export function endAll(): void {
  isOver = true
  for (const child of running) end(child)
}

function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
