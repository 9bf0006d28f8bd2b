import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/vultr.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a key that may not be used from this address is denied, and says so', async () => {
  const vendor = create()
  vendor.fault({ method: 'GET', reply: refusal(401, 'Unauthorized IP address: 192.0.2.1') })
  await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('Unauthorized IP address: 192.0.2.1'),
  })
})

test('a name is the same in capital letters', async () => {
  const vendor = create()
  vendor.put(row(NAME.toUpperCase(), ours.value))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('adding and removing in one zone asks for the zone once', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  const asked = () => vendor.requests.filter(({ url }) => new URL(url).pathname === '/v2/domains').length
  const once = asked()
  await provider.removeTxt(ours)
  expect([once, asked()]).toEqual([2, 2])
})
