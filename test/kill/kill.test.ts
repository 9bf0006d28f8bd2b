import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Secret } from '../../lib/platform/secret.ts'
import type { Stage } from '../../lib/ports.ts'
import { decode } from '../../lib/secrets/codec.ts'
import { judge, nameOf, parseCase } from './cases.ts'
import { explore, weave } from './interleaved.ts'
import { tell } from './killed.ts'
import type { Outside } from './outside.ts'
import { openings, type ScenarioName, scenarios } from './scenarios.ts'
import { openPair, type Place, type Stores } from './stores.ts'

/** A hundred stories and more in each of these. */
const LONG = 120_000

const { place } = await openPair('memory+memory')

test(
  'F-01: a renewal that is killed at any effect, before it or with its answer lost, is finished by the next run',
  async () => {
    const begin = openings(scenarios.renewal, place)
    const { effects, broken } = await tell(scenarios.renewal, await begin(), [])
    expect(broken).toEqual([])
    expect(effects.length).toBeGreaterThan(40)
    const bad: string[] = []
    for (const [index, { name }] of effects.entries()) {
      for (const kind of ['before', 'lost'] as const) {
        const told = await tell(scenarios.renewal, await begin(), [{ at: index + 1, kind }])
        if (told.runs > 1) bad.push(`${index + 1} ${kind} ${name}: ${told.runs} runs`)
        bad.push(...told.broken.map((each) => `${index + 1} ${kind} ${name}: ${each}`))
      }
    }
    expect(bad).toEqual([])
  },
  LONG,
)

test.each([
  { family: 'together', title: 'F-02: of two runs at once one works, and the other leaves it alone' },
  {
    family: 'frozen',
    title: 'F-03: a run that is frozen anywhere, and wakes up when another has taken over, does no harm',
  },
] as const)(
  '$title',
  async ({ family }) => {
    const begin = openings(scenarios.renewal, place)
    const bad: string[] = []
    let orders = 0
    const woven = explore(async (schedule) => weave(scenarios.renewal, await begin(), family, schedule), family, {
      slice: 0,
      of: 1,
      most: 1,
    })
    for await (const { schedule, broken } of woven) {
      orders++
      bad.push(...broken.map((each) => `${schedule.join('/')}: ${each}`))
    }
    expect(bad).toEqual([])
    expect(orders).toBeGreaterThan(40)
  },
  LONG,
)

test(
  'F-03: a run that is frozen as it stages a key or a certificate costs no second one, whenever it wakes up',
  async () => {
    const begin = openings(scenarios.renewal, place)
    const { effects } = await tell(scenarios.renewal, await begin(), [])
    const bad: string[] = []
    for (const [before, { name }] of effects.entries()) {
      if (!name.startsWith('secrets.stage')) continue
      for (let later = 1; later < effects.length; later += 2) {
        const { broken } = await weave(scenarios.renewal, await begin(), 'frozen', [before, later])
        bad.push(...broken.map((each) => `${before}/${later}: ${each}`))
      }
    }
    expect(bad).toEqual([])
  },
  LONG,
)

test('F-02: a second run that finds a dead one’s claim leaves the marker by which the certificate is found again', async () => {
  const { delay, broken } = await tell(
    scenarios.renewal,
    await openings(scenarios.renewal, place)(),
    [{ at: 20, kind: 'lost' }],
    'second',
  )
  expect(broken).toEqual([])
  expect(delay).toBeLessThan(60 * 60_000)
})

test('a case is told again by its name', async () => {
  for (const name of [
    'renewal memory+memory 12 lost',
    'first file+file 3 before 4 lost',
    'retire memory+memory 7 after -10min',
    'renewal memory+memory frozen 12/3/5',
    'renewal memory+memory together -',
  ]) {
    expect(nameOf(parseCase(name))).toBe(name)
  }
  expect(() => parseCase('renewal memory+memory 12 sometimes')).toThrow('there is no case')
})

describe('what is broken is seen', () => {
  interface Sabotage {
    readonly scenario?: ScenarioName
    readonly fate?: string
    stores?(stores: Stores): Partial<Stores>
    outside?(memory: Outside['memory']): void
  }
  /** A story with something wrong in it, not killed unless it is said. */
  async function found({ scenario = 'renewal', fate = '', stores, outside }: Sabotage): Promise<string> {
    const story = scenarios[scenario]
    const sabotaged = (): Place => {
      const { open } = place()
      const opened = async () => {
        const whole = await open()
        return { ...whole, ...stores?.(whole) }
      }
      return { open: opened, save: async () => undefined }
    }
    const begun = await openings(story, sabotaged)()
    outside?.(begun.memory)
    const { broken } = await judge(parseCase(`${scenario} memory+memory ${fate}`), begun)
    return broken.join('\n')
  }

  test('a reader that sees no mistake says so', async () => {
    expect(await found({})).toBe('')
  })

  test('a store that forgets keys', async () => {
    const stores = ({ secrets }: Stores) => ({
      secrets: {
        ...secrets,
        stage: async (name: string, value: Secret) =>
          decode(name, value).kind === 'key' ? 'forgotten' : secrets.stage(name, value),
      },
    })
    expect(await found({ stores })).toContain('I2 the key of the newest certificate is in no stage')
  })

  test('a store that loses what is current as it takes another', async () => {
    const gone: string[] = []
    const stores = ({ secrets }: Stores) => ({
      secrets: {
        ...secrets,
        read: async (name: string, stage: Stage) => {
          const stored = await secrets.read(name, stage)
          return stage === 'current' && gone.includes(stored?.version ?? '') ? undefined : stored
        },
        async stage(name: string, value: Secret) {
          const current = await secrets.read(name, 'current')
          if (current !== undefined) gone.push(current.version)
          return secrets.stage(name, value)
        },
      },
    })
    expect(await found({ stores })).toContain('I1 what was current is gone')
  })

  test('a store without compare and swap, under two runs', async () => {
    const stores = ({ state }: Stores) => ({
      state: {
        ...state,
        write: async (key: string, document: unknown) => state.write(key, document, (await state.read(key))?.tag),
      },
    })
    expect(await found({ stores, fate: 'together 10/14' })).not.toBe('')
  })

  test('a word of the CA about when to come back that is not heard', async () => {
    const outside = ({ authority }: Outside['memory']) => {
      const { newOrder } = authority
      authority.newOrder = (request) =>
        newOrder(request).catch(() => Promise.reject(new Failure('ACME_SERVER', 'not now')))
    }
    expect(await found({ outside, scenario: 'refused' })).toContain('I7 an order was asked for before its Retry-After')
  })

  test('a balancer that serves nothing for a moment', async () => {
    const outside = ({ fr }: Outside['memory']) => {
      const { swap } = fr
      fr.swap = async (listener, deployment) => {
        if (fr.served !== undefined) fr.served = undefined
        else await swap(listener, deployment)
      }
    }
    expect(await found({ outside })).toContain('I4 fr serves nothing')
  })

  test('what is left behind: TXT values, objects, a claim, foreign things that were removed', async () => {
    const outside = ({ fr, solver, txt }: Outside['memory']) => {
      fr.retire = async (_listener, names) => [...names]
      solver.cleanUp = async () => txt.clear()
    }
    const text = await found({ outside })
    expect(text).toContain('I5 fr holds objects of ours that nobody needs')
    expect(text).toContain('I5 a foreign TXT value was removed')
    expect(await found({ outside: ({ solver }) => Object.assign(solver, { cleanUp: async () => {} }) })).toMatch(
      /I5 \d TXT values are left/,
    )
  })

  test('a secret in what is said', async () => {
    const outside = ({ authority }: Outside['memory']) =>
      authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'canary-token-in-a-message') })
    expect(await found({ outside })).toContain('I6 a token was shown')
  })
})
