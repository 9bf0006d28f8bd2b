import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Secret } from '../../lib/platform/secret.ts'
import type { Stage } from '../../lib/ports.ts'
import { decode } from '../../lib/secrets/codec.ts'
import { judge, parseCase } from './cases.ts'
import { tell } from './killed.ts'
import type { Outside } from './outside.ts'
import { openings, type ScenarioName, scenarios } from './scenarios.ts'
import { openPair, type Place, type Stores } from './stores.ts'

const { place } = await openPair('memory+memory')
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

  test('a reader that sees no mistake says so', async () => expect(await found({})).toBe(''))

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
    // Wherever the two come to take the lease at once.
    const seen: string[] = []
    for (const first of [9, 10, 11, 12, 13])
      for (const second of [12, 14, 16]) seen.push(await found({ stores, fate: `together ${first}/${second}` }))
    expect(seen.join('')).not.toBe('')
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

  test('what is left behind: TXT values, objects, a lease, foreign things that were removed', async () => {
    const outside = ({ fr, solver, txt }: Outside['memory']) => {
      fr.deleteUnused = async (_listener, names) => [...names]
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

  test('superseded objects that are deleted at once', async () => {
    let memory: Outside['memory'] | undefined
    const deleteOld = () => {
      for (const name of memory?.fr.objects.keys() ?? []) if (name !== memory?.fr.bound) memory?.fr.objects.delete(name)
    }
    const outside = (whole: Outside['memory']) => {
      memory = whole
    }
    const stores = ({ secrets }: Stores) => ({
      secrets: {
        ...secrets,
        activate: (...args: Parameters<typeof secrets.activate>) => secrets.activate(...args).then(deleteOld),
      },
    })
    expect(await found({ outside, stores })).toContain('I11 fr lost a superseded certificate within its day')
  })

  test('a balancer that deletes what is current as it is given another one', async () => {
    const outside = ({ fr }: Outside['memory']) => {
      const { swap } = fr
      fr.swap = async (listener, deployment, keep) => {
        for (const name of fr.objects.keys()) if (name.startsWith('newleaf')) fr.objects.delete(name)
        await swap(listener, deployment, keep)
      }
    }
    expect(await found({ outside })).toContain('I11 what is current was deleted from fr')
  })

  test('a state store that ignores that a lease is given back', async () => {
    let lease: unknown
    const stores = ({ state }: Stores) => ({
      state: {
        ...state,
        write: async (key: string, document: unknown, tag: string | undefined) => {
          const whole = document as { readonly lease?: unknown }
          lease = whole.lease ?? lease
          return state.write(key, key.startsWith('certificate/') ? { ...whole, lease } : document, tag)
        },
      },
    })
    expect(await found({ stores })).toContain('I5 a run has ended, and its lease stands')
  })

  test('secrets without compare and swap, which take the word of a run that is long dead', async () => {
    const stores = ({ secrets }: Stores) => ({
      secrets: {
        ...secrets,
        activate: async (name: string, version: string) =>
          secrets.activate(name, version, (await secrets.read(name, 'current'))?.version),
      },
    })
    const { effects } = await tell(scenarios.renewal, await openings(scenarios.renewal, place)(), [])
    const at = effects.findIndex(({ name }) => name.startsWith('secrets.activate')) + 1
    expect(await found({ fate: `belated ${at}` })).toBe('')
    expect(await found({ stores, fate: `belated ${at}` })).toContain('I10 what was superseded is current again')
  })

  test('a state store that keeps no markers', async () => {
    const stores = ({ state }: Stores) => ({
      state: {
        ...state,
        write: async (key: string, document: unknown, tag: string | undefined) =>
          key.startsWith('wake/2') ? 'kept' : state.write(key, document, tag),
      },
    })
    expect(await found({ stores })).toContain('I5 0 wake markers')
  })

  test('a probe that always sees what it is to see', async () => {
    const outside = (memory: Outside['memory']) => {
      const handshake: typeof memory.probe.handshake = async ({ address }) => {
        const balancer = [memory.fr, memory.us].find(({ addresses }) => addresses.includes(address))
        const certificate = balancer?.objects.get(balancer.bound ?? '')
        return certificate ? { result: 'presented', certificate } : { result: 'unreachable', reason: 'no answer' }
      }
      Object.assign(memory, { probe: { handshake } })
    }
    expect(await found({ outside })).toContain('I10 a certificate became current before fr was looked at')
    const text = await found({ outside, scenario: 'alert' })
    expect(text).toContain('I8 all is said to be healthy, and fr is not')
    expect(text).toContain('I8 fr is said to be verified, and is not')
    expect(text).toContain('I9 a swap broke fr, and it was left so')
    expect(text).toContain('I10 a certificate became current that fr serves wrongly')
  })

  test('a notifier that says it has told somebody, and has not', async () => {
    const outside = (memory: Outside['memory']) => Object.assign(memory.notifiers, { ops: { send: async () => {} } })
    expect(await found({ outside, scenario: 'refused' })).toContain('I9 it is not healthy, and nobody was told')
  })

  test('a state store that forgets who is not healthy', async () => {
    const stores = ({ state }: Stores) => ({
      state: {
        ...state,
        write: async (key: string, document: unknown, tag: string | undefined) =>
          key.startsWith('wake/0000-unhealthy') ? 'kept' : state.write(key, document, tag),
      },
    })
    const { effects } = await tell(scenarios.unwanted, await openings(scenarios.unwanted, place)(), [])
    const at = effects.findIndex(({ name }) => name === 'state.remove wake/…/shop') + 2
    const killed = await found({ stores, scenario: 'unwanted', fate: `${at} after` })
    expect(killed).toContain('I8 a run that has looked at nothing knows of nothing')
    expect(await found({ stores, scenario: 'unwanted' })).toContain(
      'I12 the marker of what is unhealthy does not say what the run has said',
    )
  })

  test('a balancer that hides where it breaks TLS', async () => {
    const outside = ({ fr }: Outside['memory']) => {
      const { inspect: look } = fr
      fr.inspect = async (...args) => ({ ...(await look(...args)), endpoints: [] })
    }
    expect(await found({ outside, scenario: 'alert' })).toContain('I8 it is said to be renewed, and fr does not show')
  })

  test('a balancer that never goes back', async () => {
    const outside = ({ fr }: Outside['memory']) => {
      const { swap } = fr
      const before = fr.served?.fingerprint
      fr.swap = async (listener, deployment, keep) => {
        if (deployment.certificate.fingerprint !== before) await swap(listener, deployment, keep)
      }
    }
    const text = await found({ outside, scenario: 'alert' })
    expect(text).toContain('I9 a swap broke fr, and it was left so')
    expect(text).toContain('I9 fr failed, and was not given what is current again')
  })
})
