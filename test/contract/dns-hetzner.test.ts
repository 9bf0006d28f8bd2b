import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/hetzner.ts'
import { at, row } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('a change is waited for until it is carried out', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  expect(vendor.requests.slice(-3).map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
    `POST /v1/zones/53091/rrsets/${NAME}/TXT/actions/add_records`,
    'GET /v1/zones/actions/7',
    'GET /v1/zones/actions/7',
  ])
})

test('a change that Hetzner cannot carry out is an error in its words', async () => {
  await expect((await create({ ends: 'error' }).open()).addTxt(ours)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('Action failed (action_failed)'),
  })
})

test('a change that is not carried out within a minute is not waited for any longer', async () => {
  const vendor = create({ ends: 'running' })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(vendor.requests.length).toBeLessThan(30)
})

test('a zone that another change has locked is written once that is over', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: refusal(423, 'locked', 'zone is locked') })
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
})

test('a value that somebody else has just added is there, as was wanted', async () => {
  const vendor = create()
  vendor.meanwhile?.(() => vendor.put(row(NAME, ours.value)))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a set keeps its TTL, which may be that of the zone', async () => {
  const vendor = create()
  vendor.put({ ...row(NAME, 'foreign'), ttl: 7200 }, row('', 'foreign'))
  const provider = await vendor.open()
  for (const record of [ours, at('', ours.value)]) await provider.addTxt(record)
  const sent = vendor.requests.flatMap(({ body }) => (body === undefined ? [] : [JSON.parse(body as string)]))
  expect(sent.map(({ ttl }) => ttl)).toEqual([7200, undefined])
})

test('a zone whose records are written elsewhere is refused', async () => {
  const provider = await create({ mode: 'secondary' }).open()
  await expect(provider.check?.(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})
