/** The parts of the whole in which swaps go up together, and the names of their cases: `gathered one-breaks balancers.edge PUT frontends/* #2 lost`. */
import type { Result } from '../parts.ts'
import { COURSES, type Course, type NamedKill, openGathered, type Told, tellGathered } from './stories.ts'

export interface GatheredPart {
  readonly what: 'gathered'
  readonly scenario: Course
  readonly pair: 'memory+memory'
}

/** The first goes up alone, and meanwhile the others come to wait. */
const CERTIFICATES = 4

/** What is stale is put back as what breaks is, so that one of the two is killed. */
const KILLED: readonly Course[] = ['all-well', 'one-breaks']
export const GATHERED: readonly GatheredPart[] = KILLED.map((scenario) => ({
  ...{ what: 'gathered', scenario, pair: 'memory+memory' },
}))

/** Every effect has its answer lost; none of the requests to the load balancer is made, each in turn. */
export async function goThroughGathered({ scenario }: GatheredPart): Promise<Result> {
  const begin = await openGathered(CERTIFICATES, scenario)
  const undisturbed = await tellGathered(begin())
  const told = [{ name: nameOf(scenario), ...undisturbed }]
  for (const kill of killsOf(undisturbed, scenario)) {
    const each = await tellGathered(begin(), kill)
    if (each.wasKilled || each.broken.length > 0) told.push({ name: nameOf(scenario, kill), ...each })
  }
  return {
    cases: told.length,
    failed: told.filter(({ broken }) => broken.length > 0),
    runs: Math.max(...told.map(({ runs }) => runs)),
    delay: 0,
  }
}

/** Where one is put back, what only looks is left out: the other story has all of it. */
export function killsOf({ effects }: Pick<Told, 'effects'>, scenario: Course): NamedKill[] {
  const counts = new Map<string, number>()
  return effects.flatMap(({ name, place, changes }): NamedKill[] => {
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    if (scenario !== 'all-well' && !changes) return []
    const before: NamedKill[] = place.startsWith('balancers') ? [{ name, nth, kind: 'before' }] : []
    return [...before, { name, nth, kind: 'lost' }]
  })
}

const nameOf = (scenario: Course, kill?: NamedKill): string =>
  ['gathered', scenario, ...(kill === undefined ? [] : [kill.name, `#${kill.nth}`, kill.kind])].join(' ')

export const isGathered = (name: string): boolean => /^\s*gathered\s/.test(name)

const CASE = /^gathered (?<scenario>\S+)(?: (?<effect>.+) #(?<nth>\d+) (?<kind>before|lost))?$/

/** Tells a case again by its name, effect by effect. */
export async function tellAgain(name: string, tell: (line: string) => void): Promise<Told> {
  const { scenario, effect, nth, kind } = CASE.exec(name.trim())?.groups ?? {}
  const course = COURSES.find((each) => each === scenario)
  if (course === undefined) throw new Error(`there is no case "${name}"`)
  const world = (await openGathered(CERTIFICATES, course))()
  if (effect === undefined) return tellGathered(world, undefined, tell)
  return tellGathered(world, { name: effect, nth: Number(nth), kind: kind === 'before' ? 'before' : 'lost' }, tell)
}
