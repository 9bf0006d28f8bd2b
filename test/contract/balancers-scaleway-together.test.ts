/** Swaps that wait for one load balancer go up together. */
import { expect, test } from 'vitest'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { newFrontend } from '../../sandbox/scaleway/objects.ts'
import { openedScaleway } from '../support/practice-scaleway.ts'

const SITES = Array.from({ length: 20 }, (_, index) => `site${index}`)

/** Twenty certificates of one frontend, and what was sent to bring them there. */
async function twenty() {
  const world = await openedScaleway()
  const { balancer, listener, version, requests } = world
  const deployments = await Promise.all(SITES.map((site) => version(site, [`${site}.example`])))
  const since = requests.length
  const sent = (method: string) => requests.slice(since).filter((request) => request.method === method)
  const swapAll = (each: readonly Deployment<Certificate>[] = deployments) =>
    Promise.allSettled(each.map((deployment) => balancer.swap(listener, deployment)))
  return { ...world, deployments, sent, swapAll }
}

const outcomes = (results: readonly PromiseSettledResult<void>[]) => results.map(({ status }) => status)

test('twenty certificates of one frontend are bound by two updates, and foreign ones stay in their order', async () => {
  const { swapAll, sent, bound, deployments } = await twenty()
  expect(new Set(outcomes(await swapAll()))).toEqual(new Set(['fulfilled']))
  expect(sent('PUT')).toHaveLength(2)
  expect(sent('POST')).toHaveLength(20)
  expect(bound().slice(0, 2)).toEqual(['placeholder', 'partner'])
  expect(bound().slice(2).sort()).toEqual(deployments.map(({ name }) => name).sort())
})

test('next versions take the places of those before them, all at once', async () => {
  const { swapAll, bound, version, sent } = await twenty()
  await swapAll()
  const before = bound()
  const next = await Promise.all(SITES.map((site) => version(site, [`${site}.example`])))
  const updates = sent('PUT').length
  await swapAll(next)
  expect(sent('PUT').length - updates).toBeLessThanOrEqual(2)
  const sites = (names: readonly (string | undefined)[]) => names.map((name) => name?.split('-').slice(0, 3).join('-'))
  expect(sites(bound())).toEqual(sites(before))
  expect(bound().slice(2).sort()).toEqual(next.map(({ name }) => name).sort())
})

test('of one that cannot be imported among twenty only this one hears', async () => {
  const { swapAll, deployments, practice, bound } = await twenty()
  const bad = deployments[7]?.certificate.chainPem.slice(30, 90) ?? ''
  practice.tap = (request, send) => {
    const isBad = request.method === 'POST' && String(request.body).replaceAll('\\n', '\n').includes(bad)
    const body = JSON.stringify({ type: 'invalid_arguments', message: 'invalid argument(s)', details: [] })
    return isBad ? Promise.resolve({ status: 400, headers: {}, body, receivedAt: new Date() }) : send()
  }
  const results = await swapAll()
  expect(outcomes(results).flatMap((status, index) => (status === 'rejected' ? [index] : []))).toEqual([7])
  expect(bound()).toHaveLength(2 + 19)
})

test('where an update of many is refused each is bound by itself, and only those that cannot be hear of it', async () => {
  const { swapAll, deployments, practice, bound, state, sent } = await twenty()
  const bad = deployments[3]?.name
  practice.tap = (request, send) => {
    const ids: string[] = request.method === 'PUT' ? JSON.parse(String(request.body)).certificate_ids : []
    const isBad = ids.some((id) => state.certificates.find((each) => each.id === id)?.name === bad)
    const body = JSON.stringify({ type: 'invalid_arguments', message: 'invalid argument(s)', details: [] })
    return isBad ? Promise.resolve({ status: 400, headers: {}, body, receivedAt: new Date() }) : send()
  }
  const results = await swapAll()
  expect(outcomes(results).flatMap((status, index) => (status === 'rejected' ? [index] : []))).toEqual([3])
  expect(bound()).toHaveLength(2 + 19)
  expect(sent('PUT').length).toBeGreaterThan(19)
})

test('each frontend of a load balancer has an update of its own, whose refusal is none of the other', async () => {
  const { balancer, listener, version, state, lb, frontend, fault, bound } = await twenty()
  const { id: _, ...fields } = frontend
  state.frontends.push(newFrontend(lb, { ...fields, name: 'other', inbound_port: 8_443, certificate_ids: [] }))
  const other = state.frontends.at(-1)
  fault({ method: 'PUT', path: new RegExp(`${other?.id}$`), how: 'status', status: 403, times: 9 })
  const all = await Promise.all(['one', 'two', 'three', 'four'].map((site) => version(site, [`${site}.example`])))
  const results = await Promise.allSettled(
    all.map((each, index) => balancer.swap(index % 2 === 0 ? listener : { ...listener, frontend: 'other' }, each)),
  )
  expect(outcomes(results)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
  expect(bound()).toHaveLength(4)
})
