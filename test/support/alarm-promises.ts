import { readFile } from 'node:fs/promises'
import { HOUR, MINUTE } from '../../lib/platform/clock.ts'

export interface AlarmPromise {
  /** The last part of its name. */
  readonly alarm: string
  /** In hours. */
  readonly within: number
}

/** What docs/deploy-aws.md promises, by what happens: `| what happens | alarm | within |`. */
export async function alarmPromises(): Promise<ReadonlyMap<string, AlarmPromise>> {
  const page = await readFile('docs/deploy-aws.md', 'utf8')
  const rows = page.matchAll(/^\| (.+) \| `…-([a-z-]+)` \| (\d+) (hours|minutes)\b.* \|$/gm)
  return new Map(
    [...rows].map(([, what = '', alarm = '', count, unit]) => [
      what,
      { alarm, within: Number(count) * (unit === 'hours' ? 1 : MINUTE / HOUR) },
    ]),
  )
}
