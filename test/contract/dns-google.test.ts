import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { create, keyFile, open, refusal } from '../support/dns/google.ts'
import { at, type HttpVendor, row } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { describeRecordings } from '../support/recordings.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

const zone = { id: '699036609868956548', name: 'example-com', dnsName: 'example.com.', visibility: 'public' }
const another = { ...zone, id: '2877865336588149141', name: 'example-com-old' }
const elsewhere = { ...zone, name: 'example-net', dnsName: 'example.net.' }

const changes = ({ requests }: HttpVendor) =>
  requests.filter(({ url }) => url.endsWith('/changes')).map(({ body }) => JSON.parse(body ?? ''))

test('a private zone of the name is none', async () => {
  const vendor = create({ zones: [{ ...zone, visibility: 'private' }] })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})

test('of several public zones of the name none is taken, and the error names them and the way out', async () => {
  const vendor = create({ zones: [zone, another] })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'DNS_NO_ZONE',
    message: expect.stringMatching(/example-com and example-com-old.*managedZone/),
  })
})

test('a zone that is configured by its name is taken without asking for a list', async () => {
  const vendor = create({ zones: [zone, another], options: { managedZone: 'example-com' } })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
  expect(vendor.requests.filter(({ url }) => /managedZones(\?|$)/.test(url))).toEqual([])
})

test.each([
  ['is another', [elsewhere], 'example-net'],
  ['is not there', [zone], 'example-org'],
])('a zone that is configured by its name and %s is DNS_NO_ZONE', async (_what, zones, managedZone) => {
  const vendor = create({ zones, options: { managedZone } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
  expect(changes(vendor)).toEqual([])
})

test('the ttl of a set that stands there already is kept', async () => {
  const vendor = create()
  vendor.put({ ...row(NAME, 'foreign'), ttl: 7200 })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value, ttl }) => [value, ttl])).toEqual([
    ['foreign', 7200],
    [ours.value, 7200],
  ])
})

test('a set that somebody removed a moment ago is made anew', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'foreign'))
  const provider = await vendor.open()
  const gone = "The 'entity.change.deletions[0]' resource named 'x (TXT)' does not exist."
  await provider.check?.(ours) // has the token
  vendor.fault({ method: 'POST', reply: refusal(404, 'notFound', gone) })
  await provider.addTxt(ours)
  expect(changes(vendor)).toHaveLength(2)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['foreign', ours.value])
})

test('a set that differs for different clients is refused, and left as it is', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  const set = { name: `${ours.name}.`, type: 'TXT', ttl: 300, routingPolicy: { wrr: { items: [] } } }
  vendor.fault({ method: 'GET', reply: { status: 200, body: { rrsets: [set] } } })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringContaining('routing policy'),
  })
  expect(changes(vendor)).toEqual([])
})

test.each([
  ['rateLimitExceeded', 'RATE_LIMITED'],
  ['userRateLimitExceeded', 'RATE_LIMITED'],
  ['quotaExceeded', 'REJECTED'],
  ['forbidden', 'DENIED'],
])('403 with the reason %s is %s', async (reason, code) => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  vendor.fault({ method: 'POST', reply: refusal(403, reason, 'The change would exceed quota') })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('The change would exceed quota'),
  })
})

test('an access token that has expired is fetched again, and the change is made', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  vendor.fault({ method: 'POST', reply: refusal(401, 'authError', 'Invalid Credentials') })
  await provider.addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
  expect(vendor.requests.filter(({ url }) => url.endsWith('/token'))).toHaveLength(2)
})

test('the zones may be in another project than the service account', async () => {
  const urls: string[] = []
  const http = answering(({ url }) => {
    urls.push(url)
    const issued = { access_token: 't', token_type: 'Bearer', expires_in: 3599 }
    return { status: 200, body: url.endsWith('/token') ? issued : { managedZones: [zone] } }
  })
  const provider = await open(contextOver(http, '').context, { project: 'zones-of-all' })
  await provider.check?.(ours)
  expect(urls[1]).toContain('/projects/zones-of-all/managedZones?')
})

const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

test.each<[what: string, file: object, field: string]>([
  ['of a user', { type: 'authorized_user' }, 'type'],
  ['without its private key', { private_key: 'canary-no-pem' }, 'private_key'],
  ['with a key for other signatures', { private_key: ecKey }, 'private_key'],
  ['for tokens of an address without TLS', { token_uri: 'http://canary.example/token' }, 'token_uri'],
  ['that is no object', [], 'type'],
])('a key file %s is told apart, and nothing of it is repeated', async (_what, more, field) => {
  const file = Array.isArray(more) ? more : keyFile(more)
  const refused = await open(
    contextOver(
      answering(() => ({ status: 500 })),
      '',
    ).context,
    {},
    file,
  ).catch((error) => error)
  expect(refused).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(`(${field})`) })
  expect(JSON.stringify([refused, String(refused)])).not.toMatch(/canary|BEGIN/)
})

describeRecordings('dns/googleclouddns', (conversations) => {
  test('of two values at a name one is removed by the same change as was recorded', async () => {
    const exchanges = conversations.find(({ name }) => name === 'delete-one-value-leaves-others')?.exchanges ?? []
    const recorded = exchanges.findLast(({ request }) => request.url.endsWith('/changes'))
    const name = '_acme-challenge.deleterecordinset'
    const vendor = create()
    vendor.put(row(name, 'challengetoken1'), row(name, 'challengetoken2'))
    await (await vendor.open()).removeTxt(at(name, 'challengetoken1'))
    const sent = JSON.stringify(changes(vendor).at(-1)).replaceAll('example.com', 'fullm3tal.tk')
    expect(JSON.parse(sent)).toEqual(recorded?.request.body)
  })
})
