import { expect, test } from 'vitest'
import { create } from '../support/dns/scaleway.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a record that somebody else removed in between is gone, which is what was wanted', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value))
  vendor.fault({ method: 'PATCH', reply: { status: 404, body: { type: 'not_found' } } })
  await expect((await vendor.open()).removeTxt(ours)).resolves.toBeUndefined()
})

test('the chunks of a quoted value are one value', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'our-" "value_1'))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('what is escaped in a quoted value is read as what it stands for', async () => {
  const vendor = create()
  vendor.put(row(NAME, 'a\\"b'))
  await (await vendor.open()).addTxt({ ...ours, value: 'a"b' })
  expect(vendor.rows()).toHaveLength(1)
})

test('a typo never makes a new zone', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  const sent = vendor.requests.map(({ body }) => body && JSON.parse(body)).at(-1)
  expect(sent).toMatchObject({ disallow_new_zone_creation: true })
})

test('what passes by itself is worth trying again, whatever its status', async () => {
  const vendor = create()
  const body = { type: 'transient_state', message: 'zone is locked' }
  vendor.fault({ method: 'PATCH', reply: { status: 409, body } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a refusal tells which argument was wrong', async () => {
  const vendor = create()
  const details = [{ argument_name: 'ttl', reason: 'constraint' }, 'not an object']
  for (const given of [details.slice(0, 1), details]) {
    const body = { type: 'invalid_arguments', message: 'invalid argument(s)', details: given }
    vendor.fault({ method: 'PATCH', reply: { status: 400, body } })
  }
  const provider = await vendor.open()
  const refusal = (message: RegExp) => ({ code: 'REJECTED', message: expect.stringMatching(message) })
  await expect(provider.addTxt(ours)).rejects.toMatchObject(refusal(/400: invalid argument\(s\); ttl constraint$/))
  await expect(provider.addTxt(ours)).rejects.toMatchObject(refusal(/400: invalid argument\(s\)$/))
})
