import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/godaddy.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('it changes nothing but by adding one record and by deleting one', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'foreign'))
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(vendor.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'DELETE'])
})

test.each([409, 422])(
  'a record that somebody adds at the same moment is as good as ours, refused with %i',
  async (status) => {
    const vendor = create()
    const provider = await vendor.open()
    vendor.meanwhile?.(() => {
      vendor.put(row(NAME, ours.value))
      vendor.fault({ method: 'POST', reply: refusal(status, 'DUPLICATE_RECORD', 'The record exists.') })
    })
    await provider.addTxt(ours)
    expect(vendor.rows()).toHaveLength(1)
  },
)

test('a refusal for any other reason is an error, with what the vendor said', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: refusal(409, 'dns_record_not_mutable', 'The record is managed by GoDaddy.') })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('managed by GoDaddy'),
  })
  expect(vendor.rows()).toEqual([])
})

test('a full page is followed by another one, whether or not a link says so', async () => {
  const vendor = create()
  const items = Array.from({ length: 100 }, (_, index) => ({
    recordId: `${index}`,
    type: 'TXT',
    name: NAME,
    data: `${index}`,
  }))
  vendor.fault({ method: 'GET', reply: { status: 200, body: { items } } })
  vendor.put(row(NAME, 'a'), row(NAME, 'b'), row(NAME, ours.value))
  await (await vendor.open()).removeTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['a', 'b'])
})
