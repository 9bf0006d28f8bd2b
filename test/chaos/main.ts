/** `npm run chaos`: renewals while a fifth of all calls fail and some of the runs are killed. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { LANES } from './lanes.ts'
import type { ChaosReport } from './renewals.ts'
import { factsOf, faultTable, figures } from './report.ts'
import type { Task } from './worker.ts'

const USAGE = `Usage: npm run chaos [-- --seed N] [-- --renewals N] [-- --lies N]

Renews certificates while a fifth of all calls to all APIs fail in ten ways, a twentieth of the runs are killed,
listeners lie about a quarter of the renewals (they break TLS, at once or later, or show something else), and in three of
ten the authority has a habit: it looks in vain, is ready late, or asks for days while it works.

  --seed N      the same faults again; a seed of its own each time if not given
  --renewals N  how many; 1000 if not given
  --lies N      of a hundred renewals so many during which a listener lies; 25 if not given
`

const WORKERS = 2
const FAULTS = 0.2
const KILLS = 0.05
const LIES = 25
const HABITS = 0.3
/** A second, in each world. */
const HANDSHAKES = 2
/** How many worlds of each kind there are, and how much of the work each is given: stores in a cloud cost many times the calls. */
const CROWD = {
  shop: { copies: 8, weight: 7 },
  blog: { copies: 2, weight: 2 },
  team: { copies: 2, weight: 2 },
} as const

const say = (text = '') => process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      renewals: { type: 'string', default: '1000' },
      lies: { type: 'string', default: String(LIES) },
      help: { type: 'boolean', default: false },
    },
  })
  const [renewals, lies] = [Number(values.renewals), Number(values.lies)]
  if (values.help || !Number.isSafeInteger(renewals) || renewals < 1 || !(lies >= 0 && lies <= 100)) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 1
  }
  const others = `${renewals === 1_000 ? '' : ` --renewals ${renewals}`}${lies === LIES ? '' : ` --lies ${lies}`}`
  const replay = `npm run chaos -- --seed ${values.seed}${others}`
  say(`seed ${values.seed}: the same again with ${replay}\n`)

  const begun = performance.now()
  const tasks = tasksFor(renewals, lies / 100, values.seed)
  const work = Array.from({ length: WORKERS }, (_, worker) => tasks.filter((_, at) => at % WORKERS === worker))
  const reports = (await Promise.all(work.map(done))).flat()
  const facts = factsOf(reports, renewals)

  say(faultTable(reports))
  say()
  say(figures(reports, (performance.now() - begun) / 1_000))
  say()
  for (const { what, holds, details } of facts) {
    say(`${holds ? '✓' : '✗'} ${what}`)
    for (const detail of details) say(`    ${detail}`)
  }
  const failed = facts.filter(({ holds }) => !holds).length
  say(`${facts.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/** Several worlds of each kind, so that none of the time in which one waits is lost. */
function tasksFor(renewals: number, lies: number, seed: string): Task[] {
  const worlds = LANES.flatMap((lane) => {
    const { copies, weight } = CROWD[lane.id]
    return Array.from({ length: copies }, (_, copy) => ({ lane, copy, weight }))
  })
  const whole = worlds.reduce((sum, { weight }) => sum + weight, 0)
  const shares = worlds.map(({ weight }) => Math.floor((renewals * weight) / whole))
  const rest = renewals - shares.reduce((sum, share) => sum + share, 0)
  return worlds
    .map(({ lane, copy }, at) => {
      const count = (shares[at] ?? 0) + (at < rest ? 1 : 0)
      const options = {
        seed: `${seed} ${copy}`,
        faults: FAULTS,
        kills: KILLS,
        habits: HABITS,
        lies,
        handshakes: HANDSHAKES,
      }
      return { lane, count, ...options }
    })
    .filter(({ count }) => count > 0)
}

async function done(tasks: readonly Task[]): Promise<ChaosReport[]> {
  if (tasks.length === 0) return []
  const child = fork(new URL('worker.ts', import.meta.url), { serialization: 'advanced' })
  child.send(tasks)
  const [reports] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(failed)])) as [ChaosReport[]]
  return reports
}

function failed([code]: unknown[]): never {
  throw new Error(`a worker ended with ${code} before it was done`)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
