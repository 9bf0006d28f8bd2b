import { describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { failure } from '../support/failure.ts'
import { answers, first, openedScaleway } from '../support/practice-scaleway.ts'

describe('retiring', () => {
  async function superseded() {
    const all = await openedScaleway()
    const [old, current] = [await all.version(), await all.version()]
    for (const each of [old, current]) await all.balancer.swap(all.listener, each)
    return { ...all, old, current }
  }

  test('only what is named, ours, and bound nowhere is deleted', async () => {
    const { balancer, listener, old, current, state } = await superseded()
    const other = { ...first(state.certificates), id: crypto.randomUUID(), name: 'newleaf-other-shop-0123456789abcdef' }
    state.certificates.push(other)
    const names = [old.name, current.name, 'placeholder', 'partner', other.name]
    expect(await balancer.deleteUnused(listener, names)).toEqual([old.name])
    expect(state.certificates.map(({ name }) => name)).toEqual(['placeholder', 'partner', current.name, other.name])
  })

  test('what another frontend of the load balancer uses is left for later', async () => {
    const { balancer, listener, old, state, frontend, objects, requests } = await superseded()
    const id = state.certificates.find(({ name }) => name === old.name)?.id ?? ''
    const second = { ...frontend, id: crypto.randomUUID(), name: 'other', inbound_port: 8_443, certificate_ids: [id] }
    state.frontends.push(second)
    expect(await balancer.deleteUnused(listener, [old.name])).toEqual([])
    expect(await objects()).toContain(old.name)
    expect(requests.some(({ method }) => method === 'DELETE')).toBe(false)
    second.certificate_ids = []
    expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
  })

  test('all of a name go, if a lost answer left it there twice', async () => {
    const { balancer, listener, old, state, objects, current } = await superseded()
    const one = state.certificates.find(({ name }) => name === old.name) ?? first(state.certificates)
    state.certificates.push({ ...one, id: crypto.randomUUID() })
    expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
    expect(await objects()).toEqual([current.name])
  })

  test.each([400, 403, 409, 412])(
    'F-77 a deletion that is refused with %d is left for later, with a warning',
    async (status) => {
      const { balancer, listener, old, fault, log } = await superseded()
      fault({ method: 'DELETE', path: /./, how: 'status', status, body: { message: 'it is used' } })
      expect(await balancer.deleteUnused(listener, [old.name])).toEqual([])
      expect(log).toMatchObject([{ level: 'warn', fields: { name: old.name } }])
      expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
    },
  )

  test('one that Scaleway itself obtained is not ours, whatever its name', async () => {
    const { practice, balancer, listener, old, objects } = await superseded()
    practice.tap = answers('GET', /certificates$/, (body) => ({
      ...body,
      certificates: (body.certificates as object[]).map((each) => ({ ...each, type: 'letsencryt' })),
    }))
    expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
    expect(await objects()).toContain(old.name)
  })

  test('what somebody else deleted meanwhile is gone', async () => {
    const { balancer, listener, old, fault } = await superseded()
    fault({ method: 'DELETE', path: /./, how: 'status', status: 404, body: { message: 'certificate not Found' } })
    expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
  })

  test('a deletion whose answer is lost is done', async () => {
    const { balancer, listener, old, fault } = await superseded()
    fault({ method: 'DELETE', path: /./, how: 'lostAnswer' })
    expect(await balancer.deleteUnused(listener, [old.name])).toEqual([old.name])
  })

  test.each([401, 403, 500])('a list that is answered with %d tells of nothing that is gone', async (status) => {
    const { balancer, listener, fault } = await openedScaleway()
    fault({ method: 'GET', path: /certificates$/, how: 'status', status, times: 9, body: { message: 'no' } })
    const refused = await failure(balancer.deleteUnused(listener, ['newleaf-test-shop-0123456789abcdef']))
    expect(refused).toMatchObject({ code: status === 500 ? 'UNAVAILABLE' : 'DENIED' })
  })

  test('a frontend that is gone does not keep the certificates of its load balancer', async () => {
    const { balancer, lb, old } = await superseded()
    expect(await balancer.deleteUnused({ loadBalancer: lb.name, frontend: 'gone' }, [old.name])).toEqual([old.name])
  })
})

describe('deleting by id', () => {
  async function withForeign() {
    const all = await openedScaleway()
    const { state, lb, version } = all
    const { chainPem, privateKeyPem } = (await version()).certificate
    const add = () => addCertificate(state, lb, { name: 'old', chainPem, privateKeyPem: privateKeyPem.reveal() }).id
    return { ...all, one: add(), other: add() }
  }

  test('takes what somebody else made and no frontend uses, and of two with one name the one that is meant', async () => {
    const { balancer, listener, state, one, other } = await withForeign()
    expect(await balancer.deleteById(listener, other)).toBe(true)
    expect(state.certificates.filter(({ name }) => name === 'old').map(({ id }) => id)).toEqual([one])
  })

  test('takes one that Scaleway itself obtained as well', async () => {
    const { balancer, listener, state, one } = await withForeign()
    const certificate = state.certificates.find(({ id }) => id === one)
    if (certificate !== undefined) Object.assign(certificate, { type: 'letsencrypt' })
    expect(await balancer.deleteById(listener, one)).toBe(true)
    expect(state.certificates.map(({ id }) => id)).not.toContain(one)
  })

  test('leaves what any frontend of the load balancer uses, without asking for it', async () => {
    const { balancer, listener, state, frontend, requests, one } = await withForeign()
    state.frontends.push({ ...frontend, id: crypto.randomUUID(), inbound_port: 8_443, certificate_ids: [one] })
    expect(await balancer.deleteById(listener, one)).toBe(false)
    expect(requests.some(({ method }) => method === 'DELETE')).toBe(false)
  })

  test.each([
    [400, 'REJECTED'],
    [403, 'DENIED'],
    [409, 'CONFLICT'],
  ])('says why a deletion was refused with %d', async (status, code) => {
    const { balancer, listener, fault, one } = await withForeign()
    fault({ method: 'DELETE', path: /./, how: 'status', status, body: { message: 'it is used' } })
    expect(await failure(balancer.deleteById(listener, one))).toMatchObject({ code })
    expect(await balancer.deleteById(listener, one)).toBe(true)
  })

  test('whose answer is lost is done, and of what somebody else deleted meanwhile as well', async () => {
    const { balancer, listener, fault, one } = await withForeign()
    fault({ method: 'DELETE', path: /./, how: 'lostAnswer' })
    for (const _ of [1, 2]) expect(await balancer.deleteById(listener, one)).toBe(true)
  })
})
