/** One measurement, in a process of its own: it waits for its task, issues, tells what that took, and ends. */
import { Secret } from '../lib/platform/secret.ts'
import { AUTHORITY, createIssuingWorld, specFor } from '../test/support/issuing-world.ts'
import { createMemorySecrets } from '../test/support/memory-stores.ts'
import type { Whereabouts } from '../test/support/pebble-site.ts'

export interface Task {
  readonly whereabouts: Whereabouts
  readonly certificates: number
  /** The secret of an account that is registered already. */
  readonly account: string
}

export interface Measured {
  readonly issued: number
  readonly seconds: number
  readonly peakMiB: number
}

async function measure({ whereabouts, certificates, account }: Task): Promise<Measured> {
  const secrets = createMemorySecrets()
  const name = `account/${AUTHORITY}`
  await secrets.promote(name, await secrets.stage(name, new Secret(account)), undefined)
  const specs = Array.from({ length: certificates }, (_, at) => specFor(`n${at}`, [`n${at}.${whereabouts.zone}`]))

  const started = performance.now()
  const world = await createIssuingWorld(whereabouts, { secrets })
  const outcomes = await world.run(specs)
  const seconds = (performance.now() - started) / 1_000
  await world.close()
  const issued = outcomes.filter(({ result }) => result === 'renewed').length
  return { issued, seconds, peakMiB: process.resourceUsage().maxRSS / 1_024 }
}

process.once('message', async (task: Task) => {
  process.send?.(await measure(task))
  process.disconnect()
})
