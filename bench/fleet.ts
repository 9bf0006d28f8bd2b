/** `npm run bench:fleet`: how long a run takes that renews many certificates, by where they go and how long others need. */
import { aligned } from './aligned.ts'
import type { Measured, Task } from './fleet-runner.ts'
import { inProcess } from './in-process.ts'

/** A network that needs 50 ms there and back, an authority that decides at once, load balancers that need a second to settle. */
const USUAL = { due: Number.POSITIVE_INFINITY, balancers: 1, rttMs: 50, authorityMs: 0, settleMs: 1_000 }

const CASES: readonly Task[] = [
  { ...USUAL, certificates: 1 },
  { ...USUAL, certificates: 20 },
  { ...USUAL, certificates: 190 },
  { ...USUAL, certificates: 100, balancers: 4 },
  { ...USUAL, certificates: 1, authorityMs: 1_000 },
  { ...USUAL, certificates: 20, authorityMs: 1_000 },
  { ...USUAL, certificates: 100, balancers: 4, authorityMs: 1_000 },
  { ...USUAL, certificates: 1_000, balancers: 10 },
  { ...USUAL, certificates: 10_000, due: 1_000, balancers: 10 },
].map((each) => ({ ...each, due: Math.min(each.due, each.certificates) }))

const HEAD = ['certificates', 'due', 'balancers', 'CA s', 'wall s', 'balancer calls', 'CA calls']
const COLUMNS = [...HEAD, 'state calls', 'secret calls', 'peak MiB']

const rows = [COLUMNS]
for (const task of CASES) {
  const { renewed, reason, wallMs, calls, peakMiB } = await inProcess<Task, Measured>('bench/fleet-runner.ts', task)
  if (renewed !== task.due) throw new Error(`${renewed} of ${task.due} were renewed: ${reason}`)
  const { certificates, due, balancers, authorityMs } = task
  const times = [authorityMs / 1_000, (wallMs / 1_000).toFixed(1)]
  const counts = [calls.balancers, calls.authority, calls.state, calls.secrets]
  rows.push([certificates, due, balancers, ...times, ...counts, peakMiB.toFixed(0)].map(String))
}
process.stdout.write(aligned(rows))
