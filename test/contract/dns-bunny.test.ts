import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/bunny.ts'
import { at } from '../support/dns-vendors.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')

test('a record is a TXT record by its number', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  const sent = vendor.requests.find(({ method }) => method === 'PUT')?.body ?? ''
  expect(JSON.parse(sent)).toEqual({ Type: 3, Name: ours.relativeName, Value: ours.value, Ttl: 60 })
})

test('a zone whose name is only part of another is not that one', async () => {
  const vendor = create()
  const part = at('_acme-challenge', 'our-value_1', 'ample.com')
  await expect((await vendor.open()).addTxt(part)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})

test('the vendor’s own words are told', async () => {
  const vendor = create()
  vendor.fault({ method: 'PUT', reply: refusal(400, 'The TTL is too small.', 'Ttl') })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringContaining('The TTL is too small.'),
  })
})

test('adding and removing in one zone asks for the zone once', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  // On its second page.
  expect(vendor.requests.filter(({ url }) => new URL(url).pathname === '/dnszone')).toHaveLength(2)
})
