/** Persistent records (dns-persist-01), looked at on real servers. */
import { afterEach, describe, expect, test } from 'vitest'
import { closeServers, dnsWorld as world, ZONE } from '../support/dns-world.ts'

afterEach(closeServers)
const NAME = `_validation-persist.${ZONE}`
const VALUE = 'ca.example; accounturi=https://ca.example/account/1'

describe('the persistent records of a domain', () => {
  test('are all TXT values there, and none where there are none', async () => {
    const { solver, zones } = await world()
    expect(await solver.persistentRecords(ZONE)).toEqual([])
    for (const data of [VALUE, 'other.example']) zones.addRecord({ name: NAME, type: 'TXT', data })
    expect([...(await solver.persistentRecords(ZONE))].sort()).toEqual([VALUE, 'other.example'])
    expect(await solver.persistentRecords(`www.${ZONE}`)).toEqual([])
  })

  test('are looked for where a CNAME leads', async () => {
    const { solver, zones } = await world()
    zones.addRecord({ name: NAME, type: 'CNAME', data: 'records.delegate.test' })
    zones.addRecord({ name: 'records.delegate.test', type: 'TXT', data: VALUE })
    expect(await solver.persistentRecords(ZONE)).toEqual([VALUE])
  })

  test('need no provider of the zone', async () => {
    const { solver, zones } = await world({ providers: {} })
    zones.addRecord({ name: NAME, type: 'TXT', data: VALUE })
    expect(await solver.persistentRecords(ZONE)).toEqual([VALUE])
  })

  test('are asked of the zone’s own servers, and no resolver is, which may remember that there are none', async () => {
    const first = await world()
    const { solver, one } = await world({ nameservers: [first.address(first.one)] })
    const asked = () => one.questions.filter(({ name }) => name.includes('_validation-persist'))
    expect(await solver.persistentRecords(ZONE)).toEqual([])
    expect(asked()).toEqual([])
    first.zones.addRecord({ name: NAME, type: 'TXT', data: VALUE })
    expect(await solver.persistentRecords(ZONE)).toEqual([VALUE])
    expect(asked().filter(({ type }) => type === 'TXT')).toEqual([])
  })

  test('cannot be told where no server answers', async () => {
    const { solver, one, two } = await world()
    for (const server of [one, two]) server.misbehave({ how: 'servfail', name: NAME, times: 100 })
    await expect(solver.persistentRecords(ZONE)).rejects.toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
  })
})
