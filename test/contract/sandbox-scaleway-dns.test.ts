import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { practiceWorld } from '../support/practice-world.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(() => practice.close())

const DNS = '/domain/v2beta1/dns-zones'
const call = (method: string, path: string, body?: unknown) => practice.scaleway.call(method, path, body)

describe('the Scaleway DNS API', () => {
  const change = (changes: unknown[], more = {}, zone = 'shop.example') =>
    call('PATCH', `${DNS}/${zone}/records`, { changes, disallow_new_zone_creation: true, ...more })
  const records = async (query = 'type=TXT') => (await call('GET', `${DNS}/shop.example/records?${query}`)).body.records
  const txt = (name: string, data: string) => ({ add: { records: [{ name, type: 'TXT', data, ttl: 60 }] } })
  const inTable = () => practice.world.zones.list('shop.example').filter(({ type }) => type === 'TXT')

  test('two values stand at one name at once, quoted in answers, unquoted in the DNS', async () => {
    const added = await change([txt('_acme-challenge', 'one'), txt('_acme-challenge.shop.example.', '"two"')])
    expect(added.body.records).toMatchObject([
      { name: '_acme-challenge', data: '"one"', ttl: 60, type: 'TXT', priority: 0, comment: null },
      { name: '_acme-challenge', data: '"two"' },
    ])
    expect(inTable().map(({ name, data }) => [name, data])).toEqual([
      ['_acme-challenge.shop.example', 'one'],
      ['_acme-challenge.shop.example', 'two'],
    ])
    const id_fields = { name: '_acme-challenge', type: 'TXT', data: '"one"' }
    expect((await change([{ delete: { id_fields } }])).body).toEqual({ records: [] })
    const [left] = await records('name=_acme-challenge&type=TXT')
    expect(left.data).toBe('"two"')
    await change([{ delete: { id: left.id } }])
    expect(inTable()).toEqual([])
  })

  test('set without data takes the place of every record of that name and type', async () => {
    await change([txt('many', 'a'), txt('many', 'b')])
    const set = {
      id_fields: { name: 'many', type: 'TXT' },
      records: [{ name: 'many', type: 'TXT', data: 'c', ttl: 60 }],
    }
    await change([{ set }])
    expect((await records('name=many&type=TXT')).map(({ data }: { data: string }) => data)).toEqual(['"c"'])
    await change([{ clear: {} }])
    expect(await records()).toEqual([])
  })

  test('a name without a final dot is relative, even if it ends in the zone', async () => {
    const { body } = await change([txt('long.shop.example', 'v')])
    expect(body.records[0].name).toBe('long.shop.example')
    expect(inTable().map(({ name }) => name)).toEqual(['long.shop.example.shop.example'])
    await change([{ clear: {} }])
  })

  test('a mistaken zone becomes a zone of its own, unless that is disallowed', async () => {
    await change([txt('_acme-challenge.www.shop.example.', 'kept')], {}, 'www.shop.example')
    expect(inTable()).toHaveLength(1)
    await change([txt('', 'lost')], { disallow_new_zone_creation: false }, 'www.shop.example')
    const { body } = await call('GET', `${DNS}?dns_zones=www.shop.example`)
    expect(body).toMatchObject({ total_count: 1, dns_zones: [{ domain: 'shop.example', subdomain: 'www' }] })
    expect((await change([txt('x', 'v')], {}, 'elsewhere.test')).status).toBe(404)
  })

  test('a change is done whole or not at all', async () => {
    const before = inTable()
    const low = { add: { records: [{ name: 'low', type: 'TXT', data: 'v', ttl: 5 }] } }
    expect((await change([txt('first', 'v'), low])).status).toBe(400)
    expect(inTable()).toEqual(before)
  })
})
