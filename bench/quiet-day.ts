/** `npm run bench:quiet-day`: what is asked of everybody on a day on which nothing is to be done. */
import { parseArgs } from 'node:util'
import { quietDays } from '../test/support/quiet-days.ts'
import { aligned } from './aligned.ts'

/** In US dollars a request: list prices of us-east-1 (docs/deploy-aws.md has where they are from). */
const PRICES = { read: 0.4 / 1e6, write: 5 / 1e6, list: 5 / 1e6, secret: 5 / 1e6 }
const MONTH = 30
const HEAD = ['certificates', 'reads', 'lists', 'writes', 'removals', 'secrets', 'windows', 'all', 'each', '$ a month']

const { values } = parseArgs({
  options: { counts: { type: 'string', default: '10,100' }, days: { type: 'string', default: '7' } },
})
const DAYS = Number(values.days)
const rows = [HEAD]
for (const certificates of values.counts.split(',').map(Number)) {
  const { reads, lists, writes, removals, secrets, windows } = await quietDays(certificates, DAYS)
  const days = [reads, lists, writes, removals, secrets, windows].map((count) => count / DAYS)
  const all = days.reduce((sum, count) => sum + count, 0)
  const cost = (reads * PRICES.read + lists * PRICES.list + writes * PRICES.write + secrets * PRICES.secret) / DAYS
  rows.push([
    ...[certificates, ...days, all].map((count) => count.toFixed(0)),
    (all / certificates).toFixed(1),
    (cost * MONTH).toFixed(2),
  ])
}
process.stdout.write(aligned(rows))
