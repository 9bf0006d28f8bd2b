import { afterEach, describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { balancerContract } from '../support/balancer-contract.ts'
import { failure } from '../support/failure.ts'
import { type Practice, practiceLinode, practiceScaleway, TOKEN } from '../support/practice-balancers.ts'

balancerContract(
  'linode',
  { replaces: 'content', bare: true, tells: { names: false, end: false, ours: false }, wire: true },
  practiceLinode,
)
balancerContract(
  'scaleway',
  { replaces: 'object', bare: true, tells: { names: true, end: true, ours: true }, wire: true },
  practiceScaleway,
)

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

const vendors: [name: string, create: () => Promise<Practice>][] = [
  ['linode', practiceLinode],
  ['scaleway', practiceScaleway],
]

describe.each(vendors)('a load balancer behind an HTTP API: %s', (_name, create) => {
  async function opened() {
    const practice = await create()
    running.push(practice)
    return practice
  }

  test('after each call on the way a handshake shows the old or the new certificate', async () => {
    const practice = await opened()
    const { balancer, listener, version, served } = practice
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    const seen: string[] = []
    practice.tap = async (_request, send) => {
      const answer = await send()
      seen.push(await served())
      return answer
    }
    await balancer.swap(listener, other)
    const [old, now] = [one.certificate.fingerprint, other.certificate.fingerprint]
    expect(seen.length).toBeGreaterThan(2)
    expect(seen).toEqual(seen.map((_, index) => (index < seen.indexOf(now) ? old : now)))
  })

  test.each(['POST', 'PUT'])('F-74 a %s whose answer is lost is found done by the same swap', async (method) => {
    const { balancer, listener, version, served, objects, fault } = await opened()
    const one = await version()
    fault({ method, path: /./, how: 'lostAnswer' })
    await balancer.swap(listener, one)
    expect(await served()).toBe(one.certificate.fingerprint)
    expect((await objects()).length).toBeLessThanOrEqual(1)
  })

  test.each(['POST', 'PUT'])('F-74 a %s that never arrived is not taken for done, nor sent again', async (method) => {
    const { balancer, listener, version, requests, fault } = await opened()
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    const before = requests.length
    fault({ method, path: /./, how: 'reset' })
    const failed = await failure(balancer.swap(listener, other))
    const sent = requests.slice(before).filter((request) => request.method === method)
    if (sent.length === 0) expect(failed).toBeUndefined()
    else expect([failed?.code, sent.length]).toEqual(['UNREACHABLE', 1])
    await balancer.swap(listener, other)
    expect(await balancer.inspect(listener, other)).toMatchObject({ serves: true })
  })

  test('F-74 a first certificate whose answer is lost is found there', async () => {
    const { balancer, bare, version, fault } = await opened()
    const [at, one] = [await bare(), await version()]
    fault({ method: 'PUT', path: /./, how: 'lostAnswer' })
    await balancer.attachFirst(at, one)
    expect(await balancer.inspect(at, one)).toMatchObject({ serves: true })
  })

  test('what belongs to Kubernetes is refused before anything is changed, and the message says what to do instead', async () => {
    const { balancer, listener, bare, version, giveToKubernetes, changes } = await opened()
    const [at, one] = [await bare(), await version()]
    giveToKubernetes()
    for (const call of [
      () => balancer.inspect(listener, one),
      () => balancer.swap(listener, one),
      () => balancer.attachFirst(at, one),
    ]) {
      const refused = await failure(call())
      expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
      expect(refused?.message).toMatch(/Service.*instead/)
    }
    expect(changes()).toBe(0)
    expect((await balancer.list(listener)).certificates).not.toEqual([])
  })

  test('F-72 a balancer that is at work is busy: the next run carries on', async () => {
    const { balancer, listener, version, busy, fault, served } = await opened()
    const one = await version()
    fault({ method: 'PUT', path: /./, how: 'status', ...busy })
    expect(await failure(balancer.swap(listener, one))).toMatchObject({ code: 'TARGET_BUSY', retry: 'next run' })
    await balancer.swap(listener, one)
    expect(await served()).toBe(one.certificate.fingerprint)
  })

  test('a page of HTML instead of an answer is an outage, and leaves what is served', async () => {
    const { balancer, listener, version, fault, served } = await opened()
    const before = await served()
    const end = fault({ method: 'PUT', path: /./, how: 'html', status: 502 })
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'UNAVAILABLE' })
    end()
    expect(await served()).toBe(before)
  })

  test('F-74 too many requests wait until the moment that the answer names', async () => {
    const { balancer, listener, fault } = await opened()
    fault({ method: 'GET', path: /./, how: 'status', status: 429, headers: { 'retry-after': '90' } })
    const limited = await failure(balancer.inspect(listener, undefined))
    expect(limited).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Date) })
  })

  test('F-73 no failure and no log record holds the token, the key or the certificate, whatever the API repeats', async () => {
    const { balancer, listener, version, fault, logged } = await opened()
    const one = await version()
    const key = one.certificate.privateKeyPem.reveal()
    const said = JSON.stringify(key.replaceAll('\n', ''))
    for (const body of [
      { message: key, errors: [{ reason: key }] },
      { message: said, errors: [{ reason: said }] },
    ]) {
      fault({ method: 'PUT', path: /./, how: 'status', status: 400, body })
      const rejected = await failure(balancer.swap(listener, one))
      expect(rejected).toMatchObject({ code: 'REJECTED', retry: 'never' })
      const text = JSON.stringify([rejected?.message, rejected?.fields, logged()])
      const parts = [TOKEN, ...key.split('\n').slice(1, -2), 'BEGIN']
      expect(parts.filter((part) => text.includes(part))).toEqual([])
    }
  })

  test('a listener whose first certificate is refused is as it was', async () => {
    const { balancer, bare, version, fault, untouched } = await opened()
    const [at, one] = [await bare(), await version()]
    const before = JSON.stringify(await untouched())
    fault({ method: 'PUT', path: /./, how: 'status', status: 400, body: { message: 'no', errors: [{ reason: 'no' }] } })
    expect(await failure(balancer.attachFirst(at, one))).toMatchObject({ code: 'REJECTED' })
    expect(JSON.stringify(await untouched())).toBe(before)
    expect(isFailure(await failure(balancer.attachFirst(at, one)))).toBe(false)
  })
})
