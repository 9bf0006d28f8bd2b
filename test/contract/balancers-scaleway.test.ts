import { describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { failure } from '../support/failure.ts'
import { type Practice, TOKEN } from '../support/practice-balancers.ts'
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
    expect(await objects()).toEqual([one.name, other.name])
  })

  test('two certificates of one frontend that are swapped at the same time are both there afterwards', async () => {
    const { balancer, listener, aliases, version, bound } = await openedScaleway()
    const [shop, blog] = [await version('shop'), await version('blog', ['blog.example'])]
    await Promise.all([balancer.swap(listener, shop), balancer.swap(first(aliases), blog)])
    expect(bound()).toEqual([shop.name, 'placeholder', 'partner', blog.name])
  })

  test('a swap that fails does not hold up the next one', async () => {
    const { balancer, listener, version, bound, fault } = await openedScaleway()
    const both = [await version('team', ['team.example']), await version('blog', ['blog.example'])]
    fault({ method: 'POST', path: /certificates$/, how: 'status', status: 500, body: { message: 'internal error' } })
    // Which of the two comes first is up to the network.
    const results = await Promise.allSettled(both.map((each) => balancer.swap(listener, each)))
    const brought = both.filter((_, index) => results[index]?.status === 'fulfilled').map(({ name }) => name)
    expect(brought).toHaveLength(1)
    expect(bound()).toEqual(['placeholder', 'partner', ...brought])
  })

  test('F-78 what somebody bound between the import and the update stays bound', async () => {
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

  /** Somebody else's work right after each of the first updates. */
  const afterUpdates = (practice: Practice, work: () => unknown, times = Number.POSITIVE_INFINITY) => {
    let left = times
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT' && left-- > 0) work()
      return answer
    }
  }

  test('F-78 one that somebody else takes out of the list at once is put back, with a warning', async () => {
    const { practice, balancer, listener, version, frontend, bound, log } = await openedScaleway()
    afterUpdates(practice, () => frontend.certificate_ids.shift(), 1)
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toEqual([one.name, 'placeholder', 'partner'])
    expect(log).toMatchObject([{ level: 'warn', fields: { loadBalancer: 'edge', frontend: 'https' } }])
  })

  test('F-78 one that is taken out again and again is a failed deploy, and not a fight', async () => {
    const { practice, balancer, listener, version, frontend, requests } = await openedScaleway()
    afterUpdates(practice, () => frontend.certificate_ids.shift())
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
    expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(3)
  })

  test('F-78 what somebody else set during the update stays, and is named in a warning', async () => {
    const { practice, balancer, listener, version, frontend, log } = await openedScaleway()
    const theirs = { connection_rate_limit: 7, enable_http3: false }
    afterUpdates(practice, () => Object.assign(frontend, theirs, { updated_at: '2036-07-18T10:33:06Z' }))
    await balancer.swap(listener, await version())
    const settings = ['connection_rate_limit', 'enable_http3']
    expect(log).toMatchObject([
      { level: 'warn', message: expect.stringMatching(/^somebody changed/), fields: { frontend: 'https', settings } },
    ])
    expect(frontend).toMatchObject(theirs)
  })

  test('F-78 a setting that the update itself changed is named as such', async () => {
    const { practice, balancer, listener, version, log } = await openedScaleway()
    const updated = new Set<string>()
    const drops = answers('GET', /\/frontends\/[^/]+$/, (body) =>
      updated.size > 0 ? { ...body, setting_of_tomorrow: 'default' } : { ...body, setting_of_tomorrow: 'mine' },
    )
    practice.tap = (request, send) => {
      if (request.method === 'PUT') updated.add(request.url)
      return drops(request, send)
    }
    await balancer.swap(listener, await version())
    expect(log).toMatchObject([
      { level: 'warn', message: expect.stringMatching(/^the update/), fields: { settings: ['setting_of_tomorrow'] } },
    ])
  })

  test('F-78 what somebody took away before the update stays away', async () => {
    const { practice, balancer, listener, version, bound, frontend } = await openedScaleway()
    practice.tap = async (request, send) => {
      if (request.method === 'POST') frontend.certificate_ids.pop()
      return send()
    }
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toEqual([one.name, 'placeholder'])
  })

  test('another order than was asked for is named in a warning', async () => {
    const { practice, balancer, listener, version, frontend, log } = await openedScaleway()
    practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method === 'PUT') frontend.certificate_ids.reverse()
      return answer
    }
    await balancer.swap(listener, await version())
    expect(log).toMatchObject([{ level: 'warn', fields: { frontend: frontend.name } }])
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
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
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

  const failed = { status: 'error', status_details: 'the chain is not complete' }

  test('what the load balancer could not take fails with its reason and is removed', async () => {
    const { practice, balancer, listener, version, objects, bound } = await openedScaleway()
    practice.tap = answers('POST', /certificates$/, (body) => ({ ...body, ...failed }))
    const one = await version()
    expect(await failure(balancer.swap(listener, one))).toMatchObject({
      code: 'DEPLOY_FAILED',
      fields: { details: failed.status_details },
    })
    expect(await objects()).toEqual([])
    expect(bound()).toEqual(['placeholder', 'partner'])
  })

  test('where that cannot be removed at once, the next swap removes it and imports anew', async () => {
    const { practice, balancer, listener, version, objects, requests, fault, log } = await openedScaleway()
    practice.tap = answers('POST', /certificates$/, (body) => ({ ...body, ...failed }))
    fault({ method: 'DELETE', path: /./, how: 'status', status: 500, times: 3, body: { message: 'internal error' } })
    const one = await version()
    expect(await failure(balancer.swap(listener, one))).toMatchObject({ code: 'DEPLOY_FAILED' })
    expect(log).toMatchObject([{ level: 'warn', fields: { name: one.name, code: 'UNAVAILABLE' } }])
    const before = requests.length
    practice.tap = answers('GET', /certificates$/, (body) => ({
      ...body,
      certificates: (body.certificates as { name: string }[]).map((each) =>
        each.name === one.name ? { ...each, ...failed } : each,
      ),
    }))
    await balancer.swap(listener, one)
    expect(await objects()).toEqual([one.name])
    const changes = requests.slice(before).filter(({ method }) => method !== 'GET')
    expect(changes.map(({ method }) => method)).toEqual(['DELETE', 'POST', 'PUT'])
  })

  test('F-7B what the API shows with another end than was sent is not bound', async () => {
    const { practice, balancer, listener, version, bound } = await openedScaleway()
    const other = { not_valid_after: '2036-07-18T10:33:06Z' }
    practice.tap = answers('POST', /certificates$/, (body) => ({ ...body, ...other }))
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
    expect(bound()).toEqual(['placeholder', 'partner'])
  })

  test('something else under the same name is not taken for it', async () => {
    const { practice, balancer, listener, version, requests } = await openedScaleway()
    const one = await version()
    await balancer.swap(listener, one)
    practice.tap = answers('GET', /certificates$/, (body) => ({
      ...body,
      certificates: (body.certificates as object[]).map((each) => ({
        ...each,
        not_valid_after: '2036-07-18T10:33:06Z',
      })),
    }))
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: false })
    await balancer.swap(listener, one)
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
  })
})

test('the token is in a header and in no address', async () => {
  const { balancer, listener, requests } = await openedScaleway()
  await balancer.inspect(listener, undefined)
  expect(requests.every(({ headers }) => headers?.['x-auth-token'] === TOKEN)).toBe(true)
  expect(requests.some(({ url }) => url.includes(TOKEN))).toBe(false)
})
