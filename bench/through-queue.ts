/** `npm run bench:queue`: certificates that are all due go through the queue and its workers, in virtual time. */
import { parseArgs } from 'node:util'
import { type Passed, passThroughQueue } from '../test/support/through-queue.ts'
import { aligned } from './aligned.ts'

const MINUTE = 60_000

/** US dollars, us-east-1, without a free tier; a function of half a GiB, as in serverless.yml. */
const PRICES = {
  gibSecond: 0.0000166667,
  invocation: 0.2 / 1e6,
  queueRequest: 0.4 / 1e6,
  storageWrite: 0.005 / 1_000,
  storageRead: 0.0004 / 1_000,
  secretCall: 0.05 / 10_000,
} as const
const GIB = 0.5

const { values } = parseArgs({
  options: { certificates: { type: 'string', default: '2000' }, workers: { type: 'string', default: '5' } },
})

async function main(): Promise<boolean> {
  const [certificates, workers] = [Number(values.certificates), Number(values.workers)]
  const began = performance.now()
  const passed = await passThroughQueue({ certificates, workers, renewed: true })
  const real = (performance.now() - began) / 1_000
  const { took, messages, worked, refused, calls, broken } = passed
  const cost = costOf(passed)
  process.stdout.write(
    aligned([
      ['certificates', 'workers', 'virtual min', 'messages', 'worker s', 'calls', 'each', 'refused', 'US$', 'real s'],
      [
        ...[certificates, workers, (took / MINUTE).toFixed(0), messages, (worked / 1_000).toFixed(0)].map(String),
        ...[total(calls), (total(calls) / certificates).toFixed(1), refused, cost.toFixed(2), real.toFixed(0)].map(
          String,
        ),
      ],
    ]),
  )
  const rows = [...calls].sort(([, one], [, other]) => other - one)
  process.stdout.write(`\n${aligned([['call', 'times'], ...rows.map(([call, times]) => [call, String(times)])])}`)
  for (const each of broken.slice(0, 20)) process.stdout.write(`broken: ${each}\n`)
  process.stdout.write(broken.length === 0 ? 'none was lost, and none was issued twice\n' : `${broken.length} broken\n`)
  return broken.length === 0
}

const total = (calls: Passed['calls']): number => [...calls.values()].reduce((sum, each) => sum + each, 0)

/** What the workers and the stores cost; each call of a store is taken for one request. */
function costOf({ calls, messages, worked }: Passed): number {
  const of = (pattern: RegExp) =>
    [...calls].filter(([call]) => pattern.test(call)).reduce((sum, [, times]) => sum + times, 0)
  return (
    (worked / 1_000) * GIB * PRICES.gibSecond +
    messages * (PRICES.invocation + 2.1 * PRICES.queueRequest) + // received, deleted, and a tenth of a batch that was sent
    of(/^state (write|list)/) * PRICES.storageWrite +
    of(/^state read/) * PRICES.storageRead +
    of(/^secrets /) * PRICES.secretCall
  )
}

process.exitCode = (await main()) ? 0 : 1
