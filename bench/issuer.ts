/** One measurement, in a process of its own: it reads its task from the file that it is given, issues, prints what that took, and ends. */
import { readFileSync } from 'node:fs'
import { Secret } from '../lib/platform/secret.ts'
import { AUTHORITY, createIssuingWorld, specFor } from '../test/support/issuing-world.ts'
import { createMemorySecrets } from '../test/support/memory-stores.ts'
import type { Whereabouts } from '../test/support/pebble-site.ts'

export interface Task {
  readonly whereabouts: Whereabouts
  /** One certificate for each. */
  readonly names: readonly string[]
  /** The secret of an account that is registered already. */
  readonly account: string
}

export interface Measured {
  readonly issued: number
  /** The first thing that went wrong. */
  readonly reason: string | undefined
  /** By step of the renewal: how long each certificate took for it, in milliseconds. */
  readonly steps: Readonly<Record<string, readonly number[]>>
  readonly peakMiB: number
}

async function measure({ whereabouts, names, account }: Task): Promise<Measured> {
  const secrets = createMemorySecrets()
  const secret = `account/${AUTHORITY}`
  await secrets.activate(secret, await secrets.stage(secret, new Secret(account)), undefined)
  const world = await createIssuingWorld(whereabouts, { secrets })
  const outcomes = await world.run(names.map((name, at) => specFor(`n${at}`, [name])))
  await world.close()

  const done = world.events.filter((event) => event.kind === 'step-done')
  const steps = [...new Set(done.map(({ step }) => step))].map((name): [string, number[]] => [
    name,
    done.filter(({ step }) => step === name).map(({ ms }) => ms),
  ])
  return {
    issued: outcomes.filter(({ result }) => result === 'renewed').length,
    reason: outcomes.find(({ error }) => error !== undefined)?.error?.message,
    steps: Object.fromEntries(steps),
    peakMiB: process.resourceUsage().maxRSS / 1_024,
  }
}

const task: Task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
process.stdout.write(JSON.stringify(await measure(task)))
