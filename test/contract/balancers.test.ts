import { afterEach, describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import { failure, type Practice, practiceLinode, practiceScaleway, TOKEN } from '../support/practice-balancers.ts'

const drivers: [name: string, create: () => Promise<Practice>][] = [
  ['linode', practiceLinode],
  ['scaleway', practiceScaleway],
]

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

const changes = ({ requests }: Practice) => requests.filter(({ method }) => method !== 'GET')
describe.each(drivers)('a load balancer: %s', (_name, create) => {
  async function opened() {
    const practice = await create()
    running.push(practice)
    return practice
  }

  test('looking says whether the listener serves a deployment, and where it can be reached', async () => {
    const { balancer, listener, version } = await opened()
    const [one, other] = [await version(), await version()]
    const before = await balancer.look(listener, one)
    expect(before.serves).toBe(false)
    expect(before.endpoints).toEqual([{ address: '127.0.0.1', port: expect.any(Number) }])
    await balancer.swap(listener, one)
    expect(await balancer.look(listener, one)).toEqual({ ...before, serves: true })
    expect(await balancer.look(listener, other)).toEqual(before)
    expect(await balancer.look(listener, undefined)).toEqual(before)
  })

  test('a swap is done when handshakes show the new certificate, and a swap back when they show the old one', async () => {
    const { balancer, listener, version, served } = await opened()
    const [one, other] = [await version(), await version()]
    for (const { name, certificate } of [one, other, one]) {
      await balancer.swap(listener, { name, certificate })
      expect(await served()).toBe(certificate.fingerprint)
      expect(await served('www.shop.example')).toBe(certificate.fingerprint)
    }
  })

  test('the same swap again changes nothing and makes no second object', async () => {
    const practice = await opened()
    const { balancer, listener, byId, version, objects } = practice
    const one = await version()
    await balancer.swap(listener, one)
    const [before, names] = [changes(practice).length, objects()]
    await balancer.swap(listener, one)
    await balancer.swap(byId, one)
    expect(changes(practice)).toHaveLength(before)
    expect(objects()).toEqual(names)
  })

  test('a listener is found by name and by id', async () => {
    const { balancer, listener, byId } = await opened()
    expect(await balancer.look(byId, undefined)).toEqual(await balancer.look(listener, undefined))
  })

  test('every other setting of the listener stays as it is', async () => {
    const { balancer, listener, version, settings } = await opened()
    const before = structuredClone(settings())
    await balancer.swap(listener, await version())
    expect(settings()).toEqual(before)
  })

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

  test.each(['POST', 'PUT'])('a %s whose answer is lost is found done by the next swap', async (method) => {
    const { balancer, listener, version, served, objects, fault } = await opened()
    const one = await version()
    fault({ method, path: /./, how: 'lostAnswer' })
    await balancer.swap(listener, one).catch((error: unknown) => expect(isFailure(error, 'UNREACHABLE')).toBe(true))
    await balancer.swap(listener, one)
    expect(await served()).toBe(one.certificate.fingerprint)
    expect(objects().length).toBeLessThanOrEqual(1)
  })

  test('a listener that is not there is missing', async () => {
    const { balancer, nowhere, version } = await opened()
    const one = await version()
    for (const listener of nowhere) {
      expect(await failure(balancer.look(listener, undefined)), JSON.stringify(listener)).toMatchObject({
        code: 'TARGET_MISSING',
      })
      expect(await failure(balancer.swap(listener, one))).toMatchObject({ code: 'TARGET_MISSING' })
    }
  })

  test('denied is not missing, whatever is asked for', async () => {
    const { openWith, listener, byId, version } = await opened()
    const one = await version()
    const calls = (balancer: LoadBalancer) => [balancer.look(listener, one), balancer.swap(byId, one)]
    for (const token of ['canary-token-unknown', 'canary-token-dns-only']) {
      for (const call of calls(await openWith(token))) expect(await failure(call)).toMatchObject({ code: 'DENIED' })
    }
  })

  test('what belongs to Kubernetes is refused before anything is changed, and the message says what to do instead', async () => {
    const practice = await opened()
    const { balancer, listener, version, giveToKubernetes } = practice
    const one = await version()
    giveToKubernetes()
    for (const call of [() => balancer.look(listener, one), () => balancer.swap(listener, one)]) {
      const refused = await failure(call())
      expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
      expect(refused?.message).toMatch(/Service.*instead/)
    }
    expect(changes(practice)).toEqual([])
  })

  test('a balancer that is at work is busy: the next run carries on', async () => {
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

  test('too many requests wait until the moment that the answer names', async () => {
    const { balancer, listener, fault } = await opened()
    fault({ method: 'GET', path: /./, how: 'status', status: 429, headers: { 'retry-after': '90' } })
    const limited = await failure(balancer.look(listener, undefined))
    expect(limited).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Date) })
  })

  test('names of which nothing is there are gone', async () => {
    const { balancer, listener, version } = await opened()
    const { name } = await version()
    expect(await balancer.retire(listener, [name])).toEqual([name])
  })

  test('no failure and no log record holds the token, the key or the certificate', async () => {
    const practice = await opened()
    const { balancer, listener, version, fault, log } = practice
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
      const text = JSON.stringify([rejected?.message, rejected?.fields, log])
      const parts = [TOKEN, ...key.split('\n').slice(1, -2), 'BEGIN']
      expect(parts.filter((part) => text.includes(part))).toEqual([])
    }
  })
})
