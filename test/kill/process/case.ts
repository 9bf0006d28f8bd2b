import { isDeepStrictEqual } from 'node:util'
import type { ProbeCount } from '../../../sandbox/prober.ts'
import type { World } from '../../../sandbox/world.ts'
import { leaksIn } from '../../support/leaks.ts'
import { aftermathOf, type Counted, leftBehind, type Shape } from './aftermath.ts'
import type { Death, Told } from './effects.ts'
import type { Ended } from './run-once.ts'
import type { Scene, Visit } from './scene.ts'

/** A run that nobody killed, and the world after it. */
export interface Undisturbed {
  readonly effects: readonly Told[]
  readonly shape: Shape
}

/** What became of a world in which newleaf died once. */
export interface Fate {
  readonly death: Death
  /** How many it took until all was well; those that were allowed, if it never was. */
  readonly runs: number
  /** What is still wrong after them; and what was wrong at any time and may never be. */
  readonly wrong: readonly string[]
  readonly handshakes: { readonly made: number; readonly failed: number }
}

/** When newleaf is started again, in minutes after it died: beyond the claim, and beyond every wake marker. */
const AGAIN = [16, 480] as const

/** How often a point is waited for that comes in most runs, and not in all. */
const PATIENCE = 3

export async function undisturbed(scene: Scene): Promise<Undisturbed> {
  return visiting(scene, async (visit) => {
    const before = countedIn(visit)
    const { effects, printed } = await visit.run({ minutes: 0 })
    const { wrong, shape } = await aftermathOf(visit.world, before, after(0))
    const { failures } = await visit.prober.stop()
    const all = [...wrong, ...first(failures), ...leaked(printed)]
    if (all.length > 0) throw new Error(`something is wrong although nobody died: ${all.join('; ')}`)
    return { effects, shape }
  })
}

/** `model`: how this very scene ends when nobody dies. */
export async function die(death: Death, scene: Scene, model: Undisturbed): Promise<Fate> {
  for (let attempt = 1; attempt <= PATIENCE; attempt++) {
    const fate = await visiting(scene, (visit) => dieOnce(death, visit, model))
    if (fate !== undefined) return fate
  }
  return { death, runs: 0, wrong: ['no run came to this point'], handshakes: { made: 0, failed: 0 } }
}

/** Undefined: the run ended without having come to that point. */
async function dieOnce(death: Death, visit: Visit, model: Undisturbed): Promise<Fate | undefined> {
  const before = countedIn(visit)
  const killed = await visit.run({ minutes: 0, death })
  const ended: Ended[] = [killed]
  let wrong: readonly string[] = []
  if (killed.wasKilled) {
    for (const minutes of AGAIN) {
      const run = await visit.run({ minutes })
      ended.push(run)
      wrong = [...(await wrongIn(visit.world, before, after(minutes), model)), ...troubleIn(run)]
      if (wrong.length === 0) break
    }
  }
  const { made, failed, failures } = await visit.prober.stop()
  if (!killed.wasKilled) return undefined
  const never = [...first(failures), ...ended.flatMap(({ printed }) => leaked(printed))]
  if (wrong.length === 0) never.push(...(await leftBehind(visit.world)))
  return { death, runs: ended.length - 1, wrong: [...wrong, ...never], handshakes: { made, failed } }
}

async function visiting<T>(scene: Scene, work: (visit: Visit) => Promise<T>): Promise<T> {
  const visit = await scene.enter()
  try {
    return await work(visit)
  } finally {
    await visit.prober.stop()
    await visit.leave()
  }
}

const after = (minutes: number) => new Date(Date.now() + minutes * 60_000)

const countedIn = ({ world: { ca } }: Visit): Counted => ({
  orders: ca.ledger.orders.length,
  certificates: ca.ledger.certificates.length,
})

/** A store that cannot even be read is wrong as well. */
const wrongIn = (world: World, before: Counted, now: Date, model: Undisturbed): Promise<readonly string[]> =>
  aftermathOf(world, before, now).then(
    ({ wrong, shape }) => [...wrong, ...unlike(shape, model)],
    (error: unknown) => [String(error)],
  )

const unlike = (shape: Shape, model: Undisturbed): string[] =>
  PARTS.filter((part) => !isDeepStrictEqual(model.shape[part], shape[part])).map(
    (part) => `the ${part} are not as after a run that nobody killed: ${JSON.stringify(shape[part])}`,
  )

const PARTS = ['certificates', 'frontends', 'nodeBalancers', 'records'] as const

const troubleIn = ({ code, report }: Ended): string[] =>
  code === 0
    ? (report?.certificates ?? [])
        .filter(({ result }) => result === 'failed' || result === 'waiting')
        .map(({ id, result, error }) => `${id}: the last run says ${result} ${error?.code ?? ''}`)
    : [`the last run ended with ${code}`]

/** Some of the handshakes that failed, and how often each did. */
const first = (failures: ProbeCount['failures']): string[] =>
  Object.entries(failures)
    .slice(0, 5)
    .map(([failure, times]) => `${failure} (${times} times)`)

const leaked = (printed: string): string[] => leaksIn(printed).map(({ what }) => `${what} was printed`)
