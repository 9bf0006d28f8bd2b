/** Pebble offers every method of validation for every name: each is asked for by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failing } from '../support/acme-authority.ts'
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
      site.zones.addRecord = addRecord
      await world.close()
    }
    expect(new Set(written).size).toBe(1)
    expect(written[0]).toMatch(/^_[a-z2-7]{16}\._acme-challenge\.account\.example\.test$/)
  })

  test('dns-persist-01: the run that fails shows the record to place, with which Pebble issues and renews', async () => {
    const world = await createIssuingWorld(site.whereabouts, { options: { validation: 'dns-persist-01' } })
    const written: string[] = []
    const { addRecord } = site.zones
    await site.pebble.forget()
    try {
      const spec = specFor('persist', [`persist.${ZONE}`, `*.persist.${ZONE}`])
      const [failed] = await world.run([spec])
      expect(failed).toMatchObject({ result: 'failed', error: { code: 'DNS_NO_RECORD' } })
      const { name = '', data = '' } =
        /`(?<name>\S+)\. 3600 IN TXT "(?<data>.*)"`/.exec(failed?.error?.message ?? '')?.groups ?? {}
      expect([name, data]).toEqual([
        `_validation-persist.persist.${ZONE}`,
        expect.stringMatching(/^pebble\.letsencrypt\.org; accounturi=https:\S+; policy=wildcard; persistUntil=\d{10}$/),
      ])
      expect((await site.pebble.requests()).filter((each) => each === 'POST /order-plz')).toEqual([])
      site.zones.addRecord({ name, type: 'TXT', data })
      site.zones.addRecord = (record) => {
        written.push(record.name)
        return addRecord(record)
      }
      for (const attended of [true, true])
        expect(await world.run([spec], { attended, force: true })).toMatchObject([
          { result: 'renewed', error: undefined },
        ])
    } finally {
      site.zones.addRecord = addRecord
      await world.close()
    }
    expect(written).toEqual([])
  })

  test.each([
    ['has lapsed', '; policy=wildcard; persistUntil=1'],
    ['lets it issue for no wildcard', ''],
    ['ends with a semicolon', '; policy=wildcard;'],
  ])('dns-persist-01: Pebble refuses what newleaf says is wrong: a record that %s', async (what, rest) => {
    const world = await createIssuingWorld(site.whereabouts, { options: { validation: 'dns-persist-01' } })
    const domain = `refused-${what.length}.${ZONE}`
    const name = `_validation-persist.${domain}`
    try {
      const accountUrl = await world.authority.register()
      const [issuer] = await world.authority.caaIdentities()
      site.zones.addRecord({ name, type: 'TXT', data: `${issuer}; accounturi=${accountUrl}${rest}` })
      const names = [`*.${domain}`]
      expect(await world.run([specFor('refused', names)])).toMatchObject([{ error: { code: 'DNS_NO_RECORD' } }])
      const challenges = await world.authority.challenges(await world.authority.newOrder({ names }))
      expect(await failing(world.authority.answer(challenges))).toMatchObject({ code: 'ACME_VALIDATION_FAILED' })
    } finally {
      await world.close()
    }
  })
})
