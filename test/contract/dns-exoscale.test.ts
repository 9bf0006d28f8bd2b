import { expect, test } from 'vitest'
import { create } from '../support/dns/exoscale.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a change is waited for until it is carried out', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  const sent = vendor.requests.slice(-3).map(({ method, url }) => `${method} ${new URL(url).pathname}`)
  expect(sent[0]).toMatch(/^POST /)
  expect(sent.slice(1)).toEqual(Array(2).fill('GET /v2/operation/f81d4fae-7dec-11d0-a765-00a0c91e6bf6'))
})

test.each([
  ['forbidden', 'DENIED'],
  ['incorrect', 'REJECTED'],
  ['busy', 'UNAVAILABLE'],
  ['constructor', 'UNAVAILABLE'],
])('a change that fails because it is %s is %s, in the words of Exoscale', async (reason, code) => {
  const vendor = create({ state: 'failure', reason, message: 'the domain is in the way' })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`the domain is in the way, ${reason}`),
  })
})

test('a record that is gone before it is removed is what was wanted', async () => {
  const vendor = create({ state: 'failure', reason: 'not-found' })
  vendor.put(row(NAME, ours.value))
  await expect((await vendor.open()).removeTxt(ours)).resolves.toBeUndefined()
})

test('a domain is found by its name in ASCII', async () => {
  const vendor = create()
  await expect((await vendor.open()).check?.(at(NAME, ours.value, 'xn--bcher-kva.example'))).resolves.toBeUndefined()
})

test('a refusal is told in either form of the API', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: { status: 422, body: { title: 'Invalid Request Body', errors: [] } } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toThrow(/Invalid Request Body/)
})
