import * as v from 'valibot'
import { expect, test } from 'vitest'
import { driver as httpreq } from '../../lib/dns/drivers/httpreq.ts'
import { create } from '../support/dns/httpreq.ts'
import { at, TOKEN } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')

test('the name is sent absolute, with the final dot', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  expect(vendor.requests.map(({ url, body }) => [url, body])).toEqual([
    ['https://dns.example/hook/present', `{"fqdn":"${ours.name}.","value":"${ours.value}"}`],
  ])
})

test.each([{ username: 'me' }, { password: { from: 'env', name: 'P' } as const }])(
  'half of the credentials is a mistake in the configuration',
  async (half) => {
    const { context } = contextOver(
      answering(() => ({ status: 200 })),
      TOKEN,
    )
    const opening = httpreq.open({ endpoint: 'https://dns.example', ...half }, context)
    await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  },
)

test('a service without credentials is sent none', async () => {
  const { context, requests } = contextOver(
    answering(() => ({ status: 200 })),
    TOKEN,
  )
  await (await httpreq.open({ endpoint: 'https://dns.example' }, context)).addTxt(ours)
  expect(requests.map(({ headers = {} }) => 'authorization' in headers)).toEqual([false])
})

test.each([
  [{ username: 'a:b', password: 'env:P' }, false],
  [{ username: 'ab', password: 'env:P' }, true],
  [{ mode: 'default' }, true],
  [{ mode: 'RAW' }, false],
  [{ mode: '' }, false],
])('with %j can be configured: %j', (given, can) => {
  expect(v.safeParse(httpreq.options, { endpoint: 'https://dns.example', ...given }).success).toBe(can)
})
