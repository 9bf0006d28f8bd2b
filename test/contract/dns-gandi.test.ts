import { expect, test } from 'vitest'
import { create } from '../support/dns/gandi.ts'
import { at, row } from '../support/dns-vendors.ts'

const ours = at('', 'our-value_1')

test('the ttl of a set that stands there already is kept', async () => {
  const vendor = create()
  vendor.put({ ...row('', 'foreign'), ttl: 7200 })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value, ttl }) => [value, ttl])).toEqual([
    ['foreign', 7200],
    [ours.value, 7200],
  ])
})

test('a value of several words goes back in its quotes', async () => {
  const vendor = create()
  vendor.put(row('', 'v=spf1 -all'))
  await (await vendor.open()).addTxt(ours)
  const sent = JSON.parse(vendor.requests.at(-1)?.body as string)
  expect(sent.rrset_values).toEqual(['"v=spf1 -all"', ours.value])
})

test('the last value takes the set with it', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(vendor.requests.at(-1)?.method).toBe('DELETE')
  expect(vendor.rows()).toEqual([])
})
