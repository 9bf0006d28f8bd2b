import { expect, test } from 'vitest'
import { create } from '../support/dns/ovh.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const lost = { method: 'POST', reply: { status: 503 } } as const

test('what is added and what is removed is published', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  expect(vendor.published).toEqual([ours.value])
  await provider.removeTxt(ours)
  expect(vendor.published).toEqual([])
})

test('a value that a run wrote and did not publish is published by the next', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.published).toEqual([ours.value])
})

test('a value that cannot be published is not said to be added', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value))
  vendor.fault(lost)
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test.each(['INVALID_SIGNATURE', 'QUERY_TIME_OUT'])('a request refused with %s is denied', async (errorCode) => {
  const vendor = create()
  vendor.fault({ method: 'GET', reply: { status: 400, body: { errorCode, message: 'Invalid signature' } } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'DENIED' })
})

test('a record that goes away while the list is read is passed over', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'going'))
  const provider = await vendor.open()
  vendor.fault({ method: 'GET', reply: { status: 200, body: [1] } })
  await provider.addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['going', ours.value])
})
