import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { numberId, type Rest } from '../../platform/rest.ts'
import type { ZoneLocation, ZoneRecord } from '../../ports.ts'
import { openLinode } from '../../vendors/linode/client.ts'
import { everyPage } from '../../vendors/linode/pages.ts'
import { explainWith } from '../../vendors/linode/problem.ts'
import { noZone } from '../hosted-zones.ts'
import { recordCollection } from '../record-collection.ts'

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
    return { ...recordCollection({ find: recordsPath, list, bodyOf }, rest), expiresAt }
  },
} satisfies DnsDriver<typeof options>

async function list(path: string, location: ZoneLocation, rest: Rest) {
  const all = await everyPage(path, recordAnswer, rest)
  return all
    .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.relativeName)
    .map(({ id, target: value }) => ({ id, value }))
}

const bodyOf = ({ relativeName: name, value: target }: ZoneRecord) => ({
  type: 'TXT',
  name,
  target,
  ttl_sec: facts.ttl,
})

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
