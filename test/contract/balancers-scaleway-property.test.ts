import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { certificateName, lineageOf } from '../../lib/balancers/names.ts'
import { isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { issue } from '../support/practice-world.ts'
import { type Edit, furnished, type Stock, type Wanted } from '../support/scaleway-chaos.ts'
import type { Fate } from '../support/scaleway-in-memory.ts'

const { CI = '', NEWLEAF_PROPERTY_RUNS = /^(true|1)$/.test(CI) ? '5000' : '500', NEWLEAF_PROPERTY_SEED } = process.env
const RUNS = Number(NEWLEAF_PROPERTY_RUNS)

const SHOP = ['shop.example', '*.shop.example']
/** Of others: by whom they are called, and what they cover. */
const STRANGERS = [
  ['partner', 'partner.example'],
  ['friend', 'friend.example'],
  ['by hand', 'shop.example'],
  ['wide', '*.example', 'example'],
  ['label', 'www.shop.example'],
  ['newleaf-test-shop-eu-0123456789abcdef', 'eu.example', '*.shop.example'],
  ['newleaf-other-shop-0123456789abcdef', ...SHOP],
] as const

let stock: Stock
let shop: Deployment<Certificate>[]
let blog: Deployment<Certificate>
beforeAll(async () => {
  const authority = await createAuthority({ name: 'property' })
  const version = async (id: string, names: readonly string[]): Promise<Deployment<Certificate>> => {
    const { chainPem, privateKeyPem } = await issue(authority, 'ecdsa-p256', names)
    const certificate = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
    return { name: certificateName('test', id, certificate.fingerprint), certificate }
  }
  shop = [await version('shop', SHOP), await version('shop', SHOP), await version('shop', SHOP)]
  blog = await version('blog', ['blog.example'])
  const strangers = STRANGERS.map(async ([name, ...names]) => ({ ...(await version('x', names)), name }))
  stock = [...shop, blog, ...(await Promise.all(strangers))]
})

const OURS = 4
const LARGEST = 8
const kinds = fc.integer({ min: 0, max: OURS + STRANGERS.length - 1 })
const place = fc.nat(9)

const frontend = fc.record({
  /** Which of the objects it is given, in this order. */
  bound: fc.uniqueArray(fc.nat(LARGEST - 1), { maxLength: 6 }),
  timeout_client: fc.option(fc.constantFrom(30_000, 300_000)),
  connection_rate_limit: fc.option(fc.constantFrom(1, 100)),
  enable_access_logs: fc.boolean(),
  enable_http3: fc.boolean(),
})

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ how: fc.constant('set'), frontend: place, limit: fc.integer({ min: 1, max: 9 }), http3: fc.boolean() }),
  fc.record({ how: fc.constant('unbind'), frontend: place, place }),
  fc.record({ how: fc.constant('bind'), frontend: place, place, kind: kinds.filter((kind) => kind >= OURS) }),
  fc.record({ how: fc.constant('move'), frontend: place, place }),
  fc.record({ how: fc.constant('delete'), place }),
)

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('shop'), version: fc.nat(2), process: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('blog'), process: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('retire'), process: fc.nat(1) }) },
)

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>('well') },
  { weight: 5, arbitrary: fc.constantFrom<Fate>('refused', 'busy', 'in use', 'unreachable', 'lost', 'lost') },
)

const story = fc.record({
  objects: fc.array(kinds, { maxLength: LARGEST }),
  frontends: fc.array(frontend, { minLength: 1, maxLength: 3 }),
  /** The first so many frontends are targets of the shop; the blog goes to the last one. */
  targets: fc.integer({ min: 1, max: 3 }),
  /** What is done at the same time, one round after the other. */
  rounds: fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  fates: fc.array(fate, { maxLength: 60 }),
  edits: fc.array(fc.tuple(fc.nat(70), edit), { maxLength: 5 }),
  lags: fc.array(fc.nat(12), { maxLength: 40 }),
})

test(`F-79 whatever goes wrong, after quiet only what is ours has changed at a load balancer of Scaleway, ${RUNS} times`, async () => {
  const property = fc.asyncProperty(story, async ({ rounds, targets, ...given }) => {
    const wanted: Wanted[] = given.frontends.map((_, index) => ({
      shop: index < targets,
      blog: index === given.frontends.length - 1,
    }))
    const world = await furnished(stock, wanted, given)
    const listeners = given.frontends.map((_, index) => ({ loadBalancer: 'edge', frontend: `f${index}` }))
    const at = (name: keyof Wanted) => listeners.filter((_, index) => wanted[index]?.[name])
    const known = new Set(world.names())
    let current = shop[0] as Deployment<Certificate>
    const swapAll = (balancer: LoadBalancer, which: keyof Wanted, deployment: Deployment<Certificate>) => {
      known.add(deployment.name)
      return at(which).map((listener) => balancer.swap(listener, deployment))
    }
    const retireAll = (balancer: LoadBalancer) => {
      const old = [...known].filter((name) => lineageOf(name) === lineageOf(current.name) && name !== current.name)
      return listeners.slice(0, 1).map((listener) => balancer.deleteUnused(listener, old))
    }
    const settled = async (work: readonly Promise<unknown>[]) => {
      const results = await Promise.allSettled(work)
      return results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])) as unknown[]
    }

    const processes = [await world.open(), await world.open()]
    for (const round of rounds) {
      const newest = round.findLast((each) => each.does === 'shop')
      if (newest?.does === 'shop') current = shop[newest.version] ?? current
      const work = round.flatMap((each): Promise<unknown>[] => {
        const balancer = processes[each.process] as LoadBalancer
        if (each.does === 'shop') return swapAll(balancer, 'shop', shop[each.version] ?? current)
        return each.does === 'blog' ? swapAll(balancer, 'blog', blog) : retireAll(balancer)
      })
      for (const error of await settled(work)) if (!isFailure(error)) throw error
    }

    world.quiet()
    const balancer = await world.open()
    expect(await settled([...swapAll(balancer, 'shop', current), ...swapAll(balancer, 'blog', blog)])).toEqual([])
    expect(await settled(retireAll(balancer))).toEqual([])
    world.expectOnlyOursChanged()
    world.expectServed('shop', current)
    world.expectServed('blog', blog)
    world.expectNothingLeft(lineageOf(current.name), current.name)
    for (const [which, deployment] of [
      ['shop', current],
      ['blog', blog],
    ] as const) {
      for (const each of at(which)) expect(await balancer.inspect(each, deployment)).toMatchObject({ serves: true })
    }
  })
  const seed = NEWLEAF_PROPERTY_SEED === undefined ? {} : { seed: Number(NEWLEAF_PROPERTY_SEED) }
  await fc.assert(property, { numRuns: RUNS, ...seed, interruptAfterTimeLimit: 580_000, markInterruptAsFailure: true })
}, 600_000)
