/** Runs the tests of one file once for each mutant of a batch: only those that reach it, and none after the first that fails. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type RunnerTask, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite, TestRunner, vi } from 'vitest'
import { ANSWER, BATCH, type Batch, BUDGETS, CHECK, LEARN, mutantIn, type Reach, type TestReach } from './switch.ts'

/** In milliseconds: what a test gets beyond what it has needed without a mutant, and for how long of a processor's time a file is learned. */
const TIMES = { more: 3_000, factor: 5, learning: 8_000 } as const
/** A loop without end asks its switches more often than this. */
const MOST_ASKED = { more: 200_000, factor: 10 } as const

const path = process.env[BATCH] ?? ''
/** In milliseconds. */
const busyTime = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
const titleOf = (task: RunnerTask): string => (task.suite ? `${titleOf(task.suite)} > ${task.name}` : task.name)

export default class MutantRunner extends TestRunner {
  readonly batch: Batch = JSON.parse(readFileSync(path, 'utf8'))
  id: number = CHECK
  hasFailed = false
  /** The modules that are loaded were loaded with a mutant. */
  isTainted = true
  /** The mutant of this job lives while modules are loaded: then every test may meet what it has done. */
  isLoaded = false
  asked = 0
  began = 0 // of a processor's time
  loading = new Set<number>()
  outside = new Set<number>()
  learned = new Map<string, { mutants: Set<number>; ms: number; busy: number }>()
  /** The titles of the tests that are asked in this job. */
  asking: ReadonlySet<string> = new Set()
  busySince = 0
  current: Set<number> = this.outside

  override async importFile(file: string, source: 'collect' | 'setup') {
    this.id = mutantIn(file)
    const job = this.batch.jobs.find(({ id }) => id === this.id)
    this.isLoaded = job?.isLoaded === true || this.batch.reach?.loading.includes(this.id) === true
    if (this.isTainted || this.isLoaded || this.id === LEARN) vi.resetModules()
    this.isTainted = this.isLoaded
    this.hasFailed = false
    this.asked = 0
    this.began = busyTime()
    this.current = this.loading
    Reflect.set(globalThis, ANSWER, (id: number) => this.answer(id))
    try {
      return await super.importFile(file, source)
    } finally {
      this.current = this.outside
    }
  }

  answer(id: number): boolean {
    this.asked += 1
    if (this.id === LEARN) this.current.add(id)
    const { reach } = this.batch
    if (reach !== undefined && this.asked > MOST_ASKED.more + MOST_ASKED.factor * reach.asked) {
      this.hasFailed = true
      throw new Error('this goes on without end')
    }
    return id === this.id
  }

  onBeforeRunFiles(files: RunnerTestFile[]) {
    this.asking = this.chosen()
    for (const file of files) {
      if (this.id === CHECK && this.batch.reach === undefined && !this.batch.isStory) turnRound(file)
      this.keepChosen(file)
    }
  }

  chosen(): ReadonlySet<string> {
    const known = Object.entries(this.batch.reach?.tests ?? {})
    if (this.batch.isStory) return new Set(known.map(([title]) => title))
    const reaching = known
      .filter(([, { mutants }]) => this.id === CHECK || this.isLoaded || mutants.includes(this.id))
      .sort(([, one], [, other]) => one.busy - other.busy)
    let spent = 0
    const affordable = reaching.filter(([, { busy }], at) => {
      spent += busy
      return at === 0 || spent <= BUDGETS.file
    })
    return new Set(affordable.map(([title]) => title))
  }

  /** Whether any test is left in it. */
  keepChosen(task: RunnerTask): boolean {
    const left =
      'tasks' in task
        ? task.tasks.map((each) => this.keepChosen(each)).some((each) => each)
        : task.mode !== 'skip' && (this.batch.reach === undefined || this.asking.has(titleOf(task)))
    if (!left) task.mode = 'skip'
    return left
  }

  override async onBeforeRunSuite(suite: RunnerTestSuite) {
    if (this.hasFailed) suite.mode = 'skip'
    await super.onBeforeRunSuite(suite)
  }

  override async onBeforeRunTask(test: RunnerTask) {
    const isLate = this.batch.reach === undefined && busyTime() - this.began > TIMES.learning
    if (this.hasFailed || isLate) test.mode = 'skip'
    await super.onBeforeRunTask(test)
    if (test.mode === 'skip') return
    const known = this.learned.get(titleOf(test)) ?? { mutants: new Set(), ms: 0, busy: 0 }
    this.learned.set(titleOf(test), known)
    this.current = known.mutants
    this.busySince = busyTime()
  }

  async runTask(test: RunnerTestCase) {
    const needed = this.batch.reach?.tests[titleOf(test)]?.ms
    const run = TestRunner.getTestFn(test)
    if (needed === undefined) return run()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('it came to no end')), TIMES.more + needed * TIMES.factor)
    try {
      await Promise.race([run(), late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  override onAfterRunTask(test: RunnerTask) {
    super.onAfterRunTask(test)
    if (test.result?.state === 'fail') this.hasFailed = true
    const known = this.learned.get(titleOf(test))
    if (known !== undefined) {
      known.ms = Math.max(known.ms, test.result?.duration ?? 0)
      known.busy = Math.max(known.busy, busyTime() - this.busySince)
    }
    this.current = this.outside
  }

  override onAfterRunFiles(files: RunnerTestFile[]) {
    super.onAfterRunFiles(files)
    if (this.id === LEARN) writeFileSync(`${path}.reach`, JSON.stringify(this.reach()))
    if (this.hasFailed && files.every(({ result }) => result?.state !== 'fail')) failed(files)
    this.id = CHECK // what a test has left running meets no mutant
  }

  reach(): Reach {
    const tests = [...this.learned].map(([title, { mutants, ...times }]): [string, TestReach] => [
      title,
      { mutants: [...new Set([...mutants, ...this.outside])], ...times },
    ])
    return { tests: Object.fromEntries(tests), loading: [...this.loading], asked: this.asked }
  }
}

/** The last test first: whichever goes on from another then fails. */
function turnRound(suite: RunnerTestSuite): void {
  suite.tasks.reverse()
  for (const task of suite.tasks) if ('tasks' in task) turnRound(task)
}

/** What was thrown for a loop without end may have been caught by the product. */
function failed(files: readonly RunnerTestFile[]): void {
  for (const file of files) file.result = { ...file.result, state: 'fail' }
}
