import { afterEach, describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Contents, Deployment, Listener } from '../../lib/types.ts'
import { type Address, handshake } from '../../sandbox/handshake.ts'
import { startProber } from '../../sandbox/prober.ts'
import { failure } from './failure.ts'

/** In what balancers differ, known before one is opened: a test that has no meaning for a shape is not part of its suite. */
export interface BalancerShape {
  /** `object`: a new version stands beside the old one until that is retired; `content`: it takes its place. */
  readonly replaces: 'object' | 'content'
  /** A listener may stand there without any certificate, and `bare` gives one. */
  readonly bare: boolean
  /** What `list` can know. `names`: those of our deployments, as `name` and in `covers`. */
  readonly tells: { readonly names: boolean; readonly end: boolean; readonly ours: boolean }
  /** Something terminates TLS, and `wire` says where. */
  readonly wire: boolean
}

/** One load balancer with a listener that serves `shop.example` and `*.shop.example` with a certificate that newleaf did not make. */
export interface BalancerPractice {
  readonly balancer: LoadBalancer
  readonly listener: Listener
  /** The same one, said in other ways: by id. May be empty. */
  readonly aliases: readonly Listener[]
  /** The same one, seen somewhere else: its fields that say where it answers are others. May be absent. */
  readonly seenElsewhere?: readonly Listener[]
  /** Listeners that are not there, one for each way of saying so. */
  readonly nowhere: readonly Listener[]
  /** Names, as `list` shows them, of what stands there and is not ours; empty where the only one is replaced. */
  readonly foreign: readonly string[]
  /** Names, as `list` shows them, of what is ours; absent where they are those of our deployments. */
  readonly ours?: readonly string[]
  /** A listener without any certificate on the same balancer; only for shapes that have such. */
  bare?(): Promise<Listener>
  /**
   * A new version of a certificate, valid, with a key that the balancer takes, from an authority that `wire` trusts; `shop` for
   * the names of the listener if nothing else is said. Versions of one test MUST be of one algorithm and size.
   */
  version(id?: string, names?: readonly string[]): Promise<Deployment<Certificate>>
  /** The same with a key that it does not take; absent where it takes all that newleaf makes. */
  unfit?(): Promise<Deployment<Certificate>>
  /** Everything that must stay as it is: all settings, and foreign certificates with their order. Compared as JSON. */
  untouched(): Promise<unknown>
  /** The names of our objects there, the oldest first; empty where nothing stands there by name. */
  objects(): Promise<string[]>
  /** How many requests that change something were sent so far. */
  changes(): number
  /** Where clients connect, and the PEM of the root that they trust. */
  readonly wire?: { readonly endpoints: readonly Address[]; readonly root: string }
  /** The next request that changes something is done, and its answer is lost. */
  loseAnswer(): void
  /** Nothing can be changed until the returned function is called: the API fails or cannot be reached. */
  outage(): () => void
  /** The driver again, each time opened by somebody who may not do this; empty where there is no such thing. */
  denied(): Promise<LoadBalancer[]>
  /** Uses an object of ours elsewhere until the returned function is called; only where `replaces` is `object`. */
  hold?(name: string): () => void
  /** All that the driver has logged, as text. */
  logged(): string
  close(): Promise<void>
}

export const NAMES = ['shop.example', '*.shop.example'] as const

/** What every load balancer keeps, whoever is behind it. */
export function balancerContract(name: string, shape: BalancerShape, open: () => Promise<BalancerPractice>): void {
  const running: BalancerPractice[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map((practice) => practice.close()))
  })
  const opened = async () => {
    const practice = await open()
    running.push(practice)
    return practice
  }

  /** By the word of the API, and on the wire at every address and for every name. */
  async function expectServed({ balancer, listener, wire }: BalancerPractice, deployment: Deployment, at = listener) {
    expect(await balancer.inspect(at, deployment)).toMatchObject({ serves: true })
    for (const endpoint of at === listener ? (wire?.endpoints ?? []) : []) {
      for (const serverName of ['shop.example', 'www.shop.example']) {
        const { leaf } = await handshake(endpoint, serverName)
        expect(leaf.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(deployment.certificate.fingerprint)
      }
    }
  }

  /** Nothing at all was changed by the work. */
  async function expectNoChange(practice: BalancerPractice, work: () => Promise<unknown>) {
    const state = async () => JSON.stringify([practice.changes(), await practice.objects(), await practice.untouched()])
    const before = await state()
    await work()
    expect(await state()).toBe(before)
  }

  describe(`a load balancer: ${name}`, () => {
    test('looking says whether the listener serves a deployment and where it can be reached, and changes nothing', async () => {
      const practice = await opened()
      const { balancer, listener, version, wire } = practice
      const [one, other] = [await version(), await version()]
      const { instead: _found, ...before } = await balancer.inspect(listener, one)
      expect(before.serves).toBe(false)
      if (wire) expect(before.endpoints).toEqual(wire.endpoints)
      await balancer.swap(listener, one)
      await expectNoChange(practice, async () => {
        const now = await balancer.inspect(listener, one)
        const { quota, managed } = now
        expect(now).toEqual({ ...before, serves: true, ...(quota && { quota }), ...(managed && { managed }) })
        const { instead = [{ name: one.name }], ...seen } = await balancer.inspect(listener, other)
        expect(seen).toEqual({ ...now, serves: false })
        expect(instead).toEqual([expect.objectContaining({ name: one.name })])
        expect(await balancer.inspect(listener, undefined)).toEqual({ ...now, serves: false })
      })
    })

    test('where its number of certificates is limited, looking tells how many more it takes, and those of ours by name', async () => {
      const { balancer, listener, version } = await opened()
      const one = await version()
      const before = await balancer.inspect(listener, undefined)
      await balancer.swap(listener, one)
      const { quota, managed } = await balancer.inspect(listener, undefined)
      if (before.managed) expect(managed).toEqual([...before.managed, one.name])
      if (before.quota === undefined) return expect(quota).toBeUndefined()
      const { held, limit, room } = before.quota
      expect(quota).toEqual({ held: held + 1, limit, room: room - 1 })
    })

    test('a swap is done when it is served, and a swap back when the old one is', async () => {
      const practice = await opened()
      const [one, other] = [await practice.version(), await practice.version()]
      for (const each of [one, other, one]) {
        await practice.balancer.swap(practice.listener, each)
        await expectServed(practice, each)
      }
    })

    test('the same swap again changes nothing and makes no second object', async () => {
      const practice = await opened()
      const { balancer, listener, aliases, version } = practice
      const one = await version()
      await balancer.swap(listener, one)
      await expectNoChange(practice, async () => {
        for (const each of [listener, ...aliases]) await balancer.swap(each, one)
      })
    })

    test('a listener is the same however it is said', async () => {
      const { balancer, listener, aliases } = await opened()
      const seen = await balancer.inspect(listener, undefined)
      expect(seen.resource).toMatch(/^\w+:./)
      for (const each of aliases) expect(await balancer.inspect(each, undefined)).toEqual(seen)
    })

    test('a listener is the same resource wherever it is seen', async () => {
      const { balancer, listener, aliases, seenElsewhere = [] } = await opened()
      const { resource } = await balancer.inspect(listener, undefined)
      for (const each of [...aliases, ...seenElsewhere]) {
        expect(await balancer.inspect(each, undefined)).toMatchObject({ resource })
      }
    })

    test('F-7C what is taken off again leaves a certificate that is served, and nothing foreign is touched; who cannot says so', async () => {
      const practice = await opened()
      const { balancer, listener, version, untouched } = practice
      const before = JSON.stringify(await untouched())
      const [one, other] = [await version(), await version()]
      for (const each of [one, other]) await balancer.swap(listener, each)
      const isOff = await balancer.detach(listener, other.name)
      expect(await balancer.inspect(listener, other)).toMatchObject({ serves: !isOff })
      await expectServed(practice, isOff ? one : other)
      expect(JSON.stringify(await untouched())).toBe(before)
    })

    test('F-79 all other settings and every foreign certificate stay as they are, in their order', async () => {
      const practice = await opened()
      const { balancer, listener, version, untouched, foreign } = practice
      const before = JSON.stringify(await untouched())
      const [one, other] = [await version(), await version()]
      for (const each of [one, other]) await balancer.swap(listener, each)
      await balancer.deleteUnused(listener, [one.name, ...foreign])
      expect(JSON.stringify(await untouched())).toBe(before)
    })

    test('F-74 a change whose answer is lost is found done, and leaves no second object', async () => {
      const practice = await opened()
      const { balancer, listener, version, loseAnswer, objects } = practice
      const one = await version()
      loseAnswer()
      await balancer.swap(listener, one).catch((error: unknown) => expect(isFailure(error, 'UNREACHABLE')).toBe(true))
      await balancer.swap(listener, one)
      await expectServed(practice, one)
      expect((await objects()).length).toBeLessThanOrEqual(1)
    })

    test('F-71 a listener that is not there is missing', async () => {
      const practice = await opened()
      const { balancer, nowhere, version } = practice
      const one = await version()
      await expectNoChange(practice, async () => {
        for (const at of nowhere) {
          const calls = [
            () => balancer.inspect(at, undefined),
            () => balancer.swap(at, one),
            () => balancer.attachFirst(at, one),
          ]
          for (const call of calls) {
            expect(await failure(call()), JSON.stringify(at)).toMatchObject({ code: 'TARGET_MISSING' })
          }
        }
      })
    })

    test('F-70 denied is not missing, whatever is asked for', async () => {
      const { denied, listener, version } = await opened()
      const one = await version()
      for (const balancer of await denied()) {
        const calls: (() => Promise<unknown>)[] = [
          () => balancer.inspect(listener, one),
          () => balancer.swap(listener, one),
          () => balancer.attachFirst(listener, one),
          () => balancer.list(listener),
          ...(shape.replaces === 'object' ? [() => balancer.deleteUnused(listener, [one.name])] : []),
        ]
        for (const call of calls) expect(await failure(call())).toMatchObject({ code: 'DENIED', retry: 'never' })
      }
    })

    test('an outage leaves what is served, fails so that it is tried again, and shows no secret', async () => {
      const practice = await opened()
      const { balancer, listener, version, outage, logged } = practice
      const [one, other] = [await version(), await version()]
      await balancer.swap(listener, one)
      const end = outage()
      const failed = await failure(balancer.swap(listener, other))
      expect(failed?.code).toMatch(/^(UNAVAILABLE|UNREACHABLE)$/)
      end()
      await expectServed(practice, one)
      const text = `${failed?.stack} ${JSON.stringify(failed)} ${logged()}`
      const key = other.certificate.privateKeyPem.reveal().split('\n').slice(1, -2)
      expect([...key, 'canary-token-', 'BEGIN'].filter((secret) => text.includes(secret))).toEqual([])
      await balancer.swap(listener, other)
      await expectServed(practice, other)
    })

    test('securing a listener that has a certificate is refused and changes nothing', async () => {
      const practice = await opened()
      const { balancer, listener, version } = practice
      const one = await version()
      await expectNoChange(practice, async () => {
        expect(await failure(balancer.attachFirst(listener, one))).toMatchObject({ code: 'TARGET_REFUSED' })
      })
    })

    test('listing changes nothing, and tells what is served where', async () => {
      const practice = await opened()
      const { balancer, listener, version, foreign } = practice
      const [one, other] = [await version(), await version()]
      for (const each of [one, other]) await balancer.swap(listener, each)
      let held: Contents['certificates'] = []
      await expectNoChange(practice, async () => {
        held = (await balancer.list(listener)).certificates
      })
      const bound = held.filter((each) => each.bound.length > 0)
      expect(bound.length).toBeGreaterThan(0)
      expect(held.every(({ loadBalancer, name: held }) => loadBalancer !== '' && held !== '')).toBe(true)
      const { certificate } = other
      if (shape.tells.end) expect(bound.map(({ notAfter }) => notAfter)).toContainEqual(certificate.notAfter)
      else expect(held.every(({ notAfter }) => notAfter === undefined)).toBe(true)
      if (shape.tells.names) {
        const now = held.find(({ name: each }) => each === other.name)
        expect(now?.covers).toEqual(certificate.names)
        expect(now?.bound.map(({ effectiveFor }) => effectiveFor)).toEqual([certificate.names])
      }
      if (shape.tells.ours) {
        const ours = held.filter((each) => each.managed).map(({ name: each }) => each)
        const deployed = shape.replaces === 'object' ? [one.name, other.name] : [other.name]
        expect(ours.sort()).toEqual([...(practice.ours ?? deployed)].sort())
      } else expect(held.every(({ managed }) => managed === undefined)).toBe(true)
      for (const each of foreign) expect(held.find(({ name: known }) => known === each)?.managed).toBe(false)
    })

    test('what is bound is not deleted by its id, and where nothing has an id nothing can be', async () => {
      const practice = await opened()
      const { balancer, listener, version } = practice
      await balancer.swap(listener, await version())
      const { certificates: held } = await balancer.list(listener)
      expect(new Set(held.map(({ id }) => id ?? 'none')).size).toBe(held[0]?.id === undefined ? 1 : held.length)
      await expectNoChange(practice, async () => {
        for (const { id, name, bound } of held) {
          if (id === undefined)
            expect(await failure(balancer.deleteById(listener, name))).toMatchObject({ code: 'TARGET_REFUSED' })
          else if (bound.length > 0) expect(await balancer.deleteById(listener, id)).toBe(false)
        }
      })
    })

    test('names of which nothing is there are gone', async () => {
      const { balancer, listener, version } = await opened()
      const { name: never } = await version()
      expect(await balancer.deleteUnused(listener, [never])).toEqual([never])
    })

    test('a key that the balancer does not take is refused before anything is changed', async () => {
      const practice = await opened()
      const unfit = await practice.unfit?.()
      if (unfit === undefined) return expect((await practice.version()).certificate.keyAlgorithm).not.toBe('other')
      await expectNoChange(practice, async () => {
        const { balancer, listener } = practice
        for (const call of [() => balancer.swap(listener, unfit), () => balancer.attachFirst(listener, unfit)]) {
          expect(await failure(call())).toMatchObject({
            code: 'TARGET_REFUSED',
            retry: 'never',
          })
        }
      })
    })
  })

  if (shape.wire) onTheWire(name, opened)
  if (shape.bare) bareListeners(name, opened)
  if (shape.replaces === 'object') objectsOf(name, opened)
}

type Opened = () => Promise<BalancerPractice>

const onTheWire = (name: string, opened: Opened) =>
  describe(`on the wire of ${name}`, () => {
    test('of fifty handshakes a second during swaps none fails or sees anything but a valid certificate', async () => {
      const { balancer, listener, version, wire } = await opened()
      if (wire === undefined) throw new Error('this shape has a wire')
      const versions = [await version(), await version(), await version()]
      // At each address and for each name, and faster than it must be: a machine with much to do must not make it too slow.
      const rate = 60 * wire.endpoints.length * NAMES.length
      const prober = startProber({ sites: [{ endpoints: wire.endpoints, names: NAMES }], root: wire.root, rate })
      const begun = performance.now()
      for (let swaps = 0; swaps < 6 || performance.now() - begun < 1_000; swaps++) {
        const next = versions[swaps % versions.length]
        if (next) await balancer.swap(listener, next)
        // However fast the driver is, clients get their turn.
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      const { made, failures } = await prober.stop()
      expect(failures).toEqual({})
      // Not by the second: where the processor is shared with many, seconds are longer for both sides.
      expect(made).toBeGreaterThan(50)
    })
  })

const bareListeners = (name: string, opened: Opened) =>
  describe(`a listener of ${name} without a certificate`, () => {
    async function withBare() {
      const practice = await opened()
      const bare = await practice.bare?.()
      if (bare === undefined) throw new Error('this shape has listeners without a certificate')
      return { ...practice, bare }
    }

    test('is given its first one, which is then served, and no second one', async () => {
      const { balancer, bare, version, changes } = await withBare()
      const [one, other] = [await version(), await version()]
      await balancer.attachFirst(bare, one)
      expect(await balancer.inspect(bare, one)).toMatchObject({ serves: true })
      const before = changes()
      expect(await failure(balancer.attachFirst(bare, other))).toMatchObject({ code: 'TARGET_REFUSED' })
      expect(changes()).toBe(before)
      expect(await balancer.inspect(bare, one)).toMatchObject({ serves: true })
    })

    test('is then swapped like any other', async () => {
      const { balancer, bare, version } = await withBare()
      const [one, other] = [await version(), await version()]
      await balancer.attachFirst(bare, one)
      await balancer.swap(bare, other)
      expect(await balancer.inspect(bare, other)).toMatchObject({ serves: true })
    })

    test('is another resource than the other listeners', async () => {
      const { balancer, bare, listener, version } = await withBare()
      await balancer.attachFirst(bare, await version())
      const [one, other] = [await balancer.inspect(listener, undefined), await balancer.inspect(bare, undefined)]
      expect(other.resource).not.toBe(one.resource)
    })

    test('leaves the other listeners as they are', async () => {
      const { balancer, bare, listener, version } = await withBare()
      const [one, other] = [await version(), await version()]
      await balancer.swap(listener, one)
      await balancer.attachFirst(bare, other)
      expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
    })
  })

const objectsOf = (name: string, opened: Opened) =>
  describe(`superseded certificates at ${name}`, () => {
    async function superseded() {
      const practice = await opened()
      const { balancer, listener, version } = practice
      const [old, current] = [await version(), await version()]
      for (const each of [old, current]) await balancer.swap(listener, each)
      return { ...practice, old, current }
    }

    test('stay until they are retired', async () => {
      const { balancer, listener, objects, old, current } = await superseded()
      expect(await objects()).toEqual([old.name, current.name])
      expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
      expect(await objects()).toEqual([current.name])
      expect(await balancer.inspect(listener, current)).toMatchObject({ serves: true })
    })

    test('are deleted only if they are named, ours, of this environment, and bound nowhere', async () => {
      const { balancer, listener, foreign, untouched, objects, old, current, version } = await superseded()
      const before = JSON.stringify(await untouched())
      const elsewhere = (await version()).name.replace(/^newleaf-[^-]+-/, 'newleaf-elsewhere-')
      const names = [old.name, current.name, ...foreign, elsewhere]
      expect(await balancer.deleteUnused(listener, names)).toEqual([old.name])
      expect(await objects()).toEqual([current.name])
      expect(JSON.stringify(await untouched())).toBe(before)
    })

    test('go by their id as well, one alone, and are gone the second time', async () => {
      const { balancer, listener, objects, untouched, old, current } = await superseded()
      const before = JSON.stringify(await untouched())
      const id = (await balancer.list(listener)).certificates.find(({ name: each }) => each === old.name)?.id ?? ''
      for (const _ of [1, 2]) expect(await balancer.deleteById(listener, id)).toBe(true)
      expect(await objects()).toEqual([current.name])
      expect(JSON.stringify(await untouched())).toBe(before)
    })

    test('F-77 in use is no error: they are left for later', async () => {
      const { balancer, listener, objects, old, current, hold } = await superseded()
      if (hold === undefined) throw new Error('this shape has objects')
      const release = hold(old.name)
      expect(await balancer.deleteUnused(listener, [old.name])).toEqual([])
      expect(await objects()).toEqual([old.name, current.name])
      release()
      expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
    })

    test('that were retired are gone when they are retired again', async () => {
      const { balancer, listener, old } = await superseded()
      await balancer.deleteUnused(listener, [old.name])
      expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
    })
  })
