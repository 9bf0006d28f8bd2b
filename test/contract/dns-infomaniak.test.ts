import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/infomaniak.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('what was written is shown in quotes, and found again', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  expect(JSON.parse(vendor.requests.at(-1)?.body as string)).toEqual({
    ...{ type: 'TXT', source: NAME, target: ours.value, ttl: 60 },
  })
  await provider.addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('the zone itself is a dot where it is written, and a dot or nothing where it is shown', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(at('', ours.value))
  expect(JSON.parse(vendor.requests.at(-1)?.body as string)).toMatchObject({ source: '.' })
  const data = [{ id: 1, source: '', type: 'TXT', target: `"${ours.value}"`, ttl: 60 }]
  vendor.fault({ method: 'GET', reply: { status: 200, body: { result: 'success', data } } })
  await provider.addTxt(at('', ours.value))
  expect(vendor.changes()).toBe(1)
})

test('an error that comes with 200 is none the less one', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: refusal(200, 'validation_failed', 'Validation failed') })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

test('what is wrong with a record is told in the words of Infomaniak, all of it', async () => {
  const vendor = create()
  const errors = [{ code: 'attribute_required', description: 'The name attribute is required', context: {} }]
  vendor.fault({ method: 'POST', reply: refusal(422, 'validation_failed', 'Validation failed', errors) })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringContaining(
      'Validation failed (validation_failed); The name attribute is required (attribute_required)',
    ),
  })
})

test('a value that stands there in letters of another case is another value', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value.toUpperCase()))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value.toUpperCase(), ours.value])
})
