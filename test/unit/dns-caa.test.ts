import { describe, expect, test } from 'vitest'
import { createCaaLookup } from '../../lib/dns/caa.ts'
import { lookupIn, type Table } from '../support/dns-lookup.ts'

function looking(table: Table, owners: Readonly<Record<string, string>> = {}) {
  const { caa, asked } = lookupIn(table)
  const find = createCaaLookup({ caa: async (name) => ({ ...(await caa(name)), owner: owners[name] ?? name }) })
  return { find, asked }
}

const RECORDS = ['0 issue "ca.example"']

describe('the CAA records that decide about a name', () => {
  test('are its own, where it has any', async () => {
    const { find, asked } = looking({ 'CAA a.b.example': RECORDS, 'CAA b.example': ['0 issue ";"'] })
    expect(await find('A.b.example.')).toEqual({ name: 'a.b.example', owner: 'a.b.example', records: RECORDS })
    expect(asked).toEqual(['CAA a.b.example'])
  })

  test('are those of the nearest name above it, up to the top-level domain', async () => {
    const { find, asked } = looking({ 'CAA b.example': [], 'CAA example': RECORDS })
    expect(await find('a.b.example')).toEqual({ name: 'example', owner: 'example', records: RECORDS })
    expect(asked).toEqual(['CAA a.b.example', 'CAA b.example', 'CAA example'])
  })

  test('are none, where no name has any; the root is not asked', async () => {
    const { find, asked } = looking({})
    expect(await find('b.example')).toBeUndefined()
    expect(asked).toEqual(['CAA b.example', 'CAA example'])
  })

  test('stand where a CNAME leads; who finds none there climbs from the name', async () => {
    const { find, asked } = looking(
      { 'CAA a.example': RECORDS, 'CAA b.example': [], 'CAA example': ['0 issue ";"'] },
      { 'a.example': 'edge.cdn.test', 'b.example': 'edge.cdn.test' },
    )
    expect(await find('a.example')).toEqual({ name: 'a.example', owner: 'edge.cdn.test', records: RECORDS })
    expect(await find('b.example')).toMatchObject({ owner: 'example' })
    expect(asked).toEqual(['CAA a.example', 'CAA b.example', 'CAA example'])
  })

  test('are asked for once a name, however many lie below it', async () => {
    const { find, asked } = looking({ 'CAA shop.example': RECORDS })
    const names = Array.from({ length: 50 }, (_, at) => `n${at}.shop.example`)
    await Promise.all([...names, ...names].map(find))
    expect(asked.filter((question) => question === 'CAA shop.example')).toHaveLength(1)
    expect(asked).toHaveLength(51)
  })

  test('are not known where a server is in trouble: what stands above is not taken for them', async () => {
    const { find, asked } = looking({ 'CAA a.example': 'ESERVFAIL', 'CAA example': RECORDS })
    await expect(find('a.example')).rejects.toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
    expect(asked).toEqual(['CAA a.example'])
  })
})
