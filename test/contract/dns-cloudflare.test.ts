import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/cloudflare.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a value that somebody else adds at the same moment is there, which is what was wanted', async () => {
  const vendor = create()
  vendor.meanwhile?.(() => vendor.put(row(NAME, ours.value)))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a record that somebody else removes at the same moment is gone, which is what was wanted', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value))
  vendor.fault({ method: 'DELETE', reply: refusal(404, 81044, 'Record does not exist.') })
  await expect((await vendor.open()).removeTxt(ours)).resolves.toBeUndefined()
})

test('a record that was written with quotes is found', async () => {
  const vendor = create()
  vendor.put(row(NAME, `"${ours.value}"`))
  const provider = await vendor.open()
  await provider.addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
  await provider.removeTxt(ours)
  expect(vendor.rows()).toEqual([])
})

test('a token that cannot be one is DENIED, though the vendor calls the request bad', async () => {
  const vendor = create()
  const chain = { code: 6111, message: 'Invalid format for Authorization header' }
  const errors = [{ code: 6003, message: 'Invalid request headers', error_chain: [chain] }]
  vendor.fault({ method: 'GET', reply: { status: 400, body: { success: false, errors } } })
  await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('Invalid format for Authorization header (6111)'),
  })
})

test('of two zones of one name the active one is written', async () => {
  const vendor = create()
  const result = [
    { id: '64789f348d16a1ac1c1fd5cd8028476c', name: 'example.com', status: 'moved' },
    { id: '457dd20dded351b97830cb528f507819', name: 'example.com', status: 'active' },
  ]
  vendor.fault({ method: 'GET', reply: { status: 200, body: { success: true, result } } })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a zone that is not active yet is written as well', async () => {
  const vendor = create()
  const result = [{ id: '457dd20dded351b97830cb528f507819', name: 'example.com', status: 'pending' }]
  vendor.fault({ method: 'GET', reply: { status: 200, body: { success: true, result } } })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('adding and removing in one zone asks for the zone once', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(vendor.requests.filter(({ url }) => new URL(url).pathname === '/client/v4/zones')).toHaveLength(1)
})
