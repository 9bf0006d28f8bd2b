/** What a plan and a dry run ask, and what they say of it. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import type { ConfiguredReference } from '../../lib/ports.ts'
import { planIn, runIn } from '../../lib/run.ts'
import type { CertificateSpec, Plan } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const request = { force: false, dryRun: false, fullScan: true }
let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})

const planned = (certificates: readonly CertificateSpec[] = [shop], change: Partial<MemoryWorld> = {}): Promise<Plan> =>
  planIn({ certificates }, request, { ...world, ...change })
const told = ({ obstacles }: Plan) =>
  obstacles.map(({ error, locations, certificates }) => [error.code, locations.join(' '), certificates.join(' ')])
const refuse = (code: FailureCode, fields = {}) => Promise.reject(new Failure(code, `${code} was answered`, { fields }))

/** As many certificates with names of their own, each at both balancers. */
const many = Array.from({ length: 50 }, (_, at): CertificateSpec => {
  return { ...shop, id: `s${at}`, names: [`s${at}.shop.example`, `*.s${at}.shop.example`] }
})

describe('a plan', () => {
  test('asks each zone, each directory and each reference once, however many certificates share them', async () => {
    const asked: string[] = []
    const count = (what: string) => async () => void asked.push(what)
    const located = world.solver.locate
    const references = [{ location: 'balancers.fr.options.token', text: 'env:FR', check: count('reference') }]
    const solver = {
      ...world.solver,
      locate: (names: readonly string[]) => {
        asked.push('locate')
        return located(names)
      },
      check: count('zone'),
    }
    const { obstacles, items } = await planned(many, {
      ...{ solver, references },
      authorities: { ca: { ...world.authority, check: count('directory') } },
    })
    expect([obstacles, items.length]).toEqual([[], 50])
    expect(asked.sort()).toEqual(['directory', 'locate', 'reference', 'zone'])
  })

  test('tells what many certificates suffer from once, with the names of all', async () => {
    world.solver.check = () => refuse('DENIED')
    world.authority.check = () => refuse('UNREACHABLE')
    world.fr.trouble = new Failure('DENIED', 'fr answered 401')
    const ids = many.map(({ id }) => id).join(' ')
    expect(told(await planned(many))).toEqual([
      ['DENIED', 'balancers.fr', ids],
      ['DENIED', 'dns.main', ids],
      ['UNREACHABLE', 'acme.authorities.ca', ids],
    ])
  })

  test('tells of a token of DNS that stands for nothing also where no zone could be found', async () => {
    const check = () => refuse('REFERENCE_UNRESOLVED')
    const references: ConfiguredReference[] = [{ location: 'dns.main.options.token', text: 'env:DNS', check }]
    const plan = async (code: FailureCode) => {
      world.solver.locate = () => refuse(code)
      return told(await planned([shop], { references }))
    }
    const unresolved = ['REFERENCE_UNRESOLVED', 'dns.main.options.token', 'shop']
    expect(await plan('DNS_LOOKUP_FAILED')).toEqual([unresolved, ['DNS_LOOKUP_FAILED', 'dns', 'shop']])
    expect(await plan('DNS_NO_ZONE')).toContainEqual(unresolved)
    // A zone that no provider has is no provider's.
    expect(await plan('DNS_NO_PROVIDER')).not.toContainEqual(unresolved)
  })

  test('tells of a store that cannot be read once, and calls no certificate absent then', async () => {
    for (const store of ['state', 'secrets'] as const) {
      const broken = { ...world[store], read: (key: string) => refuse('STORE_UNREADABLE', { key }) }
      const plan = await planned(many, { [store]: broken })
      expect(told(plan)).toEqual([['STORE_UNREADABLE', store, many.map(({ id }) => id).join(' ')]])
      expect(plan.items.every(({ observed }) => !observed)).toBe(true)
    }
  })

  test('tells of all mistakes at once, each with its place in the configuration', async () => {
    const reference = (location: string, text: string): ConfiguredReference => ({
      ...{ location, text },
      check: () => refuse('REFERENCE_UNRESOLVED', { reference: text }),
    })
    const blog: CertificateSpec = { ...shop, id: 'blog', names: ['blog.example', 'blog.test'], profile: 'nosuch' }
    world.us.trouble = new Failure('TARGET_MISSING', 'no such port')
    const plan = await planned([shop, blog], {
      references: [
        reference('dns.main.options.token', 'env:DNS'),
        reference('dns.unused.options.token', 'env:UNUSED'),
        reference('notify.ops.options.url', 'secret:ops#url'),
      ],
      authorities: {
        ca: {
          ...world.authority,
          check: async ({ profile }) => (profile === undefined ? undefined : refuse('ACME_PROFILE')),
        },
      },
      solver: { ...world.solver, check: () => refuse('REFERENCE_UNRESOLVED', { reference: 'env:DNS' }) },
    })
    expect(told(plan).sort()).toEqual([
      ['ACME_PROFILE', 'certificates.blog.profile', 'blog'],
      ['DNS_NO_ZONE', 'certificates.blog.names[1]', 'blog'],
      ['REFERENCE_UNRESOLVED', 'dns.main.options.token notify.ops.options.url', 'shop blog'],
      ['TARGET_MISSING', 'certificates.shop.deploy[1] certificates.blog.deploy[1]', 'shop blog'],
    ])
    expect(plan.obstacles.find(({ locations }) => locations[0]?.startsWith('dns'))).toMatchObject({
      reference: 'env:DNS',
    })
  })

  test('orders nothing, writes nothing, and asks of what is fresh all the same', async () => {
    await world.run()
    const before = JSON.stringify(await world.state.read('certificate/shop'))
    world.solver.check = () => refuse('DENIED')
    expect(told(await planned())).toEqual([['DENIED', 'dns.main', 'shop']])
    expect(world.authority.orders).toHaveLength(1)
    expect(JSON.stringify(await world.state.read('certificate/shop'))).toBe(before)
  })

  test('tells of what is still wrong while a try is held back', async () => {
    for (const balancer of [world.fr, world.us]) balancer.trouble = new Failure('DENIED', 'it answered 401')
    await world.run()
    const plan = await planned()
    expect(plan.items[0]?.decision).toMatchObject({ action: 'wait', reason: 'back-off' })
    expect(told(plan)).toEqual([
      ['DENIED', 'balancers.fr', 'shop'],
      ['DENIED', 'balancers.us', 'shop'],
    ])
  })

  test('asks neither DNS nor an authority for a certificate that a person brings', async () => {
    world.solver.locate = world.solver.check = world.authority.check = () => refuse('DENIED')
    const imported: CertificateSpec = { ...shop, imported: true, authorities: ['imported'] }
    expect(told(await planned([imported]))).toEqual([['CERTIFICATE_MISSING', 'certificates.shop', 'shop']])
  })

  test('tells of a load balancer without room, though the certificate is fresh', async () => {
    await world.run()
    const { inspect } = world.fr
    const quota = { held: 200, limit: 200, room: 0 }
    world.fr.inspect = async (...given) => ({ ...(await inspect(...given)), quota })
    expect(told(await planned())).toEqual([['TARGET_FULL', 'certificates.shop.deploy[0]', 'shop']])
  })

  test('names what lies at a balancer under its prefix, and is not configured there', async () => {
    await world.run()
    const { inspect } = world.fr
    const managed = [world.fr.bound ?? '', 'newleaf-test-old-0123456789abcdef', 'newleaf-test-shop-eu-0123456789abcdef']
    world.fr.inspect = async (...given) => ({ ...(await inspect(...given)), managed })
    const { unconfigured } = await planned()
    expect(unconfigured).toEqual(managed.slice(1).map((object) => ({ balancer: 'fr', object })))
  })
})

test('a dry run says what keeps it from succeeding, and is not OK then; a run that is none asks nobody for that', async () => {
  world.solver.check = () => refuse('DENIED')
  const run = (dryRun: boolean) => runIn({ certificates: [shop] }, { ...request, dryRun }, world)
  const report = await run(true)
  expect(report).toMatchObject({ ok: false, obstacles: [{ locations: ['dns.main'], certificates: ['shop'] }] })
  world.solver.check = async () => {}
  expect(await run(true)).toMatchObject({ ok: true, obstacles: [] })
  world.authority.check = () => refuse('UNREACHABLE')
  expect(await run(false)).not.toHaveProperty('obstacles')
})
