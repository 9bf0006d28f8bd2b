import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Prober, startProber } from '../../../sandbox/prober.ts'
import { startWorld, type World } from '../../../sandbox/world.ts'
import { practiceFolder } from '../../support/practice-world.ts'
import type { Death } from './effects.ts'
import { type Ended, runOnce } from './run-once.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

/** What came before the run that is killed. */
export const SCENARIOS = ['renewal', 'first'] as const
export type Scenario = (typeof SCENARIOS)[number]

/** A world at the moment before the run that is killed: everybody who enters finds it the same. */
export interface Scene {
  readonly scenario: Scenario
  enter(): Promise<Visit>
  remove(): void
}

export interface Visit {
  readonly world: World
  /** Clients, from the moment of entering. */
  readonly prober: Prober
  /** One run of newleaf; the CA has the same time as it. */
  run(options: { readonly minutes: number; readonly death?: Death }): Promise<Ended>
  leave(): Promise<void>
}

/** Of 90 days, so that a third is left of what was issued before the scene begins, and a little less. */
const LONG_AGO = -62 * DAY

/** `program` is one run in a process. */
export async function prepareScene(scenario: Scenario, program: string): Promise<Scene> {
  const { path: folder, remove } = practiceFolder()
  const kept = `${folder}-kept`
  let ahead = LONG_AGO
  const open = () =>
    startWorld({
      folder,
      settleMs: 20,
      ca: { pollSeconds: 0, clock: { now: () => new Date(Date.now() + ahead) } },
    })

  const first = await open()
  const ports = portsOf(first)
  if (scenario === 'renewal') {
    const { code, report } = await runOnce(program, { world: first, ahead })
    if (code !== 0 || report?.certificates.some(({ result }) => result !== 'renewed')) {
      throw new Error(`the scene could not be set: ${JSON.stringify(report)}`)
    }
  }
  await first.close()
  await copied(folder, kept)

  /** Every URL that newleaf remembers leads to the ports of the first start. */
  async function reopened(attempts = 10): Promise<World> {
    rmSync(folder, { recursive: true, force: true })
    await copied(kept, folder)
    const world = await open()
    if (portsOf(world) === ports) return world
    await world.close()
    if (attempts === 0) throw new Error('somebody else has taken a port of this scene')
    await wait(50)
    return reopened(attempts - 1)
  }

  return {
    scenario,
    async enter() {
      ahead = 0
      const world = await reopened()
      const sites = Object.values(world.sites).map(({ listener, names, foreign }) => {
        const { addresses, port } = listener()
        return { names: [...names, ...foreign], endpoints: addresses.map((address) => ({ address, port })) }
      })
      return {
        world,
        // Patient: a machine that is busy with something else for a while is no balancer that fails.
        prober: startProber({ sites, root: world.issuerRoot, rate: 20, atOnce: 4, patience: 60_000 }),
        run({ minutes, death }) {
          ahead = minutes * MINUTE
          return runOnce(program, { world, ahead, ...(death && { death }) })
        },
        leave: () => world.close(),
      }
    },
    remove() {
      remove()
      rmSync(kept, { recursive: true, force: true })
    },
  }
}

/** With the permissions, which node:fs does not copy: the stores refuse a folder that is open to others. */
const copied = (from: string, to: string) => promisify(execFile)('cp', ['-Rp', from, to])

const portsOf = ({ memory: { ports, scaleway, linode } }: World): string =>
  JSON.stringify([ports, scaleway.frontends.map((each) => each.inbound_port), linode.configs.map(({ port }) => port)])
