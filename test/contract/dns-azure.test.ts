import * as v from 'valibot'
import { expect, test } from 'vitest'
import { driver } from '../../lib/dns/drivers/azure.ts'
import { create, options, refusal } from '../support/dns/azure.ts'
import { at, type HttpVendor, row, TOKEN } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { describeRecordings, isLikeARecordedOne, route } from '../support/recordings.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

const writes = ({ requests }: HttpVendor) => requests.filter(({ method }) => method === 'PUT' || method === 'DELETE')
const bodies = (vendor: HttpVendor) => writes(vendor).map(({ body }) => JSON.parse(body ?? 'null'))

test('a new set is written only if there is none, and one that is there only as it was read', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.addTxt(at(NAME, 'other'))
  for (const value of [ours.value, 'other']) await provider.removeTxt(at(NAME, value))
  const conditions = writes(vendor).map(({ method, headers = {} }) => ({
    method,
    ifNoneMatch: headers['if-none-match'],
    isForOne: headers['if-match'] !== undefined,
  }))
  const asItWasRead = { ifNoneMatch: undefined, isForOne: true }
  expect(conditions).toEqual([
    { method: 'PUT', ifNoneMatch: '*', isForOne: false },
    { method: 'PUT', ...asItWasRead },
    { method: 'PUT', ...asItWasRead },
    { method: 'DELETE', ...asItWasRead },
  ])
})

test('a set that somebody else made a moment ago is read and added to', async () => {
  const vendor = create()
  vendor.meanwhile?.(() => vendor.put(row(NAME, 'meanwhile')))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['meanwhile', ours.value])
})

test('a set to which somebody else adds while the last value is removed stays', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  vendor.meanwhile?.(() => vendor.put(row(NAME, 'meanwhile')))
  await provider.removeTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['meanwhile'])
})

test('the ttl, the metadata and the parts of values that stand there already are kept', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  const properties = { TTL: 7200, TXTRecords: [{ value: ['v=spf1 ', '-all'] }], metadata: { owner: 'mail' } }
  vendor.fault({ method: 'GET', reply: { status: 200, body: { etag: 'an-etag', properties } } })
  vendor.fault({ method: 'PUT', reply: { status: 200 } })
  await provider.addTxt(ours)
  const TXTRecords = [...properties.TXTRecords, { value: [ours.value] }]
  expect(bodies(vendor)).toEqual([{ properties: { ...properties, TXTRecords } }])
  expect(writes(vendor)[0]?.headers).toMatchObject({ 'if-match': 'an-etag' })
})

test('a value that stands there in parts is found', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  const TXTRecords = [{ value: [ours.value.slice(0, 4), ours.value.slice(4)] }]
  vendor.fault({ method: 'GET', reply: { status: 200, body: { etag: 'e', properties: { TTL: 60, TXTRecords } } } })
  await provider.addTxt(ours)
  expect(writes(vendor)).toEqual([])
})

test('an ETag that fits into no header is no answer', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  vendor.fault({ method: 'GET', reply: { status: 200, body: { etag: 'a\r\nb: c', properties: { TTL: 60 } } } })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

test('a refusal is told in the words of Azure', async () => {
  const vendor = create()
  vendor.fault({ method: 'PUT', reply: refusal(400, 'BadRequest', 'The TXT record is not valid.') })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringContaining('BadRequest: The TXT record is not valid.'),
  })
})

test('a client secret that is wrong is DENIED, and nothing of it is repeated', async () => {
  const vendor = create()
  vendor.fault({
    method: 'POST',
    reply: { status: 401, body: { error: 'invalid_client', error_description: `AADSTS7000215: not ${TOKEN}` } },
  })
  const refused = await (await vendor.open()).addTxt(ours).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'DENIED', message: expect.stringContaining('AADSTS7000215') })
  expect(JSON.stringify([refused, String(refused)])).not.toContain(TOKEN)
})

test.each([
  ['us-government', 'https://login.microsoftonline.us', 'https://management.usgovcloudapi.net'],
  ['china', 'https://login.partner.microsoftonline.cn', 'https://management.chinacloudapi.cn'],
] as const)('the cloud %s has addresses of its own', async (cloud, login, management) => {
  const issued = { access_token: 't', token_type: 'Bearer', expires_in: 3599 }
  const { context, requests } = contextOver(
    answering(() => ({ status: 200, body: issued })),
    TOKEN,
  )
  await (await driver.open({ ...options, cloud }, context)).check?.(ours)
  expect(requests.map(({ url }) => new URL(url).origin)).toEqual([login, management])
  expect(new URLSearchParams(requests[0]?.body).get('scope')).toBe(`${management}/.default`)
})

test('names that would lead to another place in a path are refused in the configuration', () => {
  const given = { ...options, clientSecret: 'env:AZURE_CLIENT_SECRET' }
  expect(v.safeParse(driver.options, given).success).toBe(true)
  for (const more of [
    { tenant: '../x' },
    { tenant: '..' },
    { subscription: 'mine' },
    { resourceGroup: 'a/../b' },
    { resourceGroup: '..' },
  ])
    expect([more, v.safeParse(driver.options, { ...given, ...more }).success]).toEqual([more, false])
})

describeRecordings('dns/azure', (conversations) => {
  test('a set is read, made and removed as it was recorded, at the recorded name', async () => {
    const vendor = create()
    const provider = await vendor.open()
    await provider.addTxt(at('myrstxt', 'some_text'))
    await provider.removeTxt(at('myrstxt', 'some_text'))
    const sent = vendor.requests.filter(({ url }) => url.includes('/TXT/myrstxt'))
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET', 'DELETE'])
    expect(sent.filter((request) => !isLikeARecordedOne(request, conversations)).map(route)).toEqual([])
  })

  const refusals = conversations
    .flatMap(({ exchanges }) => exchanges)
    .filter(({ response }) => response.status === 412)
    .map(({ response }) => ({ status: response.status, body: response.body }))

  test('each recorded 412 has the set read again', async () => {
    expect(refusals.length).toBeGreaterThan(3)
    for (const reply of refusals) {
      const vendor = create()
      vendor.fault({ method: 'PUT', reply })
      await (await vendor.open()).addTxt(ours)
      expect(writes(vendor)).toHaveLength(2)
      expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
    }
  })
})
