/** The parts of the whole in which swaps go up together, and the names of their cases: `gathered one-breaks 12 lost`. */
import type { Result } from '../parts.ts'
import type { Kill } from '../story.ts'
import { COURSES, type Course, openGathered, type Told, tellGathered } from './stories.ts'

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
  for (const kill of killsOf(undisturbed, scenario))
    told.push({ name: nameOf(scenario, kill), ...(await tellGathered(begin(), kill)) })
  return {
    cases: told.length,
    failed: told.filter(({ broken }) => broken.length > 0),
    runs: Math.max(...told.map(({ runs }) => runs)),
    delay: 0,
  }
}

/** Where one is put back, what only looks is left out: the other story has all of it. */
const killsOf = ({ effects }: Told, scenario: Course): Kill[] =>
  effects.flatMap(({ place, changes }, index): Kill[] => {
    if (scenario !== 'all-well' && !changes) return []
    const at = index + 1
    const before: Kill[] = place.startsWith('balancers') ? [{ at, kind: 'before' }] : []
    return [...before, { at, kind: 'lost' }]
  })

const nameOf = (scenario: Course, kill?: Kill): string =>
  ['gathered', scenario, ...(kill === undefined ? [] : [kill.at, kill.kind])].join(' ')

export const isGathered = (name: string): boolean => /^\s*gathered\s/.test(name)

/** Tells a case again by its name, effect by effect. */
export async function tellAgain(name: string, tell: (line: string) => void): Promise<Told> {
  const [, scenario, at, kind] = name.trim().split(/\s+/)
  const course = COURSES.find((each) => each === scenario)
  const wanted = (['before', 'lost'] as const).find((each) => each === kind)
  const effect = Number(at)
  const isKill = wanted !== undefined && Number.isSafeInteger(effect) && effect > 0
  if (course === undefined || (at !== undefined && !isKill)) throw new Error(`there is no case "${name}"`)
  const world = (await openGathered(CERTIFICATES, course))()
  return tellGathered(world, isKill ? { at: effect, kind: wanted } : undefined, tell)
}
