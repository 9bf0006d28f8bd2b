/** The way of mutants through the test files that reach them. */

import type { Copy } from '../support/project-copy.ts'
import { type Ended, Lane } from './lanes.ts'
import type { Mutant } from './mutants.ts'
import type { Batch, Reach } from './switch.ts'
import { BUDGETS, CHECK, LEARN } from './switch.ts'

export interface Fate {
  readonly mutant: Mutant
  /** The test file that has noticed it. */
  readonly killedBy: string | undefined
  readonly isReached: boolean
}

export interface CourseOptions {
  readonly copy: Copy
  readonly lanes: number
  readonly tests: readonly string[]
  say(text: string): void
}

/** Learns what each test file reaches, and then sends mutants through those that reach them, the cheapest first. */
export class Course {
  readonly #lanes: readonly Lane[]
  readonly #options: CourseOptions
  /** What was learned of a test file; undefined: it is not asked. */
  readonly #reaches = new Map<string, Reach | undefined>()
  readonly #stories = new Set<string>()

  constructor(options: CourseOptions) {
    this.#options = options
    this.#lanes = Array.from({ length: options.lanes }, (_, at) => new Lane(options.copy, `lane-${at + 1}`))
  }

  learn(): Promise<void> {
    return this.#eachTest(async (file, lane) => {
      await this.#reachOf(file, lane)
    })
  }

  /** Of a few: a test file is learned when its turn has come, and not where none that still lives can be reached by it. */
  async runFew(few: readonly Mutant[], mayReach: (file: string, mutant: Mutant) => boolean): Promise<Fate[]> {
    const killedBy = new Map<number, string>()
    const spent = new Map<number, number>()
    await this.#eachTest(async (file, lane) => {
      const isAlive = ({ id }: Mutant) => !killedBy.has(id) && (spent.get(id) ?? 0) < BUDGETS.all
      const alive = () => few.filter((mutant) => isAlive(mutant) && mayReach(file, mutant))
      const reach = alive().length === 0 ? undefined : await this.#reachOf(file, lane)
      if (reach === undefined) return
      const costs = costsOf(reach, this.#stories.has(file))
      const jobs = alive().filter(({ id }) => costs.has(id))
      if (jobs.length === 0) return
      for (const { id } of jobs) spent.set(id, (spent.get(id) ?? 0) + (costs.get(id) ?? 0))
      for (const id of await this.#ask(lane, { file, reach, jobs })) killedBy.set(id, file)
    })
    return few.map((mutant) => ({ mutant, killedBy: killedBy.get(mutant.id), isReached: spent.has(mutant.id) }))
  }

  async #eachTest(work: (file: string, lane: Lane) => Promise<void>): Promise<void> {
    const waiting = [...this.#options.tests]
    const inLane = async (lane: Lane) => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await work(file, lane)
    }
    await Promise.all(this.#lanes.map(inLane))
  }

  /** A test file that fails without a mutant can notice none. */
  async #reachOf(file: string, lane: Lane): Promise<Reach | undefined> {
    if (this.#reaches.has(file)) return this.#reaches.get(file)
    let { failed, reach } = await lane.run({ file, jobs: [], isStory: false })
    if (failed.has(CHECK)) {
      lane.end()
      ;({ failed, reach } = await lane.run({ file, jobs: [], isStory: true }))
      this.#stories.add(file)
    }
    const why = failed.has(LEARN) ? 'fails without a mutant' : 'cannot be run twice in one process'
    if (failed.size > 0) this.#options.say(`${file} ${why}, and is not asked`)
    this.#reaches.set(file, failed.size === 0 ? reach : undefined)
    return this.#reaches.get(file)
  }

  /** Each lane takes every so-manieth mutant through all the files. */
  async run(mutants: readonly Mutant[]): Promise<Fate[]> {
    const fates = await Promise.all(
      this.#lanes.map((lane, at) =>
        this.#sweep(
          lane,
          mutants.filter((_, index) => index % this.#lanes.length === at),
        ),
      ),
    )
    return fates.flat()
  }

  end(): void {
    for (const lane of this.#lanes) lane.end()
  }

  async #sweep(lane: Lane, mutants: readonly Mutant[]): Promise<Fate[]> {
    const killedBy = new Map<number, string>()
    const spent = new Map<number, number>()
    const learned = [...this.#reaches].flatMap(([file, reach]) => (reach === undefined ? [] : [{ file, reach }]))
    for (const { file, reach } of learned.sort((one, other) => costOfOne(one.reach) - costOfOne(other.reach))) {
      const costs = costsOf(reach, this.#stories.has(file))
      const asked = mutants.filter(({ id }) => costs.has(id) && !killedBy.has(id) && (spent.get(id) ?? 0) < BUDGETS.all)
      if (asked.length === 0) continue
      for (const { id } of asked) spent.set(id, (spent.get(id) ?? 0) + (costs.get(id) ?? 0))
      for (const id of await this.#ask(lane, { file, reach, jobs: asked })) killedBy.set(id, file)
    }
    return mutants.map((mutant) => ({
      mutant,
      killedBy: killedBy.get(mutant.id),
      isReached: spent.has(mutant.id),
    }))
  }

  /** The mutants that a test file notices. */
  async #ask(lane: Lane, { file, reach, jobs }: Omit<Batch, 'isStory'>): Promise<ReadonlySet<number>> {
    const loadedLast = jobs
      .map(({ id, isLoaded }) => ({ id, isLoaded }))
      .sort((one, other) => Number(one.isLoaded) - Number(other.isLoaded))
    const batch = { file, jobs: loadedLast, isStory: this.#stories.has(file), ...(reach && { reach }) }
    const ended = await lane.run(batch)
    if (!isSpoilt(ended)) return ended.failed
    lane.end()
    if (isSpoilt(await lane.run({ ...batch, jobs: [] }))) {
      this.#options.say(`${file}: the tests that reach mutants fail by themselves, and are not asked`)
      return new Set()
    }
    // What one mutant has left behind lets the next ones fail: each is asked again in a process of its own.
    this.#options.say(`${file}: something was left behind, its ${ended.failed.size} mutants are asked again one by one`)
    const failed = new Set<number>()
    for (const job of loadedLast.filter(({ id }) => ended.failed.has(id))) {
      lane.end()
      const alone = await lane.run({ ...batch, jobs: [job] })
      // Where the tests then fail without it as well, nobody knows whether they have noticed it.
      if (alone.failed.has(job.id) && !isSpoilt(alone)) failed.add(job.id)
    }
    lane.end()
    return failed
  }
}

const isSpoilt = ({ failed }: Ended) => failed.has(CHECK)

/** A test of a file, on the average. */
const costOfOne = ({ tests }: Reach): number => wholeCost(tests) / Math.max(Object.keys(tests).length, 1)

const wholeCost = (tests: Reach['tests']): number => Object.values(tests).reduce((sum, { busy }) => sum + busy, 0)

/** What it costs to ask the tests that reach a mutant, by its number. */
function costsOf({ tests, loading }: Reach, isStory: boolean): Map<number, number> {
  const costs = new Map<number, number>()
  const whole = wholeCost(tests)
  const most = isStory ? whole : Math.min(whole, BUDGETS.file)
  for (const { mutants, busy } of Object.values(tests)) {
    for (const id of mutants) costs.set(id, isStory ? whole : Math.min((costs.get(id) ?? 0) + busy, most))
  }
  for (const id of loading) costs.set(id, most)
  return costs
}
