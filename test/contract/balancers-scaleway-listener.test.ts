import { describe, expect, test } from 'vitest'
import { addLb } from '../../sandbox/scaleway/objects.ts'
import { failure } from '../support/practice-balancers.ts'
import { answers, openedScaleway } from '../support/practice-scaleway.ts'

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
    expect(requests.length).toBeLessThan(70)
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
    expect(await failure(balancer.look(listener, undefined))).toMatchObject({
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
    expect(await balancer.look(listener, one)).toMatchObject({
      serves: true,
      endpoints: [{ port: frontend.inbound_port }],
    })
  })

  test('a frontend that the Kubernetes controller made on a lent load balancer is refused', async () => {
    const { balancer, lb, frontend } = await openedScaleway()
    frontend.name = '0a1b2c3d-1111-4222-8333-444455556666_tcp_443'
    const looking = balancer.look({ loadBalancer: lb.name, frontend: frontend.name }, undefined)
    expect(await failure(looking)).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('so is a load balancer with the description of one that it made', async () => {
    const { balancer, listener, lb } = await openedScaleway()
    lb.description = 'kubernetes service ingress'
    expect(await failure(balancer.look(listener, undefined))).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('port 80 is refused before anything is imported', async () => {
    const { balancer, listener, version, frontend, requests } = await openedScaleway()
    frontend.inbound_port = 80
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
  })
})
