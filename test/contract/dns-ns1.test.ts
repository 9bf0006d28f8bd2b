import { expect, test } from 'vitest'
import { create } from '../support/dns/ns1.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a record that somebody else creates at the same moment is read again, and both values stand there', async () => {
  const vendor = create()
  vendor.meanwhile?.(() => vendor.put(row(NAME, 'meanwhile')))
  await (await vendor.open()).addTxt(ours)
  expect(
    vendor
      .rows()
      .map(({ value }) => value)
      .sort(),
  ).toEqual(['meanwhile', ours.value])
})

test('what belongs to an answer of somebody else is written again as it was read', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'foreign'))
  const answers = [{ answer: ['foreign'], id: '7', meta: { up: true }, region: 'eu' }]
  vendor.fault({ method: 'GET', reply: { status: 200, body: { answers, filters: [] } } })
  await (await vendor.open()).addTxt(ours)
  const sent = vendor.requests.find(({ method }) => method === 'POST')?.body ?? ''
  expect(JSON.parse(sent)).toEqual({ answers: [...answers, { answer: [ours.value] }] })
})

test('the last value goes with its record', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(vendor.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'PUT', 'GET', 'DELETE'])
})

test('a zone is asked for without its records', async () => {
  const vendor = create()
  await (await vendor.open()).check?.(ours)
  expect(vendor.requests.map(({ url }) => url)).toEqual(['https://api.nsone.net/v1/zones/example.com?records=false'])
})
