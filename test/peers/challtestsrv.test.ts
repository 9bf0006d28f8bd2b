import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookupAt } from '../../lib/dns/resolver.ts'
import { describePeers } from '../support/describe-peers.ts'
import { createIssuingWorld, type IssuingWorld, specFor } from '../support/issuing-world.ts'
import { type Site, startSite, ZONE } from '../support/pebble-site.ts'

/** It answers NOTIMP to SOA and NS: zones are found with another resolver, and it is named as their name server. */
describePeers('TXT records in pebble-challtestsrv', ['pebble', 'challtestsrv'], ({ pebble, challtestsrv }) => {
  let site: Site
  let world: IssuingWorld
  beforeAll(async () => {
    site = await startSite({ program: pebble, challtestsrv })
    world = await createIssuingWorld(site.whereabouts)
  })
  afterAll(async () => {
    await world.close()
    await site.close()
  })

  const valuesAt = async (name: string) => (await lookupAt([site.whereabouts.nameserver]).txt(name)).values

  test('an apex and its wildcard are proved by two values at one name, which are gone afterwards', async () => {
    const [outcome] = await world.run([specFor('apex', [ZONE, `*.${ZONE}`])])
    expect(outcome).toMatchObject({ result: 'renewed', error: undefined })
    expect(await valuesAt(`_acme-challenge.${ZONE}`)).toEqual([])
  })

  test('a challenge that a CNAME delegates is proved where it leads', async () => {
    const [from, to] = [`_acme-challenge.shop.${ZONE}`, 'shop.delegated.test']
    site.zones.addZone('delegated.test')
    await site.challtestsrv?.tell('/set-cname', { host: from, target: `${to}.` })
    const [place] = await world.solver.locate([`shop.${ZONE}`])
    expect(place).toMatchObject({ name: to, zone: 'delegated.test' })
    const [outcome] = await world.run([specFor('delegated', [`shop.${ZONE}`])])
    expect(outcome).toMatchObject({ result: 'renewed', error: undefined })
  })
})
