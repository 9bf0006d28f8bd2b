/**
 * `npm run kill`: a renewal is killed at every effect that it has outside, alone and in pairs, and two runs are interleaved;
 * each time it is looked at whether the next runs carry on. Then processes are killed with a real SIGKILL. `--what 'pairs'`
 * goes through a part of it, `--only '<case>'` tells one case, effect by effect (`alert memory+memory`: nothing is killed in
 * it), and `--every N` sends each Nth SIGKILL only.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { judge, parseCase } from './cases.ts'
import { isGathered, tellAgain } from './gathered/parts.ts'
import { PARTS, type Part, type Result, titleOf } from './parts.ts'
import { openings, scenarios } from './scenarios.ts'
import { openPair } from './stores.ts'

const MOST_SHOWN = 20
const print = (line: string) => process.stdout.write(`${line}\n`)
const minutes = (milliseconds: number) => `${Math.round(milliseconds / 60_000)} min`

const { values } = parseArgs({
  options: { only: { type: 'string' }, what: { type: 'string' }, every: { type: 'string', default: '1' } },
})
const every = Number(values.every)
if (!Number.isSafeInteger(every) || every < 1)
  throw new Error(`--every takes a number from 1 on, not "${values.every}"`)

async function one(name: string): Promise<boolean> {
  if (isGathered(name)) return shown(await tellAgain(name, print))
  const { pair, ...told } = parseCase(name)
  const stores = await openPair(pair)
  const outside = await openings(scenarios[told.scenario], stores.place)()
  const began = outside.now().getTime()
  outside.tell = (line) => print(`${minutes(outside.now().getTime() - began).padStart(9)}  ${line}`)
  const { broken, runs } = await judge(told, outside)
  await stores.close()
  return shown({ broken, runs })
}

function shown({ broken, runs }: { readonly broken: readonly string[]; readonly runs: number }): boolean {
  for (const each of broken) print(`broken: ${each}`)
  print(`${runs} runs to heal`)
  print(broken.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed')
  return broken.length === 0
}

async function all(only: string | undefined): Promise<boolean> {
  const parts = PARTS.filter(
    ({ what, pair, scenario }) => only === undefined || `${what} ${pair} ${scenario}`.includes(only),
  )
  if (parts.length === 0) throw new Error(`there is no part "${only}"`)
  const totals = new Map<string, { cases: number; passed: number }>()
  let [passed, failed] = [0, 0]
  const count = (title: string, cases: number, good: number) => {
    const known = totals.get(title) ?? { cases: 0, passed: 0 }
    totals.set(title, { cases: known.cases + cases, passed: known.passed + good })
    passed += good
    failed += cases - good
  }
  await sideBySide(parts, (part, result) => {
    const good = result.cases - result.failed.length
    print(rowOf(part, result))
    for (const { name, broken } of result.failed.slice(0, MOST_SHOWN)) {
      print(`  npm run kill -- --only '${name}'`)
      for (const each of broken) print(`    ${each}`)
    }
    if (result.failed.length > MOST_SHOWN) print(`  and ${result.failed.length - MOST_SHOWN} more`)
    count(titleOf(part), result.cases, good)
  })
  if (only === undefined) {
    const { killProcesses } = await import('./process.ts')
    const { points, converged } = await killProcesses(print, { every })
    count('real processes, SIGKILL', points, converged)
  }
  print('')
  for (const [title, { cases, passed: good }] of totals) print(`${title}: ${good}/${cases} converged`)
  print(`${passed} passed, ${failed} failed`)
  return failed === 0
}

const rowOf = (part: Part, { cases, failed, runs, delay }: Result): string =>
  [
    part.scenario.padEnd(10),
    part.pair.padEnd(14),
    `${titleOf(part)}: ${cases - failed.length}/${cases} converged`.padEnd(52),
    `at most ${runs} runs to heal`,
    ...('slice' in part ? [`(part ${part.slice + 1} of ${part.of})`] : []),
    ...(part.what === 'kills' || part.what === 'pairs' ? [`within ${minutes(delay)}`] : []),
  ].join(' ')

/** As many threads as there are processors; results are shown in the order of the parts. */
async function sideBySide(parts: readonly Part[], show: (part: Part, result: Result) => void): Promise<void> {
  const queue = parts.entries()
  const results: Result[] = []
  let shown = 0
  const lane = async () => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    for (const [at, part] of queue) {
      worker.postMessage(part)
      const [result] = (await once(worker, 'message')) as [Result]
      results[at] = result
      for (let next = results[shown]; next !== undefined; next = results[shown]) {
        const known = parts[shown++]
        if (known !== undefined) show(known, next)
      }
    }
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), parts.length) }, lane))
}

process.exitCode = (values.only === undefined ? await all(values.what) : await one(values.only)) ? 0 : 1
