/** `npm run soak`: years in minutes. */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { mapConcurrently } from '../../lib/platform/concurrency.ts'
import { failedChecks, figures, lives } from './report.ts'
import { scenesOf } from './scenes.ts'
import { PROMISES } from './watch.ts'
import type { Scene, Soaked } from './years.ts'

const USAGE = `Usage: npm run soak [-- --seed N] [-- --years N] [-- --certificates N]

Lets certificates of 90, 64, 45 and 6 days live for years, hour by hour, while the authority, DNS and the stores go down for
days: right when a renewal falls due, in the middle of one, and at random. Balancers go dark or break TLS, at once or on a
swap, and people force renewals or bind something else. What every run reports is compared with what clients see.

  --seed N          the same years again; a seed of its own each time if not given
  --years N         5 if not given
  --certificates N  100 if not given
`

const say = (text = '') => process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      years: { type: 'string', default: '5' },
      certificates: { type: 'string', default: '100' },
      help: { type: 'boolean', default: false },
    },
  })
  const [seed, years, certificates] = [Number(values.seed), Number(values.years), Number(values.certificates)]
  if (values.help || !Number.isSafeInteger(seed) || !(years > 0) || !(certificates >= 6)) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 1
  }
  const others = `${years === 5 ? '' : ` --years ${years}`}${certificates === 100 ? '' : ` --certificates ${certificates}`}`
  say(`seed ${seed}: the same again with npm run soak -- --seed ${seed}${others}\n`)

  const begun = performance.now()
  const all = await mapConcurrently(scenesOf(seed, years, certificates), availableParallelism(), inThread)
  say(lives(all))
  say(figures(all))
  say(`${certificates} certificates, ${years} years, ${((performance.now() - begun) / 1_000).toFixed(0)} seconds\n`)

  const failed = failedChecks(all)
  for (const [promise, text] of Object.entries(PROMISES)) {
    const broken = failed.filter((each) => each.promise === promise)
    say(`${broken.length === 0 ? '✓' : '✗'} ${text}`)
    for (const { scene, details } of broken) for (const detail of details) say(`    ${scene}: ${detail}`)
  }
  const checks = all.length * Object.keys(PROMISES).length
  say(`${checks - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 ? 0 : 1
}

async function inThread(scene: Scene): Promise<Soaked> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: scene })
  const [soaked] = await once(worker, 'message')
  return soaked
}

process.exitCode = await main()
