import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/porkbun.ts'
import { at, TOKEN } from '../support/dns-vendors.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')

test.each(['Invalid API key. (002)', 'Domain is not opted in to API access.'])(
  '%s is DENIED, though the vendor calls the request bad',
  async (message) => {
    const vendor = create()
    vendor.fault({ method: 'GET', reply: refusal(message) })
    await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining(message),
    })
  },
)

test('an error that comes with 200 is none of its answers', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: refusal('Create error.', 200) })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

test('both keys stand in headers, and neither in a body or a URL', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(vendor.requests.map(({ headers = {} }) => headers['x-secret-api-key'])).toEqual(Array(4).fill(TOKEN))
  expect(JSON.stringify(vendor.requests.map(({ url, body }) => [url, body]))).not.toContain(TOKEN)
})

test('ids that come as numbers are removed as well', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  const get = vendor.requests[0] as (typeof vendor.requests)[number]
  const { body } = vendor.answer(get) as { body: { records: { id: string }[] } }
  const records = body.records.map((record) => ({ ...record, id: Number(record.id) }))
  vendor.fault({ method: 'GET', reply: { status: 200, body: { ...body, records } } })
  await provider.removeTxt(ours)
  expect(vendor.rows()).toEqual([])
})
