/** One measurement, in a process of its own: a configuration is read, and once more without a change. */
import { loadConfig } from '../lib/config/load.ts'

export interface Task {
  readonly file: string
  /** One without certificates of its own, so that what is loaded with it is not measured. */
  readonly small: string
}

/** Milliseconds, but for the memory. */
export interface Measured {
  readonly wall: number
  readonly cpu: number
  readonly again: number
  readonly peakMiB: number
}

async function measure({ file, small }: Task): Promise<Measured> {
  await loadConfig(small)
  const [wall, cpu] = await timed(() => loadConfig(file))
  const [again] = await timed(() => loadConfig(file))
  return { wall, cpu, again, peakMiB: process.resourceUsage().maxRSS / 1_024 }
}

async function timed(work: () => Promise<unknown>): Promise<[wall: number, cpu: number]> {
  const [started, before] = [performance.now(), process.threadCpuUsage()]
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return [performance.now() - started, (user + system) / 1_000]
}

process.once('message', async (task: Task) => {
  process.send?.(await measure(task))
  process.disconnect()
})
