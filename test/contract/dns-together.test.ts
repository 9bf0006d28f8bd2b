import { afterEach, expect, test } from 'vitest'
import type { TxtRecord } from '../../lib/ports.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { closeServers, dnsWorld, NAME, start, ZONE } from '../support/dns-world.ts'

afterEach(closeServers)

/** Two providers that serve one zone, each with a server of its own. */
async function pair(isTogether: boolean) {
  const [one, other] = [createZones(), createZones()]
  for (const zones of [one, other]) zones.addZone(ZONE)
  const servers = [await start(one), await start(other)]
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  const entry = (zones: typeof one) => ({
    provider: {
      addTxt: async ({ name, value }: TxtRecord) => void zones.addRecord({ name, type: 'TXT', data: value }),
      removeTxt: async ({ name, value }: TxtRecord) => void zones.removeRecord({ name, type: 'TXT', data: value }),
    },
    zones: [ZONE],
    together: isTogether,
  })
  const { solver } = await dnsWorld({
    providers: { left: entry(one), right: entry(other) },
    resolvers: addresses,
    nameservers: addresses,
  })
  const values = () => [one, other].map((zones) => zones.list(ZONE).filter(({ type }) => type === 'TXT').length)
  return { solver, servers, values }
}

test('a zone that two providers serve together has a location at each, and its value is written to both, and removed', async () => {
  const { solver, values } = await pair(true)
  const found = await solver.locate([ZONE, `*.${ZONE}`])
  expect(found).toEqual(['left', 'right'].map((provider) => ({ domain: ZONE, name: NAME, zone: ZONE, provider })))
  const records = found.flatMap(({ domain: _, ...at }) => ['one', 'two'].map((value) => ({ ...at, value })))
  await solver.present(records)
  expect(values()).toEqual([2, 2])
  await solver.cleanUp(records)
  expect(values()).toEqual([0, 0])
})

test('the value is waited for at the servers of both', async () => {
  const { solver, servers } = await pair(true)
  servers[1]?.misbehave({ how: 'lag', name: NAME, times: 10_000 })
  const records = ['left', 'right'].map((provider) => ({ name: NAME, zone: ZONE, provider, value: 'one' }))
  await expect(solver.present(records)).rejects.toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
})

test('without that they are an error, which names both and the way out', async () => {
  const { solver } = await pair(false)
  await expect(solver.locate([ZONE])).rejects.toMatchObject({
    code: 'DNS_NO_PROVIDER',
    message: expect.stringMatching(/left and right.*together: true at each/),
  })
})
