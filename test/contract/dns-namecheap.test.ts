import { describe, expect, test } from 'vitest'
import { createClient } from '../../lib/dns/drivers/namecheap/client.ts'
import { readXml } from '../../lib/dns/drivers/namecheap/xml.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { create, form, refusal } from '../support/dns/namecheap.ts'
import { at, TOKEN } from '../support/dns-vendors.ts'
import { answering } from '../support/driver-context.ts'
import { describeRecordings } from '../support/recordings.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const twin = at('_acme-challenge.other', 'our-value_2')

const ALL = [
  { name: '', type: 'A', value: '192.0.2.1' },
  { name: '', type: 'MX', value: '20 mail.example.net.' },
  { name: '', type: 'CAA', value: '0 issue "letsencrypt.org"', ttl: 300 },
  { name: '', type: 'TXT', value: 'v=spf1 a:x.example -all & <more> + "quotes" é' },
  { name: '*', type: 'URL301', value: 'https://www.example.com/?a=1&b=2' },
  { name: NAME, type: 'CNAME', value: 'elsewhere.example.net.' },
]

/** All that stands in the zone, of whatever type, as getHosts shows it. */
async function everything(vendor: ReturnType<typeof create>) {
  const { body } = vendor.answer(vendor.requests[0] as (typeof vendor.requests)[number]) as { body: string }
  return body.match(/<host [^>]*>/g)?.sort() ?? []
}

test('records of others are written again as they were, of whatever type, and so is the setting of mail', async () => {
  const vendor = create({ emailType: 'MX' })
  vendor.put(...ALL)
  const provider = await vendor.open()
  await provider.check?.(ours)
  const before = await everything(vendor)
  await provider.addTxt(ours)
  expect(await everything(vendor)).toHaveLength(before.length + 1)
  await provider.removeTxt(ours)
  expect(await everything(vendor)).toEqual(before)
  expect(vendor.mail.type).toBe('MX')
})

test('the key stands in the body of a request, and in no URL', async () => {
  const vendor = create()
  await (await vendor.open()).addTxt(ours)
  expect(vendor.requests.map((request) => form(request).get('ApiKey'))).toEqual(Array(3).fill(TOKEN))
  expect(vendor.requests.map(({ url }) => url)).toEqual(Array(3).fill('https://api.namecheap.com/xml.response'))
})

test('two names of a zone are written one after the other, so that neither value is lost', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await Promise.all([provider.addTxt(ours), provider.addTxt(twin)])
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value, twin.value])
})

test('a value that somebody else has written over is written again', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.meanwhile?.(() => vendor.fault({ method: 'POST', reply: SUCCESS }))
  await provider.addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
  expect(vendor.changes()).toBe(2)
})

test('a zone that cannot be read just now is read a little later', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: { status: 503 } })
  await (await vendor.open()).check?.(ours)
  expect(vendor.requests).toHaveLength(2)
})

const SUCCESS = {
  status: 200,
  body: '<ApiResponse Status="OK"><Errors/><CommandResponse Type="x"><DomainDNSSetHostsResult Domain="example.com" IsSuccess="true"/></CommandResponse></ApiResponse>',
}

describe('nothing is written', () => {
  const unchanged = async (vendor: ReturnType<typeof create>, expected: object) => {
    await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject(expected)
    expect(vendor.changes()).toBe(0)
  }

  test('where the zone is shown empty', () =>
    unchanged(create({ isEmpty: true }), { code: 'REJECTED', message: expect.stringContaining('no record') }))

  test('where the zone is shown empty, which is found before anything is ordered', async () => {
    const provider = await create({ isEmpty: true }).open()
    await expect(provider.check?.(ours)).rejects.toMatchObject({ code: 'REJECTED' })
  })

  test('where a record is of a type that the API does not take', () => {
    const vendor = create()
    vendor.put({ name: 'x', type: 'TLSA', value: '3 1 1 00' })
    return unchanged(vendor, { code: 'REJECTED', message: expect.stringContaining('so that nothing gets lost') })
  })

  test('where the setting of mail is not shown', () => unchanged(create({ emailType: '' }), { code: 'REJECTED' }))

  test('where the domain is served elsewhere', () =>
    unchanged(create({ isServedHere: false }), {
      code: 'DNS_NO_ZONE',
      message: expect.stringContaining('does not serve'),
    }))

  test.each([
    ['cut short', '<?xml version="1.0"?><ApiResponse Status="OK"><Errors/><CommandResponse Type="x">'],
    ['no XML', 'Service unavailable'],
    ['another document', '<html><body>Maintenance</body></html>'],
    ['not said to be well', '<ApiResponse Status="ERROR"><Errors/></ApiResponse>'],
  ])('where the answer is %s', (_what, body) => {
    const vendor = create()
    for (let times = 0; times < 3; times++) vendor.fault({ method: 'POST', reply: { status: 200, body } })
    return unchanged(vendor, { code: expect.stringMatching(/^(ANSWER_INVALID|REJECTED)$/) })
  })
})

test('a record that is missing after a write is not passed over in silence', async () => {
  const vendor = create({ forgets: 'CAA' })
  vendor.put(...ALL)
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringContaining('shows 7 of the 8 records'),
  })
})

test.each([
  [1011102, 'API Key is invalid', 'DENIED'],
  [1011150, 'Invalid request IP: 198.51.100.1', 'DENIED'],
  [2016166, 'Domain is not associated with your account', 'DNS_NO_ZONE'],
  [2030166, 'Domain is invalid', 'REJECTED'],
  [5050900, 'Unknown exceptions', 'UNAVAILABLE'],
])('the error %i is %s', async (number, text, code) => {
  const vendor = create()
  for (let times = 0; times < 3; times++) vendor.fault({ method: 'POST', reply: refusal(number, text) })
  await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({
    code,
    ...(code === 'DNS_NO_ZONE' ? {} : { message: expect.stringContaining(text) }),
  })
})

test('a second level of registration is told apart from the name', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(at('', '', 'shop.co.uk'))?.catch(() => {})
  const sent = form(vendor.requests[0] ?? {})
  expect([sent.get('SLD'), sent.get('TLD')]).toEqual(['shop', 'co.uk'])
})

describe('XML', () => {
  test('is read with its attributes, its text and its characters', () => {
    expect(readXml('<?xml version="1.0"?>\n<a x="1 &lt; 2" y="">t&#233;&#x20AC;&amp;<b/></a>\n')).toEqual({
      name: 'a',
      attributes: { x: '1 < 2', y: '' },
      text: 'té€&',
      children: [{ name: 'b', attributes: {}, text: '', children: [] }],
    })
  })

  test.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '<a></a><a></a>',
    '<a></a> more',
    '<a x=1/>',
    "<a x='1'/>",
    '<a x="1" x="2"/>',
    '<a x="<"/>',
    '<a></a x="1">',
    '<a>&unknown;</a>',
    '<a>&#1114112;</a>',
    '<a>&</a>',
    '<a><!-- a comment --></a>',
    '<a><![CDATA[b]]></a>',
    '<!DOCTYPE a><a/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<a><?php ?></a>',
  ])('is none in %s', (text) => {
    expect(readXml(text)).toBe(undefined)
  })
})

describeRecordings('dns/namecheap', (conversations) => {
  const exchanges = conversations.flatMap((each) => each.exchanges)
  const of = (command: string) => exchanges.filter(({ request }) => request.url.includes(`Command=${command}`))
  const lists = of('namecheap.domains.dns.getHosts')
  const location = { ...ours, zone: 'unittest2.dev' }
  const clientOf = (body: unknown) =>
    createClient(
      answering(() => ({ status: 200, body })),
      {
        ...{ endpoint: 'https://api.namecheap.com', apiUser: 'jane', apiKey: new Secret(TOKEN), clientIp: '192.0.2.7' },
      },
    )

  test('every zone that was recorded is read with all of its records', async () => {
    expect(lists.length).toBeGreaterThan(10)
    for (const { response } of lists) {
      const { hosts, emailType, isServedHere } = await clientOf(response.body).getHosts(location)
      expect(hosts).toHaveLength(`${response.body}`.match(/<host /g)?.length ?? 0)
      expect([emailType, isServedHere]).toEqual(['FWD', true])
    }
  })

  test('each write that was recorded is understood as done', async () => {
    const writes = of('namecheap.domains.dns.setHosts')
    expect(writes.length).toBeGreaterThan(5)
    for (const { response } of writes)
      await clientOf(response.body).setHosts(location, { emailType: 'FWD', isServedHere: true, hosts: [] })
  })

  test('a zone is written with the fields that were sent then, and the setting of its mail', async () => {
    const [first] = of('namecheap.domains.dns.setHosts')
    const known = new URLSearchParams(`${first?.request.body}`)
    const vendor = create()
    await (await vendor.open()).addTxt(ours)
    const sent = vendor.requests.map(form).find((each) => each.get('Command')?.endsWith('.setHosts'))
    const fields = [...(sent?.keys() ?? [])].filter((field) => !/^(Api|User|ClientIp|Command)/.test(field))
    expect(fields.filter((field) => !known.has(field))).toEqual(['EmailType'])
  })
})
