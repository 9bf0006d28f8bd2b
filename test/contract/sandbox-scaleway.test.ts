import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officialScaleway } from '../support/official-clients.ts'
import { issue, practiceWorld, seenAt } from '../support/practice-world.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld({ settleMs: 400 })
})
afterAll(() => practice.close())

const LB = '/lb/v1/zones/fr-par-1'

const edge = () => {
  const { lbs, frontends, certificates } = practice.world.memory.scaleway
  const [lb, frontend] = [lbs[0], frontends[0]]
  if (lb === undefined || frontend === undefined) throw new Error('the world is not furnished')
  return { lb, frontend, certificates }
}
/** What a client that knows its trade sends to keep everything as it is. */
const whole = () => {
  const { name, inbound_port, backend, certificate_ids, ...rest } = edge().frontend
  const { timeout_client, connection_rate_limit, enable_access_logs, enable_http3 } = rest
  const settings = { timeout_client, connection_rate_limit, enable_access_logs, enable_http3 }
  return { name, inbound_port, backend_id: backend, certificate_ids, ...settings }
}
const call = (method: string, path: string, body?: unknown) => practice.scaleway.call(method, path, body)
const importOf = (name: string, certificate_chain: string) => ({ name, custom_certificate: { certificate_chain } })
const shopNames = ['shop.example', '*.shop.example']

describe('the Scaleway load balancer API, as its official client sees it', () => {
  test('it lists, imports, binds at the frontend, and the listener serves the new certificate', async () => {
    const { api, close } = officialScaleway(practice.world)
    const { lbs, totalCount } = await api.listLbs({ name: 'edge' })
    expect(totalCount).toBe(1)
    const lb = lbs[0]
    expect(lb).toMatchObject({ name: 'edge', status: 'ready', zone: 'fr-par-1', frontendCount: 1 })
    expect(lb?.ip.map(({ ipAddress }) => ipAddress)).toContain('127.0.0.1')
    const { frontends } = await api.listFrontends({ lbId: lb?.id ?? '' })
    const frontend = frontends[0]
    expect(frontend).toMatchObject({ name: 'https', backend: { name: 'shop-servers' } })

    const issued = await issue(practice.issuer, 'ecdsa-p256', shopNames)
    const imported = await api.createCertificate({
      lbId: lb?.id ?? '',
      name: 'by-the-client',
      customCertificate: { certificateChain: issued.privateKeyPem + issued.chainPem },
    })
    expect(imported).toMatchObject({
      status: 'ready',
      type: 'custom',
      fingerprint: '',
      commonName: 'shop.example',
      subjectAlternativeName: ['*.shop.example'],
    })
    const before = frontend?.certificateIds ?? []
    const updated = await api.updateFrontend({
      frontendId: frontend?.id ?? '',
      name: 'https',
      inboundPort: frontend?.inboundPort ?? 0,
      backendId: frontend?.backend?.id ?? '',
      certificateIds: [imported.id, ...before],
      enableHttp3: false,
    })
    expect(updated.certificateIds).toEqual([imported.id, ...before])
    const instances = async () => (await api.getLb({ lbId: lb?.id ?? '' })).instances.map(({ status }) => status)
    await expect.poll(instances).toEqual(['ready'])
    const seen = await seenAt(practice.world.sites.edge, 'www.shop.example')
    expect(new Set(seen)).toEqual(new Set([issued.fingerprint]))
    await close()
  })
})

describe('the Scaleway load balancer API', () => {
  test('an answer has every recorded field, and an id of the request', async () => {
    const { body, headers } = await call('GET', `${LB}/lbs/${edge().lb.id}/certificates`)
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(Object.keys(body.certificates[0])).toEqual(
      `common_name created_at fingerprint id lb name not_valid_after not_valid_before status status_details
      subject_alternative_name type updated_at`.split(/\s+/),
    )
    expect(body.certificates[0].not_valid_after).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(JSON.stringify(body)).not.toMatch(/BEGIN/)
  })

  test('the name filter finds parts of names', async () => {
    const { body } = await call('GET', `${LB}/lbs?name=dg`)
    expect(body.total_count).toBe(1)
    expect((await call('GET', `${LB}/lbs?name=none`)).body).toEqual({ lbs: [], total_count: 0 })
  })

  test('a frontend setting that is left out is reset, for an update replaces all of it', async () => {
    const { frontend } = edge()
    const before = whole()
    const { timeout_client, connection_rate_limit, enable_access_logs, ...short } = before
    const { body } = await call('PUT', `${LB}/frontends/${frontend.id}`, short)
    expect(body).toMatchObject({ timeout_client: null, connection_rate_limit: null, enable_access_logs: false })
    const all = { timeout_client: 30_000, connection_rate_limit: 100, enable_access_logs: true }
    expect((await call('PUT', `${LB}/frontends/${frontend.id}`, { ...short, ...all })).body).toMatchObject(all)
  })

  test('after a change the instances are pending for a moment', async () => {
    const { lb, frontend } = edge()
    await call('PUT', `${LB}/frontends/${frontend.id}`, whole())
    const status = async () => (await call('GET', `${LB}/lbs/${lb.id}`)).body.instances[0].status
    expect(await status()).toBe('pending')
    await expect.poll(status).toBe('ready')
  })

  test('the first certificate in the list that covers the name is served, expired or not', async () => {
    const { lb, frontend, certificates } = edge()
    const [first, second] = [
      await issue(practice.issuer, 'ecdsa-p256', shopNames),
      await issue(practice.issuer, 'ecdsa-p256', shopNames),
    ]
    const ids = []
    for (const [index, { privateKeyPem, chainPem }] of [first, second].entries()) {
      const { body } = await call(
        'POST',
        `${LB}/lbs/${lb.id}/certificates`,
        importOf(`o${index}`, privateKeyPem + chainPem),
      )
      ids.push(body.id)
    }
    const partner = certificates.find(({ name }) => name === 'partner')?.id
    const bind = (certificate_ids: unknown[]) =>
      call('PUT', `${LB}/frontends/${frontend.id}`, { ...whole(), certificate_ids })
    const seen = async (name: string) => (await seenAt(practice.world.sites.edge, name))[0]
    await bind([partner, ...ids])
    expect(await seen('a.shop.example')).toBe(first.fingerprint)
    await bind([partner, ...ids.toReversed()])
    expect(await seen('a.shop.example')).toBe(second.fingerprint)
    const fallback = await seen('nobody.test')
    expect(fallback).toBe(await seen('partner.example'))
  })

  test('a certificate that a frontend uses cannot be deleted; then it can, and is gone', async () => {
    const { lb, frontend } = edge()
    const { privateKeyPem, chainPem } = await issue(practice.issuer, 'rsa-2048', shopNames)
    const { body } = await call(
      'POST',
      `${LB}/lbs/${lb.id}/certificates`,
      importOf('short-lived', privateKeyPem + chainPem),
    )
    const before = whole()
    const use = { ...before, certificate_ids: [...before.certificate_ids, body.id] }
    await call('PUT', `${LB}/frontends/${frontend.id}`, use)
    const refused = await call('DELETE', `${LB}/certificates/${body.id}`)
    expect(refused.status).toBe(400)
    expect(refused.body.message).toBe('operation was rejected because the certificate is used on a frontend')
    await call('PUT', `${LB}/frontends/${frontend.id}`, before)
    expect((await call('DELETE', `${LB}/certificates/${body.id}`)).status).toBe(204)
    expect(await call('GET', `${LB}/certificates/${body.id}`)).toMatchObject({
      status: 404,
      body: { message: 'certificate not Found' },
    })
  })

  test.each([
    [
      'the key of another certificate',
      async () => (await issue(practice.issuer, 'ecdsa-p256', ['x.example'])).privateKeyPem,
    ],
    ['no key', async () => ''],
    ['a key that is not PKCS#8', async () => '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n'],
  ])('%s is refused with the certificate', async (_, key) => {
    const { chainPem } = await issue(practice.issuer, 'ecdsa-p256', shopNames)
    const { lb } = edge()
    const { status, body } = await call(
      'POST',
      `${LB}/lbs/${lb.id}/certificates`,
      importOf('bad', (await key()) + chainPem),
    )
    expect(status).toBe(400)
    expect(body).toMatchObject({ type: 'invalid_arguments', details: [{ argument_name: 'certificate_chain' }] })
  })

  test('an expired certificate is refused', async () => {
    const { privateKeyPem, chainPem } = await issue(practice.issuer, 'ecdsa-p256', shopNames, { since: 9, days: -1 })
    const { status } = await call(
      'POST',
      `${LB}/lbs/${edge().lb.id}/certificates`,
      importOf('old', privateKeyPem + chainPem),
    )
    expect(status).toBe(400)
  })

  test.each([
    [
      'an unknown certificate',
      { certificate_ids: ['00000000-0000-0000-0000-000000000000'] },
      404,
      'certificate not Found',
    ],
    ['an unknown backend', { backend_id: 'nowhere' }, 404, 'backend_id not Found'],
    ['both kinds of certificate fields', { certificate_id: 'one' }, 400, 'invalid argument(s)'],
    ['certificates on port 80', { inbound_port: 80 }, 400, 'invalid argument(s)'],
    ['no name', { name: undefined }, 400, 'invalid argument(s)'],
  ])('a frontend with %s is refused, and stays as it was', async (_, change, status, message) => {
    const before = whole()
    const refused = await call('PUT', `${LB}/frontends/${edge().frontend.id}`, { ...before, ...change })
    expect(refused).toMatchObject({ status, body: { message } })
    expect(whole()).toEqual(before)
  })

  test('a load balancer holds 200 certificates', async () => {
    const { lb, certificates } = edge()
    const { privateKeyPem, chainPem } = await issue(practice.issuer, 'ecdsa-p256', shopNames)
    const [some] = certificates
    if (some === undefined) throw new Error('the world is not furnished')
    const fillers = Array.from({ length: 199 - certificates.length }, (_, index) => ({
      ...some,
      id: `filler-${index}`,
    }))
    certificates.push(...fillers)
    const add = (name: string) =>
      call('POST', `${LB}/lbs/${lb.id}/certificates`, importOf(name, privateKeyPem + chainPem))
    expect((await add('number-200')).status).toBe(200)
    const refused = await add('number-201')
    expect(refused.body).toMatchObject({ type: 'quotas_exceeded', details: [{ quota: 200, current: 200 }] })
    const page = await call('GET', `${LB}/lbs/${lb.id}/certificates?page=3&page_size=90`)
    expect(page.body.certificates).toHaveLength(20)
    expect(page.body.total_count).toBe(200)
    const { memory } = practice.world
    memory.scaleway.certificates = memory.scaleway.certificates.filter(({ id }) => !id.startsWith('filler-'))
  })

  test('what is not there is 404 in the recorded words', async () => {
    expect((await call('GET', `${LB}/lbs/none`)).body).toEqual({ message: 'lbs not Found' })
    expect((await call('GET', `${LB}/frontends/none`)).body).toEqual({ message: 'frontend not Found' })
    expect((await call('GET', `/lb/v1/zones/nl-ams-1/lbs/${edge().lb.id}`)).status).toBe(404)
  })
})
