import { expect, test } from 'vitest'
import { create } from '../support/dns/desec.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a set that somebody else made a moment ago is read and added to', async () => {
  const vendor = create()
  vendor.meanwhile?.(() => vendor.put(row(NAME, 'meanwhile')))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['meanwhile', ours.value])
})

test('a set that somebody else removed a moment ago is made anew', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'foreign'))
  vendor.fault({ method: 'PATCH', reply: { status: 404, body: { detail: 'Not found.' } } })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(2)
  expect(vendor.rows().map(({ value }) => value)).toEqual(['foreign', ours.value])
})

test('the last value takes the set with it', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(JSON.parse(vendor.requests.at(-1)?.body as string)).toEqual({ records: [] })
  expect(vendor.rows()).toEqual([])
})
