/**
 * `npm test`: runs a Vitest project, and then looks through everything it printed for secrets. Tokens and nonces of the
 * tests begin with `canary-`; keys and signed requests are known by their shape.
 */
import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { leaksIn } from './support/leaks.ts'

const [project = 'newleaf', ...rest] = process.argv.slice(2)
const results = join(tmpdir(), `newleaf-test-${process.pid}.json`)
const args = [
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...rest,
]

// Hundreds of processes of ours are started: each need not compile the same files anew.
const { NODE_COMPILE_CACHE = resolve('node_modules/.cache/compile') } = process.env
const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
  env: { ...process.env, NODE_COMPILE_CACHE },
  stdio: ['ignore', 'pipe', 'pipe'],
})
let printed = ''
for (const [from, to] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
] as const) {
  from.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8')
    to.write(chunk)
  })
}
const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)))

const leaks = leaksIn(printed)
const counts = await readFile(results, 'utf8').then(
  (text) => JSON.parse(text) as { numPassedTests: number; numFailedTests: number },
  () => ({ numPassedTests: 0, numFailedTests: 1 }), // it broke before it could count
)
await rm(results, { force: true })

for (const { what, line } of leaks)
  process.stderr.write(`a secret was printed: ${what}, in line ${line} of the output\n`)
process.stdout.write(`secrets in ${printed.length} characters of output: ${leaks.length}\n`)
// A suite that could not even be loaded is no failed test to Vitest, and is one here.
const failed = Math.max(counts.numFailedTests, code === 0 ? 0 : 1) + leaks.length
process.stdout.write(`${counts.numPassedTests} passed, ${failed} failed\n`)
process.exitCode = code === 0 && leaks.length > 0 ? 1 : code
