import { describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { failure, TOKEN } from '../support/practice-balancers.ts'
import { answers, bindAt, first, openedScaleway } from '../support/practice-scaleway.ts'

describe('the certificates of a frontend', () => {
  test('a new version takes the place of the old one, and foreign ones stay in their order', async () => {
    const { balancer, listener, version, bound } = await openedScaleway()
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    expect(bound()).toEqual([one.name, 'placeholder', 'partner'])
    await balancer.swap(listener, other)
    expect(bound()).toEqual([other.name, 'placeholder', 'partner'])
  })

  test('the old version stays at the load balancer until it is retired', async () => {
    const { balancer, listener, version, objects } = await openedScaleway()
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    await balancer.swap(listener, other)
    expect(objects()).toEqual([one.name, other.name])
  })

  test('two certificates of one frontend that are swapped at the same time are both there afterwards', async () => {
    const { balancer, listener, byId, version, bound } = await openedScaleway()
    const [shop, blog] = [await version('shop'), await version('blog', ['blog.example'])]
    await Promise.all([balancer.swap(listener, shop), balancer.swap(byId, blog)])
    expect(bound()).toEqual([shop.name, 'placeholder', 'partner', blog.name])
  })

  test('a swap that fails does not hold up the next one', async () => {
    const { balancer, listener, version, bound, fault } = await openedScaleway()
    const [shop, blog] = [await version('shop'), await version('blog', ['blog.example'])]
    fault({ method: 'POST', path: /certificates$/, how: 'status', status: 500, body: { message: 'internal error' } })
    const results = await Promise.allSettled([balancer.swap(listener, shop), balancer.swap(listener, blog)])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(bound()).toEqual(['placeholder', 'partner', blog.name])
  })

  test('what somebody bound between the import and the update stays bound', async () => {
    const { practice, balancer, listener, version, bound, state, lb, frontend } = await openedScaleway()
    const stranger = await version('stranger', ['stranger.example'])
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method !== 'POST') return answer
      const { certificate } = stranger
      const fields = { ...certificate, name: 'stranger', privateKeyPem: certificate.privateKeyPem.reveal() }
      bindAt(frontend, addCertificate(state, lb, fields).id, 9)
      return answer
    }
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toEqual([one.name, 'placeholder', 'partner', 'stranger'])
  })

  test('one that was drawn out of the list afterwards is a failed deploy', async () => {
    const { practice, balancer, listener, version, frontend } = await openedScaleway()
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT') frontend.certificate_ids.shift()
      return answer
    }
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
  })

  test('settings that differ after the update are named in a warning', async () => {
    const { practice, balancer, listener, version, frontend, log } = await openedScaleway()
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT') Object.assign(frontend, { connection_rate_limit: 7, enable_http3: false })
      return answer
    }
    await balancer.swap(listener, await version())
    expect(log).toMatchObject([{ level: 'warn', fields: { settings: ['connection_rate_limit', 'enable_http3'] } }])
  })

  test('another order than was asked for is named in a warning', async () => {
    const { practice, balancer, listener, version, frontend, log } = await openedScaleway()
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
    const { balancer, listener, version, requests } = await openedScaleway()
    const { name, certificate } = await version()
    await balancer.swap(listener, { name, certificate })
    const [sent] = requests.filter(({ method }) => method === 'POST')
    expect(JSON.parse(sent?.body ?? '') as unknown).toEqual({
      name,
      custom_certificate: { certificate_chain: certificate.privateKeyPem.reveal() + certificate.chainPem },
    })
  })

  test('of two with one name, which a lost answer may leave, the bound one stays bound', async () => {
    const { balancer, listener, version, state, frontend, requests } = await openedScaleway()
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
    const { practice, balancer, listener, version, served } = await openedScaleway()
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
    const { practice, balancer, listener, version, objects, requests } = await openedScaleway()
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
    const { balancer, listener, version, state, lb, requests } = await openedScaleway()
    const { certificate } = await version()
    const fields = { chainPem: certificate.chainPem, privateKeyPem: certificate.privateKeyPem.reveal() }
    while (state.certificates.length < 200)
      addCertificate(state, lb, { name: `other-${state.certificates.length}`, ...fields })
    const full = await failure(balancer.swap(listener, await version()))
    expect(full).toMatchObject({ code: 'TARGET_FULL', fields: { count: 200, limit: 200 } })
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('a quota that the API itself reports is told as such', async () => {
    const { balancer, listener, version, fault } = await openedScaleway()
    const body = {
      type: 'quotas_exceeded',
      message: 'quota exceeded(s)',
      details: [{ resource: 'LbCertificates', quota: 5 }],
    }
    fault({ method: 'POST', path: /./, how: 'status', status: 403, body })
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_FULL' })
  })
})

test('the token is in a header and in no address', async () => {
  const { balancer, listener, requests } = await openedScaleway()
  await balancer.look(listener, undefined)
  expect(requests.every(({ headers }) => headers?.['x-auth-token'] === TOKEN)).toBe(true)
  expect(requests.some(({ url }) => url.includes(TOKEN))).toBe(false)
})
