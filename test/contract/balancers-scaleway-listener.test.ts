import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { driver } from '../../lib/balancers/drivers/scaleway/driver.ts'
import { addBackend, addLb, newFrontend } from '../../sandbox/scaleway/objects.ts'
import { failure } from '../support/failure.ts'
import { answers, first, openedScaleway } from '../support/practice-scaleway.ts'

describe('the state of a load balancer', () => {
  const state = (status: string, instance = status) =>
    answers('GET', /\/lbs\/[^/]+$/, (body) => ({ ...body, status, instances: [{ status: instance }] }))

  test.each([
    ['migrating', 'ready'],
    ['ready', 'pending'],
    ['a-state-of-tomorrow', 'ready'],
  ])('%s with an instance that is %s is waited for, two minutes at most', async (status, instance) => {
    const { practice, balancer, listener, version, requests } = await openedScaleway()
    practice.tap = state(status, instance)
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_BUSY' })
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
    expect(requests.length).toBeLessThan(75)
  })

  test.each([
    ['error', 'ready'],
    ['ready', 'error'],
    ['locked', 'ready'],
  ])('%s with an instance that is %s is a failure at once', async (status, instance) => {
    const { practice, balancer, listener, version, requests } = await openedScaleway()
    practice.tap = state(status, instance)
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('a run that has no time to wait stops before it', async () => {
    const { practice, balancer, listener, version } = await openedScaleway()
    practice.tap = state('ready', 'pending')
    practice.timeLeft = 200
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'OUT_OF_TIME' })
  })

  test('a swap is done when every instance has taken in the change', async () => {
    const { practice, balancer, listener, version } = await openedScaleway()
    const pending = state('ready', 'pending')
    let asked = 0
    practice.tap = (request, send) => {
      if (request.method === 'PUT') asked = 1
      const isState = asked > 0 && /\/lbs\/[^/]+$/.test(new URL(request.url).pathname)
      return isState && asked++ < 4 ? pending(request, send) : send()
    }
    await balancer.swap(listener, await version())
    expect(asked).toBeGreaterThan(4)
  })

  test('a stopped one can be given a certificate', async () => {
    const { practice, balancer, listener, version, bound } = await openedScaleway()
    practice.tap = state('stopped')
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toContain(one.name)
  })
})

describe('finding a frontend', () => {
  test('two load balancers of one name are refused, and the message names both ids', async () => {
    const { balancer, listener, state, lb } = await openedScaleway()
    const twin = addLb(state, { name: lb.name }, ['127.0.0.1'])
    expect(await failure(balancer.inspect(listener, undefined))).toMatchObject({
      code: 'TARGET_REFUSED',
      fields: { ids: [lb.id, twin.id] },
    })
  })

  test('it is found on whatever page it stands', async () => {
    const { balancer, listener, state, lb, frontend, version } = await openedScaleway()
    for (let index = 0; index < 45; index++) {
      state.lbs.unshift({ ...lb, id: crypto.randomUUID(), name: `${lb.name}-${index}` })
      const port = 10_000 + index
      state.frontends.unshift({
        ...frontend,
        id: crypto.randomUUID(),
        name: `https-${index}`,
        inbound_port: port,
        certificate_ids: [],
      })
    }
    const one = await version()
    await balancer.swap(listener, one)
    expect(await balancer.inspect(listener, one)).toMatchObject({
      serves: true,
      endpoints: [{ port: frontend.inbound_port }],
    })
  })

  test('a frontend that the Kubernetes controller made on a lent load balancer is refused', async () => {
    const { balancer, lb, frontend } = await openedScaleway()
    frontend.name = '0a1b2c3d-1111-4222-8333-444455556666_tcp_443'
    const looking = balancer.inspect({ loadBalancer: lb.name, frontend: frontend.name }, undefined)
    expect(await failure(looking)).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('so is a load balancer with the description of one that it made', async () => {
    const { balancer, listener, lb } = await openedScaleway()
    lb.description = 'kubernetes service ingress'
    expect(await failure(balancer.inspect(listener, undefined))).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('port 80 is refused before anything is imported', async () => {
    const { balancer, listener, version, frontend, requests } = await openedScaleway()
    frontend.inbound_port = 80
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
  })
})

describe('what is not there', () => {
  test('is answered by what is, and by what was most likely meant', async () => {
    const { balancer, listener, lb, frontend } = await openedScaleway()
    const message = async (at: Readonly<Record<string, string | number>>) =>
      (await failure(balancer.inspect({ ...listener, ...at }, undefined)))?.message
    expect(await message({ loadBalancer: `${lb.name}x` })).toMatch(
      new RegExp(`^Scaleway has no load balancer "${lb.name}x" in this zone; there are: .*did you mean ${lb.name}\\?$`),
    )
    expect(await message({ loadBalancer: '00000000-0000-4000-8000-000000000000' })).toContain('; there are: ')
    expect(await message({ frontend: `${frontend.name}x` })).toContain(`did you mean ${frontend.name}?`)
    expect(await message({ frontend: '00000000-0000-4000-8000-000000000000' })).toContain('; there are: ')
  })
})

describe('the zone of a load balancer', () => {
  test('is the one that the target names, else the one of the options', async () => {
    const { balancer, state, requests } = await openedScaleway()
    const far = addLb(state, { name: 'far', zone: 'pl-waw-3' }, ['192.0.2.7'])
    const fields = { name: 'https', inbound_port: 443, backend: addBackend(state, far, 'servers').id }
    const rest = { timeout_client: null, connection_rate_limit: null, enable_access_logs: false, enable_http3: false }
    state.frontends.push(newFrontend(far, { ...fields, ...rest, certificate_ids: [] }))
    const at = { loadBalancer: 'far', frontend: 'https' }
    expect(await failure(balancer.inspect(at, undefined))).toMatchObject({ code: 'TARGET_MISSING' })
    const before = requests.length
    expect(await balancer.inspect({ ...at, zone: 'pl-waw-3' }, undefined)).toMatchObject({
      endpoints: [{ address: '192.0.2.7', port: 443 }],
    })
    expect(requests.slice(before).every(({ url }) => url.includes('/lb/v1/zones/pl-waw-3/'))).toBe(true)
  })

  test('stands in the configuration under the names of the vendor only', () => {
    const at = (zone: string) => v.safeParse(driver.listener, { loadBalancer: 'edge', frontend: 'https', zone }).success
    expect(
      ['fr-par-1', 'fr-par-2', 'nl-ams-1', 'nl-ams-2', 'nl-ams-3', 'pl-waw-1', 'pl-waw-2', 'pl-waw-3'].filter(at),
    ).toHaveLength(8)
    expect(['fr-par', 'fr-par-3', 'FR-PAR-1', ''].filter(at)).toEqual([])
  })
})

test('F-7D a private load balancer has no address that is known', async () => {
  const { practice, balancer, listener, version } = await openedScaleway()
  practice.tap = answers('GET', /\/lbs$/, (body) => ({
    ...body,
    lbs: (body.lbs as object[]).map((lb) => ({ ...lb, ip: [] })),
  }))
  const one = await version()
  await balancer.swap(listener, one)
  expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true, endpoints: [] })
})

describe('a first certificate', () => {
  test('is refused on port 80, before anything is imported', async () => {
    const { balancer, bare, version, state, changes } = await openedScaleway()
    const at = await bare()
    Object.assign(state.frontends.at(-1) ?? {}, { inbound_port: 80 })
    expect(await failure(balancer.attachFirst(at, await version()))).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(changes()).toBe(0)
  })

  test('gives way to one that somebody bound at the same time', async () => {
    const { practice, balancer, bare, version, state, requests } = await openedScaleway()
    const at = await bare()
    const frontend = state.frontends.at(-1)
    const theirs = first(state.certificates).id
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'POST') frontend?.certificate_ids.push(theirs)
      return answer
    }
    expect(await failure(balancer.attachFirst(at, await version()))).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(frontend?.certificate_ids).toEqual([theirs])
    expect(requests.some(({ method }) => method === 'PUT')).toBe(false)
  })
})
