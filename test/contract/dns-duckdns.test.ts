import { expect, test } from 'vitest'
import { driver } from '../../lib/dns/drivers/duckdns.ts'
import { create } from '../support/dns/duckdns.ts'
import { at, TOKEN, token } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { describeRecordings } from '../support/recordings.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')
const twin = at('_acme-challenge.shop', 'our-value_2')
const values = (vendor: ReturnType<typeof create>) => vendor.rows().map(({ value }) => value)

test('a second value in a domain is refused while the first stands there, and says whose that is', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await expect(provider.addTxt(twin)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('another certificate'),
  })
  expect(values(vendor)).toEqual([ours.value])
  await provider.removeTxt(ours)
  await provider.addTxt(twin)
  expect(values(vendor)).toEqual([twin.value])
})

test('all names in a domain have room for one value together', async () => {
  const provider = await driver.open(
    { token },
    contextOver(
      answering(() => ({ status: 404 })),
      TOKEN,
    ).context,
  )
  const of = (name: string) => ({ name, zone: 'duckdns.org', relativeName: '', provider: 'main' })
  expect(await provider.capacity(of('_acme-challenge.shop.duckdns.org'))).toEqual({ key: 'shop', most: 1 })
  expect(await provider.capacity(of('_acme-challenge.www.shop.duckdns.org'))).toEqual({ key: 'shop', most: 1 })
})

test('removing a value that was never written leaves the one that stands there', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  await provider.removeTxt(twin)
  expect(values(vendor)).toEqual([ours.value])
})

test('KO is DENIED, by adding and by removing, and nothing stands in the way afterwards', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.trouble('denied')
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'DENIED' })
  await provider.addTxt(twin)
  vendor.trouble('denied')
  await expect(provider.removeTxt(twin)).rejects.toMatchObject({ code: 'DENIED' })
  expect(values(vendor)).toEqual([twin.value])
})

test.each(['', 'OKAY', '<html>', '{"status":"OK"}'])('%j is none of its answers', async (body) => {
  const vendor = create()
  vendor.fault({ method: 'GET', reply: { status: 200, body } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

describeRecordings('dns/duckdns', (conversations) => {
  test('what is sent and read is what was sent and read when it was recorded', async () => {
    const { exchanges } = conversations.find(({ name }) => name === 'delete-by-name') as (typeof conversations)[number]
    const recorded = exchanges.map(({ request }) => request.url)
    const replies = exchanges.map(({ response }) => ({ status: response.status, body: response.body }))
    const { context, requests } = contextOver(
      answering(() => replies[requests.length - 1] as (typeof replies)[number]),
      TOKEN,
    )
    const provider = await driver.open({ token }, context)
    const record = { ...at('', 'challengetoken', 'duckdns.org'), name: 'delete.testlexicon.duckdns.org' }
    await provider.addTxt(record)
    await provider.removeTxt(record)
    const query = (url: string) =>
      [...new URL(url).searchParams]
        .filter(([name]) => name !== 'token')
        .sort(([one], [other]) => (one < other ? -1 : 1))
    expect(requests.map(({ url }) => query(url))).toEqual(recorded.map(query))
  })
})
