import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addNodeBalancer } from '../../sandbox/linode/objects.ts'
import { createAuthority, newKeyPair, selfSigned } from '../../sandbox/pki.ts'
import { officialLinode } from '../support/official-clients.ts'
import { issue, practiceWorld, seenAt } from '../support/practice-world.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(() => practice.close())

const blogNames = ['blog.example', 'www.blog.example']
const apps = () => {
  const { nodeBalancers, configs } = practice.world.memory.linode
  const [nodeBalancer, config] = [nodeBalancers[0], configs[0]]
  if (nodeBalancer === undefined || config === undefined) throw new Error('the world is not furnished')
  return { nodeBalancer, config }
}
const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  practice.linode.call(method, path, body, headers)
const bearer = () => ({ authorization: `Bearer ${practice.world.memory.tokens.linode}` })
const filtered = (filter: object) => ({ ...bearer(), 'x-filter': JSON.stringify(filter) })
const configPath = () => `/v4/nodebalancers/${apps().nodeBalancer.id}/configs/${apps().config.id}`
const put = (body: unknown) => call('PUT', configPath(), body)
const seen = async () => [...new Set(await seenAt(practice.world.sites.apps, 'www.blog.example'))]

const BOTH = [
  { field: 'ssl_key', reason: 'SSL private key appears to be incorrectly formatted' },
  { field: 'ssl_cert', reason: 'SSL certificate appears to be incorrectly formatted' },
]

describe('the Linode API, as its official client sees it', () => {
  let official: ReturnType<typeof officialLinode>
  beforeAll(() => {
    official = officialLinode(practice.world)
  })
  afterAll(() => official.close())

  test('a config is found by its NodeBalancer and port, and its certificate is exchanged', async () => {
    const { api } = official
    const { data, results } = await api.getNodeBalancers({}, { label: 'apps' })
    expect(results).toBe(1)
    expect(data[0]).toMatchObject({ label: 'apps', ipv4: '127.0.0.1', lke_cluster: null })
    const configs = await api.getNodeBalancerConfigs(data[0].id)
    const { id } = configs.data[0]
    const nodes = await api.getNodeBalancerConfigNodes(data[0].id, id)

    const issued = await issue(practice.issuer, 'rsa-2048', blogNames)
    const updated = await api.updateNodeBalancerConfig(data[0].id, id, {
      protocol: 'https',
      ssl_cert: issued.chainPem.trim(),
      ssl_key: issued.privateKeyPem.trim(),
    })
    expect(updated).toMatchObject({ id, check: 'connection', ssl_cert: '<REDACTED>', ssl_key: '<REDACTED>' })
    expect(updated.ssl_fingerprint).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/)
    expect(await seen()).toEqual([issued.fingerprint])
    expect(await api.getNodeBalancerConfigNodes(data[0].id, id)).toEqual(nodes)
    expect(nodes.data).toHaveLength(2)
  })

  test('two TXT values stand at one name, and one of them is removed', async () => {
    const { api } = official
    const { data } = await api.getDomains({}, { domain: 'blog.example' })
    const domain = data[0].id
    const txt = (target: string) => ({ type: 'TXT', name: '_acme-challenge', target, ttl_sec: 310 })
    const one = await api.createDomainRecord(domain, txt('one'))
    const two = await api.createDomainRecord(domain, txt('two'))
    expect(one).toMatchObject({ name: '_acme-challenge', target: 'one', ttl_sec: 300 })
    const inTable = () => practice.world.zones.list('blog.example').filter(({ type }) => type === 'TXT')
    expect(inTable().map(({ name, data: value }) => [name, value])).toEqual([
      ['_acme-challenge.blog.example', 'one'],
      ['_acme-challenge.blog.example', 'two'],
    ])
    await api.deleteDomainRecord(domain, one.id)
    const left = await api.getDomainRecords(domain, {}, { type: 'TXT' })
    expect(left.data.map(({ target }: { target: string }) => target)).toEqual(['two'])
    await api.deleteDomainRecord(domain, two.id)
    expect(inTable()).toEqual([])
  })
})

describe('the Linode NodeBalancer API', () => {
  test('a config has every recorded field, at /v4 and at /v4beta', async () => {
    const { body } = await call('GET', configPath())
    expect(Object.keys(body).sort()).toEqual(
      `algorithm check check_attempts check_body check_interval check_passive check_path check_timeout cipher_suite id
      nodebalancer_id nodes_status port protocol proxy_protocol ssl_cert ssl_commonname ssl_fingerprint ssl_key stickiness
      udp_check_port udp_session_timeout`.split(/\s+/),
    )
    expect((await call('GET', configPath().replace('/v4/', '/v4beta/'))).body).toEqual(body)
  })

  test('an update changes what it names, and nothing else', async () => {
    const { body: before } = await call('GET', configPath())
    const { body: after } = await put({ check_interval: 61 })
    expect(after).toEqual({ ...before, check_interval: 61 })
    await put({ check_interval: before.check_interval })
  })

  test.each([
    ['an ECDSA key', async () => issue(practice.issuer, 'ecdsa-p256', blogNames)],
    [
      'a key that does not fit',
      async () => ({ ...(await issue(practice.issuer, 'rsa-2048', blogNames)), ...(await newKeyPair('rsa-2048')) }),
    ],
    ['the redacted fields of an answer', async () => ({ chainPem: '<REDACTED>', privateKeyPem: '<REDACTED>' })],
    [
      'escaped line ends',
      async () => {
        const { chainPem, privateKeyPem } = await issue(practice.issuer, 'rsa-2048', blogNames)
        return { chainPem: chainPem.replaceAll('\n', '\\n'), privateKeyPem: privateKeyPem.replaceAll('\n', '\\n') }
      },
    ],
  ])('%s is refused in the recorded words, and the old certificate is served on', async (_, make) => {
    const before = await seen()
    const { chainPem, privateKeyPem } = await make()
    const { status, body } = await put({ ssl_cert: chainPem, ssl_key: privateKeyPem })
    expect(status).toBe(400)
    expect(body).toEqual({ errors: BOTH })
    expect(await seen()).toEqual(before)
  })

  test('a leaf without its issuer is refused, unless it is self-signed', async () => {
    const { leafPem, privateKeyPem } = await issue(practice.issuer, 'rsa-2048', blogNames)
    const alone = await put({ ssl_cert: leafPem, ssl_key: privateKeyPem })
    expect(alone.body).toEqual({ errors: [BOTH[1]] })
    const other = await createAuthority({ name: 'Other' })
    const wrong = await put({ ssl_cert: leafPem + other.pems.intermediatePem, ssl_key: privateKeyPem })
    expect(wrong.status).toBe(400)
    const notBefore = new Date(Date.now() - 1_000)
    const { cert, key } = await selfSigned('rsa-2048', {
      names: blogNames,
      notBefore,
      notAfter: new Date(Date.now() + 1e9),
    })
    const accepted = await put({ ssl_cert: cert, ssl_key: key })
    expect(accepted).toMatchObject({ status: 200, body: { ssl_commonname: 'blog.example' } })
  })

  test('certificate and key come together, and only with https', async () => {
    const { chainPem: ssl_cert, privateKeyPem: ssl_key } = await issue(practice.issuer, 'rsa-2048', blogNames)
    expect((await put({ ssl_cert })).body.errors[0].field).toBe('ssl_key')
    expect((await put({ ssl_key })).body.errors[0].field).toBe('ssl_cert')
    expect((await put({ protocol: 'http', ssl_cert, ssl_key })).status).toBe(400)
    // The vendor's own schema asks for both as soon as the protocol is named.
    expect((await put({ protocol: 'https' })).body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'ssl_cert',
      'ssl_key',
    ])
  })

  test('a config is made, rebuilt with its nodes, and deleted', async () => {
    const { nodeBalancer } = apps()
    const path = `/v4/nodebalancers/${nodeBalancer.id}/configs`
    const made = await call('POST', path, { port: 8081, protocol: 'http', algorithm: 'roundrobin', check_interval: 60 })
    expect(made.body).toMatchObject({ port: 8081, check_timeout: 30, ssl_cert: null, nodes_status: { up: 0, down: 0 } })
    expect((await call('POST', path, { port: 8081 })).body.errors[0].field).toBe('port')
    const one = `${path}/${made.body.id}`
    const settings = { port: 8081, protocol: 'http' }
    expect((await call('POST', `${one}/rebuild`, settings)).body.errors[0].field).toBe('nodes')
    const nodes = [{ label: 'a', address: '192.168.1.1:80' }]
    expect((await call('POST', `${one}/rebuild`, { ...settings, nodes })).body.nodes_status.up).toBe(1)
    expect(await call('DELETE', one)).toMatchObject({ status: 200, body: {} })
    expect((await call('GET', one)).body).toEqual({ errors: [{ reason: 'Not found' }] })
  })

  test('a filter finds by label, and refuses what it cannot filter by', async () => {
    const lke_cluster = { id: 7, label: 'k8s', type: 'lkecluster', url: '/v4/lke/clusters/7' }
    addNodeBalancer(practice.world.memory.linode, { label: 'ccm-1', lke_cluster }, ['127.0.0.1'])
    const find = (filter: object) => call('GET', '/v4/nodebalancers', undefined, filtered(filter))
    expect((await find({ label: 'ccm-1' })).body.data).toMatchObject([{ lke_cluster: { id: 7 }, ipv6: null }])
    expect((await find({ '+or': [{ label: 'apps' }, { label: { '+contains': 'ccm' } }] })).body.results).toBe(2)
    expect((await find({ created: 'today' })).status).toBe(400)
    const { nodeBalancer } = apps()
    const configs = await call(
      'GET',
      `/v4/nodebalancers/${nodeBalancer.id}/configs`,
      undefined,
      filtered({ port: 443 }),
    )
    expect(configs.status).toBe(400)
  })
})

describe('the manners of the Linode API', () => {
  test('a wrong token is 401 in the vendor’s words', async () => {
    const { status, body } = await call('GET', '/v4/nodebalancers', undefined, {
      authorization: 'Bearer canary-token-wrong',
    })
    expect(status).toBe(401)
    expect(body).toEqual({ errors: [{ reason: 'Invalid Token' }] })
  })

  test('every answer tells of the rate limit, and those of domains of a wait that nobody needs', async () => {
    const { headers } = await call('GET', '/v4/domains')
    expect(Number(headers['x-ratelimit-remaining'])).toBeLessThan(Number(headers['x-ratelimit-limit']))
    expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1_000 - 1)
    expect(headers['retry-after']).toMatch(/^\d+$/)
  })

  test('pages are counted, and too small ones refused', async () => {
    expect((await call('GET', '/v4/domains?page=1&page_size=25')).body).toMatchObject({ page: 1, pages: 1, results: 1 })
    expect((await call('GET', '/v4/domains?page_size=5')).status).toBe(400)
  })

  test('a record is read, renamed, and gone', async () => {
    const { body } = await call('GET', '/v4/domains', undefined, filtered({ domain: 'blog.example' }))
    const path = `/v4/domains/${body.data[0].id}/records`
    const made = await call('POST', path, { type: 'A', name: 'a', target: '127.0.0.1' })
    expect(made.body).toMatchObject({ type: 'A', ttl_sec: 0, tag: null, service: null, protocol: null })
    const renamed = await call('PUT', `${path}/${made.body.id}`, { name: 'renamed' })
    expect(renamed.body).toMatchObject({ id: made.body.id, name: 'renamed', target: '127.0.0.1' })
    expect((await call('GET', `${path}/${made.body.id}`)).body.name).toBe('renamed')
    await call('DELETE', `${path}/${made.body.id}`)
    expect((await call('DELETE', `${path}/${made.body.id}`)).status).toBe(404)
  })

  test('the log of requests holds neither key nor certificate nor token', () => {
    const text = JSON.stringify(practice.world.linode.requests)
    expect(text).toContain('ssl_cert')
    expect(text).not.toMatch(/BEGIN|canary-token/)
  })
})
