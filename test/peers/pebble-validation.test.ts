/** Pebble offers every method of validation for every name: each is asked for by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describePeers } from '../support/describe-peers.ts'
import { createIssuingWorld, specFor } from '../support/issuing-world.ts'
import { type Site, startSite, ZONE } from '../support/pebble-site.ts'

describePeers('Pebble with methods other than dns-01', ['pebble'], ({ pebble }) => {
  let site: Site
  beforeAll(async () => {
    site = await startSite({ program: pebble })
  })
  afterAll(() => site.close())

  test('dns-account-01: a certificate for a name and its wildcard is issued and renewed, with nothing at _acme-challenge', async () => {
    const written: string[] = []
    const { addRecord } = site.zones
    site.zones.addRecord = (record) => {
      written.push(record.name)
      return addRecord(record)
    }
    const world = await createIssuingWorld(site.whereabouts, { options: { validation: 'dns-account-01' } })
    try {
      const spec = specFor('account', [`account.${ZONE}`, `*.account.${ZONE}`])
      for (const force of [false, true])
        expect(await world.run([spec], { force })).toMatchObject([{ result: 'renewed', error: undefined }])
    } finally {
      await world.close()
    }
    expect(new Set(written).size).toBe(1)
    expect(written[0]).toMatch(/^_[a-z2-7]{16}\._acme-challenge\.account\.example\.test$/)
  })
})
