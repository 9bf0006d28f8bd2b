import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/ionos.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a record that somebody else removed in between is gone, whatever the status says', async () => {
  const vendor = create()
  vendor.put(row(NAME, ours.value))
  vendor.fault({ method: 'DELETE', reply: refusal(400, 'RECORD_NOT_FOUND', 'Record does not exist.') })
  await expect((await vendor.open()).removeTxt(ours)).resolves.toBeUndefined()
})

test('a refusal tells its code where it has no words', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: { status: 400, body: [{ code: 'INVALID_RECORD' }] } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringMatching(/400: INVALID_RECORD$/),
  })
})

test('records that cannot be read are an error, and never none', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  vendor.fault({ method: 'GET', reply: { status: 200, body: { records: [{ name: NAME }] } } })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})
