import { describe, expect, test, vi } from 'vitest'
import {
  deferredDnsProvider,
  deferredHttp,
  deferredLoadBalancer,
  deferredNotifier,
  deferredSecretStore,
  deferredStateStore,
} from '../../lib/deferred.ts'
import { Failure } from '../../lib/errors.ts'
import type { Http } from '../../lib/platform/http.ts'
import { failure as failureOf } from '../support/failure.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'

/** How many arguments each method of a port takes. */
type Methods<Port> = {
  readonly [Name in keyof Port as NonNullable<Port[Name]> extends (...args: never) => unknown ? Name : never]-?: number
}

/** Whatever is called answers with its name and what it was given. */
const echo = <Port extends object>(): Port =>
  new Proxy({} as Port, {
    get: (_, name) => (name === 'then' ? undefined : async (...args: readonly unknown[]) => [name, ...args]),
  })

const port = <Port extends object>(
  title: string,
  deferred: (open: () => Promise<Port>) => Port,
  methods: Methods<Port>,
): [string, ReadonlyMap<string, unknown>, Record<string, number>] => [
  title,
  new Map(Object.entries(deferred(async () => echo<Port>()))),
  methods as Record<string, number>,
]

const ports = [
  port('a DNS provider', deferredDnsProvider, { check: 1, capacity: 1, addTxt: 1, removeTxt: 1, expiresAt: 0 }),
  port('a secrets store', deferredSecretStore, {
    ...{ read: 2, stage: 2, activate: 3, remove: 1, tidy: 0, rewrap: 0, expiresAt: 0 },
  }),
  port('a state store', deferredStateStore, { read: 1, write: 3, remove: 1, list: 2 }),
  port('a load balancer', deferredLoadBalancer, {
    expiresAt: 0,
    inspect: 3,
    swap: 3,
    deleteUnused: 2,
    deleteById: 2,
    attachFirst: 3,
    detach: 2,
    list: 1,
  }),
  port('a notifier', deferredNotifier, { send: 1 }),
]

describe('a port that is opened when it is needed', () => {
  test.each(ports)(
    '%s hands on all that it is given, and answers with what it is told',
    async (_, deferred, methods) => {
      for (const [name, count] of Object.entries(methods)) {
        const given = Array.from({ length: count }, (_each, at) => ({ argument: at }))
        const method = deferred.get(name) as (...args: readonly unknown[]) => Promise<unknown>
        expect(await method(...given)).toEqual([name, ...given])
      }
    },
  )

  test('is opened at its first call, and once for calls at the same time', async () => {
    const open = vi.fn(async () => createMemorySecrets())
    const secrets = deferredSecretStore(open)
    expect(open).not.toHaveBeenCalled()
    await Promise.all([secrets.read('one', 'current'), secrets.read('other', 'current')])
    expect(open).toHaveBeenCalledTimes(1)
  })

  test('is opened again after it could not be', async () => {
    let tries = 0
    const secrets = deferredSecretStore(async () => {
      if (++tries === 1) throw new Failure('UNREACHABLE', 'not now')
      return createMemorySecrets()
    })
    expect((await failureOf(secrets.read('one', 'current')))?.code).toBe('UNREACHABLE')
    expect(await secrets.read('one', 'current')).toBeUndefined()
  })

  test('can be given back by an asynchronous function, for it is not taken for a promise', async () => {
    const secrets = deferredSecretStore(async () => createMemorySecrets())
    expect(await Promise.resolve(secrets)).toBe(secrets)
  })
})

describe('connections that are opened when they are needed', () => {
  const request = { method: 'GET', url: 'https://api.example/' }
  const connections = () => {
    const answer = { status: 200, headers: {}, body: '', receivedAt: new Date() }
    return { send: vi.fn(async () => answer), close: vi.fn(async () => {}) } satisfies Http
  }

  test('are closed with the run', async () => {
    const made = connections()
    const http = deferredHttp(async () => made)
    expect((await http.send(request)).status).toBe(200)
    await http.close()
    expect(made.close).toHaveBeenCalledTimes(1)
  })

  test('are not opened to be closed', async () => {
    const open = vi.fn(async () => connections())
    await deferredHttp(open).close()
    expect(open).not.toHaveBeenCalled()
  })

  test('that could not be opened need no closing', async () => {
    const http = deferredHttp(() => Promise.reject(new Failure('CONFIG_INVALID', 'no such file')))
    expect((await failureOf(http.send(request)))?.code).toBe('CONFIG_INVALID')
    await http.close()
  })
})
