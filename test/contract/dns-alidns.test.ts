import * as v from 'valibot'
import { expect, test } from 'vitest'
import { recordsAnswer } from '../../lib/dns/drivers/alidns/driver.ts'
import { signed } from '../../lib/dns/drivers/alidns/signing.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { create, refusal } from '../support/dns/alidns.ts'
import { at, row, TOKEN } from '../support/dns-vendors.ts'
import { describeRecordings } from '../support/recordings.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

test('the example of the documentation is signed as it is there', () => {
  const action = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    name: 'RunInstances',
    version: '2014-05-26',
    parameters: {
      RegionId: 'cn-shanghai',
      ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd',
    },
    time: new Date('2023-10-26T10:22:32.500Z'),
    nonce: '3156853299f313e23d1673dc12e1703d',
  }
  const { path, headers } = signed(action, { id: 'YourAccessKeyId', secret: new Secret('YourAccessKeySecret') })
  expect(path).toBe('/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai')
  expect(headers.authorization).toBe(
    'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;' +
      'x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  )
})

test('the secret is sent nowhere', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  expect(JSON.stringify(vendor.requests)).not.toContain(TOKEN)
})

test.each([
  ['InvalidAccessKeyId.NotFound', 404, 'DENIED'],
  ['SignatureDoesNotMatch', 400, 'DENIED'],
  ['Forbidden.RAM', 400, 'DENIED'],
  ['InvalidTimeStamp.Expired', 400, 'DENIED'],
  ['IncorrectDomainUser', 400, 'DNS_NO_ZONE'],
  ['QuotaExceeded.TTL', 400, 'REJECTED'],
])('%s, which comes with %i, is %s', async (vendorCode, status, code) => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: refusal(status, vendorCode, 'as it says') })
  await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({ code })
})

test('a list that is throttled is read a little later, signed anew', async () => {
  const vendor = create()
  for (let times = 0; times < 2; times++)
    vendor.fault({
      method: 'POST',
      reply: refusal(400, 'Throttling.User', 'Request was denied due to user flow control.'),
    })
  await (await vendor.open()).check?.(ours)
  const nonces = vendor.requests.map(({ headers = {} }) => headers['x-acs-signature-nonce'])
  expect(new Set(nonces).size).toBe(3)
})

test('a record that is throttled is not said to be added', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.meanwhile?.(() => vendor.fault({ method: 'POST', reply: refusal(400, 'Throttling.User', 'flow control') }))
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(vendor.rows()).toEqual([])
})

test('a record that somebody adds at the same moment is as good as ours', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.meanwhile?.(() => vendor.put(row(NAME, ours.value)))
  await provider.addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('a domain outside of ASCII is asked for as it is written', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(at('', '', 'xn--bcher-kva.example'))?.catch(() => {})
  expect(new URL(vendor.requests[0]?.url ?? '').searchParams.get('DomainName')).toBe('bücher.example')
})

describeRecordings('dns/aliyun', (conversations) => {
  const exchanges = conversations.flatMap((each) => each.exchanges)
  const queries = (action: string) =>
    exchanges.filter(({ request }) => new URL(request.url).searchParams.get('Action') === action)

  test('every list that was recorded can be read', () => {
    const lists = queries('DescribeDomainRecords').map(({ response }) => v.safeParse(recordsAnswer, response.body))
    expect(lists.length).toBeGreaterThan(10)
    expect(lists.filter(({ success }) => !success)).toEqual([])
    const records = lists.flatMap(({ output }) => (output as v.InferOutput<typeof recordsAnswer>).DomainRecords.Record)
    expect(records.map(({ RR, Value }) => `${RR} ${Value}`)).toContain(
      '_acme-challenge.deleterecordinset challengetoken2',
    )
  })

  test('the parameters that are sent were sent then, but for those of pages', async () => {
    const vendor = create()
    const provider = await vendor.open()
    await provider.addTxt(ours)
    await provider.removeTxt(ours)
    const unlike = vendor.requests.flatMap(({ url, headers = {} }) => {
      const known = queries(headers['x-acs-action'] ?? '').map(({ request }) => new URL(request.url).searchParams)
      return [...new URL(url).searchParams.keys()].filter((name) => !known.some((each) => each.has(name)))
    })
    expect([...new Set(unlike)].sort()).toEqual(['PageNumber', 'PageSize'])
  })
})
