import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { driver as httpreq } from '../../lib/dns/drivers/httpreq.ts'
import { registry } from '../../lib/dns/registry.ts'
import { at, fakes, row, TOKEN, ZONE } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')

describe.each([['scaleway', fakes.scaleway] as const, ['linode', fakes.linode] as const])(
  'a DNS vendor with records of its own: %s',
  (kind, create) => {
    test('a zone that the token cannot see is DNS_NO_ZONE, by adding and by removing', async () => {
      const provider = await create().open()
      const elsewhere = { ...ours, name: '_acme-challenge.elsewhere.test', zone: 'elsewhere.test' }
      await expect(provider.addTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
      await expect(provider.removeTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
    })

    test('a zone is checked with reads alone: one that it holds is there, one that the token cannot see is DNS_NO_ZONE', async () => {
      const vendor = create()
      const provider = await vendor.open()
      await expect(provider.check?.(ours)).resolves.toBeUndefined()
      const elsewhere = { ...ours, name: '_acme-challenge.elsewhere.test', zone: 'elsewhere.test' }
      await expect(provider.check?.(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
      expect(new Set(vendor.requests.map(({ method }) => method))).toEqual(new Set(['GET']))
    })

    test('adding and removing in one zone asks for the zone once, and again where it was not found', async () => {
      const vendor = create()
      const provider = await vendor.open()
      const zones = () => vendor.requests.filter(({ url }) => /\/v4\/domains\?page=1$/.test(url)).length
      const once = kind === 'linode' ? 1 : 0 // elsewhere the name of a zone is its id
      await provider.addTxt(ours)
      await provider.removeTxt(ours)
      expect(zones()).toBe(once)
      const elsewhere = { ...ours, name: '_acme-challenge.elsewhere.test', zone: 'elsewhere.test' }
      for (const _ of [1, 2]) await expect(provider.addTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
      expect(zones()).toBe(3 * once)
    })

    test('a value that stands there twice is removed twice', async () => {
      const vendor = create()
      vendor.put(row(NAME, ours.value), row(NAME, 'foreign'), row(NAME, ours.value))
      await (await vendor.open()).removeTxt(ours)
      expect(vendor.rows().map(({ value }) => value)).toEqual(['foreign'])
    })

    test('a record of another type with the same text is neither ours nor in the way', async () => {
      const vendor = create()
      vendor.put(row(NAME, ours.value, 'SPF'))
      const provider = await vendor.open()
      await provider.addTxt(ours)
      expect(vendor.rows()).toHaveLength(1)
      await provider.removeTxt(ours)
      expect(vendor.requests.filter(({ method }) => method !== 'GET')).toHaveLength(2)
    })

    test('a record that somebody else removed in between is gone, which is what was wanted', async () => {
      const vendor = create()
      vendor.put(row(NAME, ours.value))
      const reply = { status: 404, body: { errors: [{ reason: 'Not found' }], type: 'not_found' } }
      vendor.fault({ method: kind === 'scaleway' ? 'PATCH' : 'DELETE', reply })
      await expect((await vendor.open()).removeTxt(ours)).resolves.toBeUndefined()
    })

    test('a record that may not be removed is heard of', async () => {
      const vendor = create()
      vendor.put(row(NAME, ours.value))
      const reply = { status: 403, body: { errors: [{ reason: 'Unauthorized' }], type: 'denied' } }
      vendor.fault({ method: kind === 'scaleway' ? 'PATCH' : 'DELETE', reply })
      await expect((await vendor.open()).removeTxt(ours)).rejects.toMatchObject({ code: 'DENIED' })
    })

    test('a value lives for minutes at most', async () => {
      const vendor = create()
      await (await vendor.open()).addTxt(ours)
      const written = JSON.stringify(vendor.requests.filter(({ method }) => method !== 'GET'))
      expect(Number(/ttl(?:_sec)?\W+(\d+)/.exec(written)?.[1])).toBeLessThanOrEqual(300)
    })

    test('the top of a zone is a name like any other', async () => {
      const vendor = create()
      vendor.put(row('', 'ns0.example.net.', 'NS'), row('www', 'v'), row('', 'v=spf1 -all'))
      const provider = await vendor.open()
      await provider.addTxt(at('', 'v'))
      await provider.addTxt(at('', 'v'))
      expect(
        vendor
          .rows()
          .filter(({ value }) => value === 'v')
          .map(({ name }) => name),
      ).toEqual(['www', ''])
      await provider.removeTxt(at('', 'v'))
      expect(vendor.rows().map(({ value }) => value)).toEqual(['v', 'v=spf1 -all'])
    })
  },
)

test('linode: a name is the same in capital letters', async () => {
  const vendor = fakes.linode()
  vendor.put(row(NAME.toUpperCase(), ours.value))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('scaleway: the chunks of a quoted value are one value', async () => {
  const vendor = fakes.scaleway()
  vendor.put(row(NAME, 'our-" "value_1'))
  await (await vendor.open()).addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test('scaleway: what is escaped in a quoted value is read as what it stands for', async () => {
  const vendor = fakes.scaleway()
  vendor.put(row(NAME, 'a\\"b'))
  await (await vendor.open()).addTxt({ ...ours, value: 'a"b' })
  expect(vendor.rows()).toHaveLength(1)
})

test('scaleway: a typo never makes a new zone', async () => {
  const vendor = fakes.scaleway()
  await (await vendor.open()).addTxt(ours)
  const sent = vendor.requests.map(({ body }) => body && JSON.parse(body)).at(-1)
  expect(sent).toMatchObject({ disallow_new_zone_creation: true })
})

test('scaleway: what passes by itself is worth trying again, whatever its status', async () => {
  const vendor = fakes.scaleway()
  const body = { type: 'transient_state', message: 'zone is locked' }
  vendor.fault({ method: 'PATCH', reply: { status: 409, body } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('scaleway: a refusal tells which argument was wrong', async () => {
  const vendor = fakes.scaleway()
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

test('linode: a busy API is worth trying again', async () => {
  const vendor = fakes.linode()
  vendor.fault({ method: 'POST', reply: { status: 400, body: { errors: [{ reason: 'Linode busy.' }] } } })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('httpreq: the name is sent absolute, with the final dot', async () => {
  const vendor = fakes.httpreq()
  await (await vendor.open()).addTxt(ours)
  expect(vendor.requests.map(({ url, body }) => [url, body])).toEqual([
    ['https://dns.example/hook/present', `{"fqdn":"${ours.name}.","value":"${ours.value}"}`],
  ])
})

test('linode: a domain whose records are written elsewhere is refused', async () => {
  const vendor = fakes.linode()
  vendor.fault({
    method: 'GET',
    reply: { status: 200, body: { data: [{ id: 2, domain: ZONE, type: 'slave' }], pages: 1 } },
  })
  await expect((await vendor.open()).addTxt(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})

test.each([{ username: 'me' }, { password: { from: 'env', name: 'P' } as const }])(
  'httpreq: half of the credentials is a mistake in the configuration',
  async (half) => {
    const { context } = contextOver(
      answering(() => ({ status: 200 })),
      TOKEN,
    )
    const opening = httpreq.open({ endpoint: 'https://dns.example', ...half }, context)
    await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  },
)

test('httpreq: a service without credentials is sent none', async () => {
  const { context, requests } = contextOver(
    answering(() => ({ status: 200 })),
    TOKEN,
  )
  await (await httpreq.open({ endpoint: 'https://dns.example' }, context)).addTxt(ours)
  expect(requests.map(({ headers = {} }) => 'authorization' in headers)).toEqual([false])
})

test.each(Object.keys(registry))(
  '%s: every option says what it is, and a secret stands there as a reference only',
  async (name) => {
    const { driver } = await registry[name as keyof typeof registry]()
    for (const [field, schema] of Object.entries(driver.options.entries)) {
      expect(v.getDescription('wrapped' in schema ? schema.wrapped : schema), field).toMatch(/\.$/)
    }
    const secret = 'token' in driver.options.entries ? 'token' : 'password'
    const read = v.safeParse(driver.options, { [secret]: TOKEN, endpoint: 'https://dns.example' })
    expect(read.success).toBe(false)
    expect(JSON.stringify(read.issues?.map(({ message }) => message))).not.toContain(TOKEN)
  },
)

test.each([
  [{ username: 'a:b', password: 'env:P' }, false],
  [{ username: 'ab', password: 'env:P' }, true],
  [{ mode: 'default' }, true],
  [{ mode: 'RAW' }, false],
  [{ mode: '' }, false],
])('httpreq with %j can be configured: %j', (given, can) => {
  expect(v.safeParse(httpreq.options, { endpoint: 'https://dns.example', ...given }).success).toBe(can)
})
