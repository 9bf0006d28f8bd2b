import { expect, test } from 'vitest'
import { create } from '../support/dns/powerdns.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const routes = (requests: readonly { method: string; url: string }[]) =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname.split('/').at(-1)}`)

test('secondaries of a primary zone are notified of each change, and of nothing else', async () => {
  const vendor = create('Master')
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  const change = ['GET example.com.', 'PATCH example.com.', 'PUT notify']
  expect(routes(vendor.requests)).toEqual([...change, 'GET example.com.', ...change])
})

test('a zone without secondaries notifies nobody', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  expect(routes(vendor.requests)).toEqual(['GET example.com.', 'PATCH example.com.'])
})

test('a value that somebody disabled stays disabled', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'disabled "old"'))
  const provider = await vendor.open()
  await provider.addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['disabled "old"', ours.value])
  await provider.removeTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['disabled "old"'])
})

test('a value that stands there disabled is enabled, and not written twice', async () => {
  const vendor = create()
  vendor.put(row(NAME, `disabled "${ours.value}"`))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
})

test('the values of others keep their time to live', async () => {
  const vendor = create()
  vendor.put({ ...row(NAME, 'foreign'), ttl: 3600 })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ ttl }) => ttl)).toEqual([3600, 3600])
})

test('what PowerDNS says of a refusal is told', async () => {
  const vendor = create()
  vendor.fault({ method: 'PATCH', reply: { status: 422, body: { error: 'Name is out of zone' } } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringContaining('Name is out of zone'),
  })
})
