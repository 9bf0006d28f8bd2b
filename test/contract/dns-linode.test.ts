import { expect, test } from 'vitest'
import { create } from '../support/dns/linode.ts'
import { at, row, ZONE } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a record that somebody else removed in between is gone, which is what was wanted', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value))
  vendor.fault({ method: 'DELETE', reply: { status: 404, body: { errors: [{ reason: 'Not found' }] } } })
  await expect((await vendor.open()).removeTxt(ours)).resolves.toBeUndefined()
})

test('adding and removing in one zone asks for the zone once, and again where it was not found', async () => {
  const vendor = create()
  const provider = await vendor.open()
  const asked = () => vendor.requests.filter(({ url }) => /\/v4\/domains\?page=1$/.test(url)).length
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(asked()).toBe(1)
  const elsewhere = at('_acme-challenge', 'our-value_1', 'elsewhere.test')
  for (const _ of [1, 2]) await expect(provider.addTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
  expect(asked()).toBe(3)
})

test('a name is the same in capital letters', async () => {
  const vendor = create()
  vendor.put(row(NAME.toUpperCase(), ours.value))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a busy API is worth trying again', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: { status: 400, body: { errors: [{ reason: 'Linode busy.' }] } } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a domain whose records are written elsewhere is refused', async () => {
  const vendor = create()
  vendor.fault({
    method: 'GET',
    reply: { status: 200, body: { data: [{ id: 2, domain: ZONE, type: 'slave' }], pages: 1 } },
  })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})
