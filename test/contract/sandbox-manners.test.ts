import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createListeners } from '../../sandbox/listeners.ts'
import { startScaleway } from '../../sandbox/scaleway/scaleway.ts'
import { issue, practiceWorld, rawClient } from '../support/practice-world.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(() => practice.close())

const LB = '/lb/v1/zones/fr-par-1'
const call = (method: string, path: string, body?: unknown) => practice.scaleway.call(method, path, body)

describe('a Scaleway API that misbehaves', () => {
  const path = /\/lbs$/
  const list = () => call('GET', `${LB}/lbs`)

  test('a fault is answered as often as it is ordered, and then no more', async () => {
    const fault = { method: 'GET', path, how: 'status', status: 503, body: { message: 'busy' }, times: 2 } as const
    practice.world.scaleway.misbehave({ ...fault, headers: { 'retry-after': '3' } })
    const [one, two, three] = [await list(), await list(), await list()]
    expect([one.status, two.status, three.status]).toEqual([503, 503, 200])
    expect(one.headers['retry-after']).toBe('3')
  })

  test('a lost answer is lost after the work is done; a reset comes before', async () => {
    const { lbs, certificates } = practice.world.memory.scaleway
    const { privateKeyPem, chainPem } = await issue(practice.issuer, 'ecdsa-p256', ['shop.example'])
    const imported = { name: 'lost', custom_certificate: { certificate_chain: privateKeyPem + chainPem } }
    const post = () => call('POST', `${LB}/lbs/${lbs[0]?.id}/certificates`, imported)
    const count = () => practice.world.memory.scaleway.certificates.length
    const before = certificates.length
    practice.world.scaleway.misbehave({ method: 'POST', path: /certificates$/, how: 'reset' })
    await expect(post()).rejects.toThrow()
    expect(count()).toBe(before)
    practice.world.scaleway.misbehave({ method: 'POST', path: /certificates$/, how: 'lostAnswer' })
    await expect(post()).rejects.toThrow()
    expect(count()).toBe(before + 1)
  })

  test('a page of a proxy and a slow answer can be ordered, and an order can be withdrawn', async () => {
    practice.world.scaleway.misbehave({ method: 'GET', path, how: 'html', status: 502 })
    expect(await list()).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } })
    practice.world.scaleway.misbehave({ method: 'GET', path, how: 'slow', delayMs: 5 })
    expect((await list()).status).toBe(200)
    const withdraw = practice.world.scaleway.misbehave({ method: 'GET', path, how: 'status', times: 9 })
    withdraw()
    expect((await list()).status).toBe(200)
  })

  test('the log of requests holds what was sent, but neither key nor certificate nor token', () => {
    const text = JSON.stringify(practice.world.scaleway.requests)
    expect(text).toContain('certificate_chain')
    expect(text).not.toMatch(/BEGIN|canary-token/)
  })
})

describe('who may do what at Scaleway', () => {
  test('without a token, or with a wrong one, nothing is shown', async () => {
    for (const headers of [{}, { 'x-auth-token': 'canary-token-wrong' }] as Record<string, string>[]) {
      const { status, body } = await practice.scaleway.call('GET', `${LB}/lbs`, undefined, headers)
      expect(status).toBe(401)
      expect(body.type).toBe('denied_authentication')
    }
  })

  test('a token for reading load balancers can neither change them nor read DNS', async () => {
    const { memory, zones } = practice.world
    const token = 'canary-token-read-only'
    const api = await startScaleway({
      tls: memory.tls,
      tokens: [{ token, rights: ['lb:read'] }],
      state: { ...memory.scaleway, frontends: [] },
      hosted: { zones: [], ids: {} },
      table: zones,
      listeners: createListeners({ addresses: ['127.0.0.1'] }),
      save: () => {},
    })
    const client = rawClient(api.port, practice.world, { 'x-auth-token': token })
    expect((await client.call('GET', `${LB}/lbs`)).status).toBe(200)
    const refused = await client.call('POST', `${LB}/lbs/${practice.world.memory.scaleway.lbs[0]?.id}/certificates`, {})
    expect(refused).toMatchObject({ status: 403, body: { type: 'permissions_denied' } })
    expect((await client.call('GET', '/domain/v2beta1/dns-zones')).status).toBe(403)
    await client.close()
    await api.close()
  })
})
