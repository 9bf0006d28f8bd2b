import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { anyAnswer, numberId, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { openLinode } from '../../vendors/linode/client.ts'
import { everyPage } from '../../vendors/linode/pages.ts'
import { explainWith } from '../../vendors/linode/problem.ts'
import { noZone, zoneIds } from '../hosted-zones.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject(tokenOptions('Reference to a personal access token with the scope domains:read_write.'))

const facts = {
  provider: 'Linode (Akamai)',
  documentation: 'https://techdocs.akamai.com/linode-api/reference/get-domains',
  permission: 'a token of its own with the scope `domains:read_write`',
  twoValues: 'a record each',
  // The API rounds to values of its own, of which this is the lowest in general use.
  ttl: 300,
  note: 'A change is published after up to a minute, now and then later. With the scope `account:read_only` besides, the token can tell when it expires.',
} satisfies DnsProviderFacts

export const domainAnswer = v.object({ id: numberId, domain: v.string(), type: v.string() })

/** Names are relative to the domain; the targets of TXT records come without quotes. */
export const recordAnswer = v.object({
  id: numberId,
  type: v.string(),
  name: v.nullish(v.string(), ''),
  target: v.nullish(v.string(), ''),
})

export const driver = {
  options,
  facts,
  async open(given, context) {
    // A record is added and removed within a run: busy passes soon enough to try again.
    const { rest, expiresAt } = await openLinode(given, context, explainWith('UNAVAILABLE'))
    return { ...provider(rest), expiresAt }
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const recordsOf = zoneIds((location) => recordsPath(location, rest))
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const { relativeName: name } = location
      return (await everyPage(await recordsOf(location), recordAnswer, rest))
        .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name)
        .map(({ id, target: value }) => ({ id, value }))
    },
    async add(record) {
      const body = { type: 'TXT', name: record.relativeName, target: record.value, ttl_sec: facts.ttl }
      await rest.call({ method: 'POST', path: await recordsOf(record), body, answer: anyAnswer })
    },
    async remove(record, id) {
      await rest.call({ method: 'DELETE', path: `${await recordsOf(record)}/${id}`, answer: anyAnswer })
    },
  })
}

async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const { zone, provider } = location
  const domains = await everyPage('/v4/domains', domainAnswer, rest, { domain: zone })
  const domain = domains.find((each) => each.domain.toLowerCase() === zone)
  if (domain === undefined) throw noZone('Linode', location)
  if (domain.type !== 'master') {
    throw new Failure('DNS_NO_ZONE', `Linode holds ${zone} as a secondary only: its records are written elsewhere`, {
      fields: { zone, provider },
    })
  }
  return `/v4/domains/${domain.id}/records`
}
