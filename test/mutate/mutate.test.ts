import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Copy, copyProject } from '../support/project-copy.ts'
import { breadthOf, testsOf } from './choose.ts'
import { Course, type Fate } from './course.ts'
import { type Mutant, mutantsOf, mutated, withSwitches } from './mutants.ts'
import { sound } from './types.ts'
import { judge, ratios, survivorLine } from './verdict.ts'

const changes = (text: string) => mutantsOf('lib/dns/a.ts', text, 1).map(({ change }) => change)

describe('mutants are made', () => {
  test.each([
    { what: 'of a boundary', text: 'export const f = (a: number) => { return [a <= 1] }', change: '[a [-<=-]{+<+} 1]' },
    { what: 'of a test', text: 'if (isOpen) close()', change: 'if ([-isOpen-]{+true+}) close()' },
    { what: 'of one side of an and', text: 'const c = a && b', change: 'const c = a[- && b-]' },
    { what: 'of a statement', text: 'await store.write(1)', change: '[-await store.write(1)-]' },
    { what: 'of a filter', text: 'const b = a.filter(isOld)', change: 'const b = a[-.filter(isOld)-]' },
    { what: 'of every', text: 'const b = a.every(isOld)', change: 'const b = a.[-every-]{+some+}(isOld)' },
    { what: 'of an optional chain', text: 'const b = a?.b', change: 'const b = a[-?-].b' },
    { what: 'of a code', text: "const b = 'pending'", change: "const b = '[-pending-]'" },
    {
      what: 'of a result',
      text: 'export const f = () => g(1)',
      change: 'export const f = () => [-g(1)-]{+undefined+}',
    },
    { what: 'of a size', text: 'const b = 20', change: 'const b = [-20-]{+200+}' },
    { what: 'of an anchor', text: 'const b = /^a$/', change: 'const b = /[-^-]a$/' },
  ])('$what', ({ text, change }) => {
    expect(
      changes(text).some((each) => each.includes(change)),
      changes(text).join('\n'),
    ).toBe(true)
  })

  test('not of types, names, imports, log lines or messages', () => {
    const text = `import { a } from 'b'
      type C = 'd' | 1
      log.info('e', { f: g > 1 })
      const h = { i: j }
      throw new Failure(k, 'l')`
    expect(changes(text).filter((change) => !/Failure/.test(change))).toEqual([])
  })

  test('and are known by their change wherever they stand', () => {
    expect(changes('\n\n  if (a)\n    b()\n')).toEqual(changes('if (a)\n  b()\n'))
  })
})

describe('a file with all of its mutants', () => {
  const text = `export const f = (a: { b?: number[] }, c: string) => {
  const d = a.b
    ?.filter((each) => each > 1)
    .map((each) => -each)
  c.trim()
  for (const each of d ?? []) if (each === 1) continue
  return c === 'x' || c.startsWith('y')
}
`
  const mutants = mutantsOf('lib/dns/a.ts', text, 1)

  test('has each behind a switch of its own, and nothing else is changed', () => {
    const switched = withSwitches(text, mutants)
    for (const { id } of mutants) expect(switched.split(`__isMutant(${id})`), String(id)).toHaveLength(2)
  })

  test('is one with any of them, too', () => {
    for (const mutant of mutants) expect(() => mutantsOf('lib/dns/a.ts', mutated(text, mutant), 1)).not.toThrow()
  })
})

describe('the test files of a file', () => {
  const imports = new Map([
    ['test/unit/near.test.ts', ['lib/a.ts']],
    ['test/flow/far.test.ts', ['lib/c.ts', 'lib/d.ts']],
    ['test/kill/kill.test.ts', ['lib/a.ts']],
    ['test/unit/other.test.ts', ['lib/d.ts']],
    ['lib/c.ts', ['lib/b.ts']],
    ['lib/b.ts', ['lib/a.ts']],
  ])
  test('are those that import it, through whatever, the narrowest first', () => {
    expect(testsOf('lib/a.ts', imports)).toEqual(['test/unit/near.test.ts', 'test/flow/far.test.ts'])
  })
  test('are the broader the more they load', () => {
    expect(breadthOf('test/flow/far.test.ts', imports)).toBe(5)
  })
})

interface Asked {
  /** Each test file is learned when its turn has come. */
  readonly isFew?: boolean
}

/** What the tests of a file that run in a copy make of the mutants of another. */
async function fatesIn(
  copy: Copy,
  file: string,
  text: string,
  facts: string,
  { isFew = false }: Asked = {},
): Promise<Fate[]> {
  await writeFile(join(copy.folder, file), text)
  const mutants: Mutant[] = await sound(mutantsOf(file, text, 1), new Map([[file, text]]), copy.folder)
  await writeFile(join(copy.folder, file), withSwitches(text, mutants))
  await writeFile(join(copy.folder, 'test/unit/fixture.test.ts'), facts)
  const course = new Course({ copy, lanes: 1, tests: ['test/unit/fixture.test.ts'], say: () => undefined })
  try {
    if (isFew) return await course.runFew(mutants, () => true)
    await course.learn()
    return await course.run(mutants)
  } finally {
    course.end()
  }
}

describe('a mutant', () => {
  const file = 'lib/dns/fixture.ts'
  const text = `export const LONGEST = 20
export const isLong = (text: string): boolean => text.length > LONGEST
export function until(limit: number): number {
  let count = 0
  while (count < limit) {
    count += 1
  }
  return count
}
`
  const facts = `import { expect, test } from 'vitest'
import { isLong, until } from "../../${file}"
test('thirty letters are long, and three are not', () => {
  expect(isLong('a'.repeat(30))).toBe(true)
  expect(isLong('abc')).toBe(false)
})
test('it counts', () => {
  expect(until(3)).toBe(3)
})
`
  let copy: Copy
  let fates: Fate[]
  const fateOf = (change: string) => fates.find(({ mutant }) => mutant.change === change)

  beforeAll(async () => {
    copy = await copyProject()
    fates = await fatesIn(copy, file, text, facts)
  }, 60_000)
  afterAll(() => copy.remove())

  test('that a test notices is killed', () => {
    const change = 'export const isLong = (text: string): boolean => text.length [->-]{+<=+} LONGEST'
    expect(fates.map(({ mutant }) => mutant.change)).toContain(change)
    expect(fateOf(change)).toMatchObject({ killedBy: 'test/unit/fixture.test.ts' })
  })

  test('that lives in what is done when its file is loaded is killed, too', () => {
    expect(fateOf('export const LONGEST = [-20-]{+200+}')).toMatchObject({ killedBy: 'test/unit/fixture.test.ts' })
  })

  test('that no test notices lives', () => {
    const change = 'export const isLong = (text: string): boolean => text.length [->-]{+>=+} LONGEST'
    expect(fateOf(change)).toMatchObject({ killedBy: undefined, isReached: true })
  })

  test('that goes on without end is killed', () => {
    expect(fateOf('[-count += 1-]')).toMatchObject({ killedBy: 'test/unit/fixture.test.ts' })
  })

  test('that a test reaches which goes on from the one before it is killed if it is noticed, and else lives', async () => {
    const story = `import { expect, test } from 'vitest'
import { isLong } from "../../${file}"
let text = ''
test('a text is written', () => {
  text = 'abc'
})
test('and is not long', () => {
  expect(text).toBe('abc')
  expect(isLong(text)).toBe(false)
})
`
    const told = await fatesIn(copy, file, text, story)
    const isLong = (change: string) =>
      told.find(
        ({ mutant }) =>
          mutant.change === `export const isLong = (text: string): boolean => text.length ${change} LONGEST`,
      )
    expect(isLong('[->-]{+<=+}')).toMatchObject({ killedBy: 'test/unit/fixture.test.ts' })
    expect(isLong('[->-]{+>=+}')).toMatchObject({ killedBy: undefined, isReached: true })
  }, 60_000)

  test('of a few has the same fate', async () => {
    const few = await fatesIn(copy, file, text, facts, { isFew: true })
    const told = (all: readonly Fate[]) => all.map(({ mutant, ...fate }) => ({ ...fate, change: mutant.change }))
    expect(told(few)).toEqual(told(fates))
  }, 60_000)

  test('of a few is asked of no test file that cannot reach it, and that is not learned', async () => {
    const said: string[] = []
    const tests = ['test/unit/none.test.ts']
    const course = new Course({ copy, lanes: 1, tests, say: (line) => said.push(line) })
    expect(await course.runFew(mutantsOf(file, text, 1).slice(0, 1), () => false)).toMatchObject([{ isReached: false }])
    expect(said).toEqual([])
    course.end()
  })

  test('that the compiler refuses is none', () => {
    expect(fates.map(({ mutant }) => mutant.change).filter((change) => change.includes('{+undefined+}'))).toEqual([])
  })
})

describe('the verdict', () => {
  const fate = (change: string, killedBy?: string): Fate => ({
    mutant: {
      id: 1,
      file: 'lib/dns/a.ts',
      start: 0,
      end: 1,
      line: 7,
      replacement: '',
      isStatement: false,
      isLoaded: false,
      change,
    },
    killedBy,
    isReached: killedBy !== undefined,
  })
  const leave = (...changes: string[]) => [{ file: 'lib/dns/a.ts', why: 'a reason', changes }]

  test('is that one that lives is a failure, unless it may', () => {
    const fates = [fate('killed', 'test/unit/a.test.ts'), fate('alive'), fate('may live')]
    expect(judge(fates, leave('may live'))).toMatchObject({
      killed: 1,
      allowed: 1,
      survivors: [fate('alive')],
      stale: [],
    })
    expect(survivorLine(fate('alive'))).toBe('SURVIVED  lib/dns/a.ts:7  alive  (no test reaches it)')
    expect(ratios(fates, leave('may live'))).toEqual([
      'dns           1 of     3 killed,  33.3 %; 1 may live, 1 more do',
    ])
  })

  test('that leave is given for one file alone', () => {
    const elsewhere = [{ ...leave('alive')[0], file: 'lib/dns/b.ts', why: '', changes: ['alive'] }]
    expect(judge([fate('alive')], elsewhere).survivors).toHaveLength(1)
  })

  test('that one on the list that is killed is stale', () => {
    expect(judge([fate('it', 'test/unit/a.test.ts')], leave('it')).stale).toHaveLength(1)
    expect(judge([fate('it', 'test/unit/a.test.ts'), fate('it')], leave('it')).stale).toEqual([])
  })
})
