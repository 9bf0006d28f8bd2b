import { afterEach, describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import type { HttpResponse } from '../../lib/platform/http.ts'
import type { Frontend, ScalewayState } from '../../sandbox/scaleway/objects.ts'
import { addCertificate, addLb } from '../../sandbox/scaleway/objects.ts'
import { type Practice, practiceScaleway, type Tap, TOKEN } from '../support/practice-balancers.ts'

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

async function opened() {
  const practice = await practiceScaleway()
  running.push(practice)
  const [lb, frontend] = [first(practice.state.lbs), first(practice.state.frontends)]
  /** The names of what is bound, in their order. */
  const bound = () => frontend.certificate_ids.map((id) => nameOf(practice.state, id))
  return { ...practice, practice, lb, frontend, bound }
}

function first<T>(list: readonly T[]): T {
  const [one] = list
  if (one === undefined) throw new Error('the world is not furnished')
  return one
}

const nameOf = ({ certificates }: ScalewayState, id: string) => certificates.find((each) => each.id === id)?.name
const bind = (frontend: Frontend, id: string, place: number) =>
  frontend.certificate_ids.splice(Math.min(place, frontend.certificate_ids.length), 0, id)
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (isFailure(error) ? error : undefined),
  )

/** Changes what the API answers to some requests. */
const answers =
  (method: string, path: RegExp, change: (body: Record<string, unknown>) => object): Tap =>
  async (request, send) => {
    const answer = await send()
    if (request.method !== method || !path.test(new URL(request.url).pathname) || answer.status !== 200) return answer
    return withBody(answer, change(JSON.parse(answer.body)))
  }
const withBody = (answer: HttpResponse, body: object): HttpResponse => ({ ...answer, body: JSON.stringify(body) })

describe('the certificates of a frontend', () => {
  test('a new version takes the place of the old one, and foreign ones stay in their order', async () => {
    const { balancer, listener, version, bound } = await opened()
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    expect(bound()).toEqual([one.name, 'placeholder', 'partner'])
    await balancer.swap(listener, other)
    expect(bound()).toEqual([other.name, 'placeholder', 'partner'])
  })

  test('the old version stays at the load balancer until it is retired', async () => {
    const { balancer, listener, version, objects } = await opened()
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    await balancer.swap(listener, other)
    expect(objects()).toEqual([one.name, other.name])
  })

  test('two certificates of one frontend that are swapped at the same time are both there afterwards', async () => {
    const { balancer, listener, byId, version, bound } = await opened()
    const [shop, blog] = [await version('shop'), await version('blog', ['blog.example'])]
    await Promise.all([balancer.swap(listener, shop), balancer.swap(byId, blog)])
    expect(bound()).toEqual([shop.name, 'placeholder', 'partner', blog.name])
  })

  test('a swap that fails does not hold up the next one', async () => {
    const { balancer, listener, version, bound, fault } = await opened()
    const [shop, blog] = [await version('shop'), await version('blog', ['blog.example'])]
    fault({ method: 'POST', path: /certificates$/, how: 'status', status: 500, body: { message: 'internal error' } })
    const results = await Promise.allSettled([balancer.swap(listener, shop), balancer.swap(listener, blog)])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(bound()).toEqual(['placeholder', 'partner', blog.name])
  })

  test('what somebody bound between the import and the update stays bound', async () => {
    const { practice, balancer, listener, version, bound, state, lb, frontend } = await opened()
    const stranger = await version('stranger', ['stranger.example'])
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method !== 'POST') return answer
      const { certificate } = stranger
      const fields = { ...certificate, name: 'stranger', privateKeyPem: certificate.privateKeyPem.reveal() }
      bind(frontend, addCertificate(state, lb, fields).id, 9)
      return answer
    }
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toEqual([one.name, 'placeholder', 'partner', 'stranger'])
  })

  test('one that was drawn out of the list afterwards is a failed deploy', async () => {
    const { practice, balancer, listener, version, frontend } = await opened()
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT') frontend.certificate_ids.shift()
      return answer
    }
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
  })

  test('settings that differ after the update are named in a warning', async () => {
    const { practice, balancer, listener, version, frontend, log } = await opened()
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT') Object.assign(frontend, { connection_rate_limit: 7, enable_http3: false })
      return answer
    }
    await balancer.swap(listener, await version())
    expect(log).toMatchObject([{ level: 'warn', fields: { settings: ['connection_rate_limit', 'enable_http3'] } }])
  })

  test('another order than was asked for is named in a warning', async () => {
    const { practice, balancer, listener, version, frontend, log } = await opened()
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT') frontend.certificate_ids.reverse()
      return answer
    }
    await balancer.swap(listener, await version())
    expect(log).toMatchObject([{ level: 'warn', fields: { frontend: frontend.id } }])
  })
})

describe('what is imported', () => {
  test('one PEM text: the key as PKCS#8, the leaf, its issuers', async () => {
    const { balancer, listener, version, requests } = await opened()
    const { name, certificate } = await version()
    await balancer.swap(listener, { name, certificate })
    const [sent] = requests.filter(({ method }) => method === 'POST')
    expect(JSON.parse(sent?.body ?? '') as unknown).toEqual({
      name,
      custom_certificate: { certificate_chain: certificate.privateKeyPem.reveal() + certificate.chainPem },
    })
  })

  test('of two with one name, which a lost answer may leave, the bound one stays bound', async () => {
    const { balancer, listener, version, state, frontend, requests } = await opened()
    const one = await version()
    await balancer.swap(listener, one)
    const [twin] = state.certificates.filter(({ name }) => name === one.name)
    state.certificates.unshift({ ...twin, ...first(state.certificates), name: one.name, id: crypto.randomUUID() })
    const [ids, sent] = [[...frontend.certificate_ids], requests.length]
    await balancer.swap(listener, one)
    expect(await balancer.look(listener, one)).toMatchObject({ serves: true })
    expect(frontend.certificate_ids).toEqual(ids)
    expect(requests.slice(sent).every(({ method }) => method === 'GET')).toBe(true)
  })

  test('nothing is bound before it is ready', async () => {
    const { practice, balancer, listener, version, served } = await opened()
    let asked = 0
    const import_ = answers('POST', /certificates$/, (body) => ({ ...body, status: 'pending' }))
    const read = answers('GET', /\/certificates\/[^/]+$/, (body) => ({
      ...body,
      status: ++asked < 3 ? 'pending' : 'ready',
    }))
    practice.tap = (request, send) => import_(request, () => read(request, send))
    const one = await version()
    await balancer.swap(listener, one)
    expect(asked).toBe(3)
    expect(await served()).toBe(one.certificate.fingerprint)
  })

  test('what the load balancer could not take fails with its reason, and is imported anew the next time', async () => {
    const { practice, balancer, listener, version, objects, requests } = await opened()
    const failed = { status: 'error', status_details: 'the chain is not complete' }
    practice.tap = answers('POST', /certificates$/, (body) => ({ ...body, ...failed }))
    const one = await version()
    expect(await failure(balancer.swap(listener, one))).toMatchObject({
      code: 'DEPLOY_FAILED',
      fields: { details: failed.status_details },
    })
    practice.tap = answers('GET', /certificates$/, (body) => ({
      ...body,
      certificates: (body.certificates as { name: string }[]).map((each) =>
        each.name === one.name ? { ...each, ...failed } : each,
      ),
    }))
    await balancer.swap(listener, one)
    expect(objects()).toEqual([one.name])
    expect(requests.filter(({ method }) => method !== 'GET').map(({ method }) => method)).toEqual([
      'POST',
      'DELETE',
      'POST',
      'PUT',
    ])
  })

  test('a full load balancer takes no further one, and the message tells the numbers', async () => {
    const { balancer, listener, version, state, lb, requests } = await opened()
    const { certificate } = await version()
    const fields = { chainPem: certificate.chainPem, privateKeyPem: certificate.privateKeyPem.reveal() }
    while (state.certificates.length < 200)
      addCertificate(state, lb, { name: `other-${state.certificates.length}`, ...fields })
    const full = await failure(balancer.swap(listener, await version()))
    expect(full).toMatchObject({ code: 'TARGET_FULL', fields: { count: 200, limit: 200 } })
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('a quota that the API itself reports is told as such', async () => {
    const { balancer, listener, version, fault } = await opened()
    const body = {
      type: 'quotas_exceeded',
      message: 'quota exceeded(s)',
      details: [{ resource: 'LbCertificates', quota: 5 }],
    }
    fault({ method: 'POST', path: /./, how: 'status', status: 403, body })
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_FULL' })
  })
})

describe('the state of a load balancer', () => {
  const state = (status: string, instance = status) =>
    answers('GET', /\/lbs\/[^/]+$/, (body) => ({ ...body, status, instances: [{ status: instance }] }))

  test.each([
    ['migrating', 'ready'],
    ['ready', 'pending'],
    ['a-state-of-tomorrow', 'ready'],
  ])('%s with an instance that is %s is waited for, two minutes at most', async (status, instance) => {
    const { practice, balancer, listener, version, requests } = await opened()
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
    const { practice, balancer, listener, version, requests } = await opened()
    practice.tap = state(status, instance)
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('a swap is done when every instance has taken in the change', async () => {
    const { practice, balancer, listener, version } = await opened()
    const pending = state('ready', 'pending')
    let asked = 0
    practice.tap = (request, send) => {
      if (request.method === 'PUT') asked = 1
      const isState = asked > 0 && /\/lbs\/[^/]+$/.test(new URL(request.url).pathname)
      return isState && asked++ < 4 ? pending(request, send) : send()
    }
    await balancer.swap(listener, await version())
    expect(asked).toBe(5)
  })

  test('a stopped one can be given a certificate', async () => {
    const { practice, balancer, listener, version, bound } = await opened()
    practice.tap = state('stopped')
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toContain(one.name)
  })
})

describe('finding a frontend', () => {
  test('two load balancers of one name are refused, and the message names both ids', async () => {
    const { balancer, listener, state, lb } = await opened()
    const twin = addLb(state, { name: lb.name }, ['127.0.0.1'])
    expect(await failure(balancer.look(listener, undefined))).toMatchObject({
      code: 'TARGET_REFUSED',
      fields: { ids: [lb.id, twin.id] },
    })
  })

  test('it is found on whatever page it stands', async () => {
    const { balancer, listener, state, lb, frontend, version } = await opened()
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
    const { balancer, lb, frontend } = await opened()
    frontend.name = '0a1b2c3d-1111-4222-8333-444455556666_tcp_443'
    const looking = balancer.look({ loadBalancer: lb.name, frontend: frontend.name }, undefined)
    expect(await failure(looking)).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('so is a load balancer with the description of one that it made', async () => {
    const { balancer, listener, lb } = await opened()
    lb.description = 'kubernetes service ingress'
    expect(await failure(balancer.look(listener, undefined))).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('port 80 is refused before anything is imported', async () => {
    const { balancer, listener, version, frontend, requests } = await opened()
    frontend.inbound_port = 80
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
  })
})

describe('retiring', () => {
  async function superseded() {
    const all = await opened()
    const [old, current] = [await all.version(), await all.version()]
    for (const each of [old, current]) await all.balancer.swap(all.listener, each)
    return { ...all, old, current }
  }

  test('only what is named, ours, and bound nowhere is deleted', async () => {
    const { balancer, listener, old, current, state } = await superseded()
    const other = { ...first(state.certificates), id: crypto.randomUUID(), name: 'newleaf-other-shop-0123456789abcdef' }
    state.certificates.push(other)
    const names = [old.name, current.name, 'placeholder', 'partner', other.name]
    expect(await balancer.retire(listener, names)).toEqual([old.name])
    expect(state.certificates.map(({ name }) => name)).toEqual(['placeholder', 'partner', current.name, other.name])
  })

  test('what another frontend of the load balancer uses is left for later', async () => {
    const { balancer, listener, old, state, frontend, objects, requests } = await superseded()
    const id = state.certificates.find(({ name }) => name === old.name)?.id ?? ''
    const second = { ...frontend, id: crypto.randomUUID(), name: 'other', inbound_port: 8_443, certificate_ids: [id] }
    state.frontends.push(second)
    expect(await balancer.retire(listener, [old.name])).toEqual([])
    expect(objects()).toContain(old.name)
    expect(requests.some(({ method }) => method === 'DELETE')).toBe(false)
    second.certificate_ids = []
    expect(await balancer.retire(listener, [old.name])).toEqual([old.name])
  })

  test('all of a name go, if a lost answer left it there twice', async () => {
    const { balancer, listener, old, state, objects, current } = await superseded()
    const one = state.certificates.find(({ name }) => name === old.name) ?? first(state.certificates)
    state.certificates.push({ ...one, id: crypto.randomUUID() })
    expect(await balancer.retire(listener, [old.name])).toEqual([old.name])
    expect(objects()).toEqual([current.name])
  })

  test.each([400, 403, 409, 412])(
    'a deletion that is refused with %d is left for later, with a warning',
    async (status) => {
      const { balancer, listener, old, fault, log } = await superseded()
      fault({ method: 'DELETE', path: /./, how: 'status', status, body: { message: 'it is used' } })
      expect(await balancer.retire(listener, [old.name])).toEqual([])
      expect(log).toMatchObject([{ level: 'warn', fields: { name: old.name } }])
      expect(await balancer.retire(listener, [old.name])).toEqual([old.name])
    },
  )

  test('what somebody else deleted meanwhile is gone', async () => {
    const { balancer, listener, old, fault } = await superseded()
    fault({ method: 'DELETE', path: /./, how: 'status', status: 404, body: { message: 'certificate not Found' } })
    expect(await balancer.retire(listener, [old.name])).toEqual([old.name])
  })

  test('a deletion whose answer is lost is done', async () => {
    const { balancer, listener, old, fault } = await superseded()
    fault({ method: 'DELETE', path: /./, how: 'lostAnswer' })
    expect(await balancer.retire(listener, [old.name])).toEqual([old.name])
  })

  test.each([401, 403, 500])('a list that is answered with %d tells of nothing that is gone', async (status) => {
    const { balancer, listener, fault } = await opened()
    fault({ method: 'GET', path: /certificates$/, how: 'status', status, times: 9, body: { message: 'no' } })
    const refused = await failure(balancer.retire(listener, ['newleaf-test-shop-0123456789abcdef']))
    expect(refused).toMatchObject({ code: status === 500 ? 'UNAVAILABLE' : 'DENIED' })
  })

  test('a frontend that is gone does not keep the certificates of its load balancer', async () => {
    const { balancer, lb, old } = await superseded()
    expect(await balancer.retire({ loadBalancer: lb.name, frontend: 'gone' }, [old.name])).toEqual([old.name])
  })
})

test('the token is in a header and in no address', async () => {
  const { balancer, listener, requests } = await opened()
  await balancer.look(listener, undefined)
  expect(requests.every(({ headers }) => headers?.['x-auth-token'] === TOKEN)).toBe(true)
  expect(requests.some(({ url }) => url.includes(TOKEN))).toBe(false)
})
