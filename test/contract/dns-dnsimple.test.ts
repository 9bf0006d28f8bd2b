import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/dnsimple.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('the zone is written in the account that holds it', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  expect(new URL(vendor.requests.at(-1)?.url ?? '').pathname).toBe('/v2/731/zones/example.com/records')
})

test('an account that the token may not look into is an error, and not passed over', async () => {
  const vendor = create()
  vendor.fault({ method: 'GET', reply: { status: 200, body: { data: [{ id: 731 }] } } })
  vendor.fault({ method: 'GET', reply: refusal(403, 'Permission Denied. Required Scope: zones:example.com:read') })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('Required Scope: zones:example.com:read'),
  })
})

test('a value that somebody else has just added is there, as was wanted', async () => {
  const vendor = create()
  vendor.meanwhile?.(() => vendor.put(row(NAME, ours.value)))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a refusal is told with the fields that it is about', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: refusal(400, 'Validation failed', { ttl: ['is not a number'] }) })
  await expect((await vendor.open()).addTxt(ours)).rejects.toThrow(/Validation failed; ttl is not a number/)
})

test('a content that was written without quotes is the same value', async () => {
  const vendor = create()
  const data = [{ id: 1, type: 'TXT', name: NAME, content: ours.value }]
  const provider = await vendor.open()
  await provider.check?.(ours)
  vendor.fault({ method: 'GET', reply: { status: 200, body: { data, pagination: { total_pages: 1 } } } })
  await provider.addTxt(ours)
  expect(vendor.rows()).toEqual([])
})
