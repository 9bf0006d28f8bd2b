import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { forAnyListener, openBalancer } from '../../lib/balancers/open.ts'
import { registry } from '../../lib/balancers/registry.ts'
import type { BalancerDriver, Registry } from '../../lib/platform/driver.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Listener } from '../../lib/types.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { failure } from '../support/failure.ts'

const drivers: Registry<BalancerDriver> = registry

/** As somebody may write them, and as they then are. */
const listeners: readonly (readonly [driver: keyof typeof registry, written: Listener, listener: Listener])[] = [
  [
    'haproxy',
    { certificate: 'shop.pem', addresses: '192.0.2.1' },
    { certificate: 'shop.pem', addresses: ['192.0.2.1'], port: 443 },
  ],
  [
    'haproxy',
    { certificate: 'shop.pem', addresses: ['192.0.2.1', '2001:db8::1'], port: 8443 },
    { certificate: 'shop.pem', addresses: ['192.0.2.1', '2001:db8::1'], port: 8443 },
  ],
  ['aws-acm', { certificate: 'shop', hosts: 'edge.example' }, { certificate: 'shop', hosts: ['edge.example'] }],
  ['aws-acm', { certificate: 'shop', port: 8443 }, { certificate: 'shop', port: 8443 }],
  ['linode', { nodeBalancer: 'apps', port: 443 }, { nodeBalancer: 'apps', port: 443 }],
  ['linode', { nodeBalancer: 7, port: 443 }, { nodeBalancer: 7, port: 443 }],
  ['scaleway', { loadBalancer: 'edge', frontend: 'https' }, { loadBalancer: 'edge', frontend: 'https' }],
]

test.each(listeners)(
  'a listener of %s written as %j is the same once it is read, and read again',
  async (name, written, listener) => {
    const { driver } = (await drivers[name]?.()) ?? {}
    if (driver === undefined) throw new Error(`no driver ${name}`)
    expect(v.parse(driver.listener, written)).toEqual(listener)
    expect(v.parse(driver.listener, JSON.parse(JSON.stringify(listener)))).toEqual(listener)
  },
)

test('every driver is among those whose listeners are read here', () => {
  expect(new Set(listeners.map(([name]) => name))).toEqual(new Set(Object.keys(registry)))
})

describe('a balancer in front of listeners from outside', () => {
  const { context } = contextOver(
    answering(() => ({ status: 500 })),
    'canary-token-balancers',
  )

  /** Says which listeners it was asked about. */
  function asked() {
    const seen: unknown[] = []
    const answer =
      <T>(value: T) =>
      async (listener: unknown): Promise<T> => {
        seen.push(listener)
        return value
      }
    const balancer: LoadBalancer<{ readonly port: number }> = {
      inspect: answer({ serves: false, endpoints: [] }),
      swap: answer(undefined),
      deleteUnused: answer([]),
      deleteById: answer(true),
      attachFirst: answer(undefined),
      detach: answer(false),
      list: answer({ certificates: [] }),
    }
    const schema = v.strictObject({ port: v.optional(v.number(), 443) })
    return { seen, balancer: forAnyListener(schema, balancer) }
  }
  const deployment = { name: 'newleaf-test-shop-0', certificate: {} } as never
  const calls = (balancer: LoadBalancer, at: Listener): (() => Promise<unknown>)[] => [
    () => balancer.inspect(at, undefined),
    () => balancer.swap(at, deployment),
    () => balancer.deleteUnused(at, ['one']),
    () => balancer.deleteById(at, 'one'),
    () => balancer.attachFirst(at, deployment),
    () => balancer.detach(at, 'one'),
    () => balancer.list(at),
  ]

  test('gives its driver only what the schema of the driver makes of them', async () => {
    const { seen, balancer } = asked()
    for (const call of calls(balancer, {})) await call()
    expect(seen).toEqual(Array.from({ length: 7 }, () => ({ port: 443 })))
  })

  test('has no listener that was remembered while another driver had its name', async () => {
    const { seen, balancer } = asked()
    const remembered = { loadBalancer: 'edge', frontend: 'https' }
    for (const call of calls(balancer, remembered)) {
      const failed = await failure(call())
      expect(failed).toMatchObject({ code: 'TARGET_MISSING' })
      expect(failed?.message).toContain('loadBalancer, frontend')
    }
    expect(seen).toEqual([])
  })

  test('is opened with its own driver', async () => {
    const haproxy = { use: 'haproxy', options: { socket: '/nowhere/haproxy.sock', folder: '/etc/haproxy' } }
    const balancer = await openBalancer(haproxy, context)
    expect(await failure(balancer.inspect({ nodeBalancer: 'apps', port: 443 }, undefined))).toMatchObject({
      code: 'TARGET_MISSING',
    })
    const shop = { certificate: 'shop.pem', addresses: '192.0.2.1' }
    expect(await failure(balancer.inspect(shop, undefined))).toMatchObject({ code: 'UNREACHABLE' })
    expect(await failure(openBalancer({ use: 'nobody', options: {} }, context))).toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})
