import { expect, test } from 'vitest'
import { create } from '../support/dns/digitalocean.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a name is the same in capital letters', async () => {
  const vendor = create()
  vendor.put(row(NAME.toUpperCase(), ours.value))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a refusal is told with the words and the id of the vendor', async () => {
  const vendor = create()
  vendor.trouble('rejected')
  await expect((await vendor.open()).addTxt(ours)).rejects.toThrow(/Data is invalid \(unprocessable_entity\)/)
})

test('a domain that the token does not reach is no zone', async () => {
  const elsewhere = at('_acme-challenge', 'our-value_1', 'elsewhere.test')
  await expect((await create().open()).addTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})
