import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { type Driver, tokenOptions } from '../../platform/driver.ts'
import { lazyByKey } from '../../platform/lazy-by-key.ts'
import { anyAnswer, numberId, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../../ports.ts'
import { openLinode } from '../../vendors/linode/client.ts'
import { everyPage } from '../../vendors/linode/pages.ts'
import { explainWith } from '../../vendors/linode/problem.ts'

const options = v.strictObject(tokenOptions('Reference to a personal access token with the scope domains:read_write.'))

/** In seconds. The API rounds to values of its own, of which this is the lowest in general use. */
const TTL = 300

export const domainAnswer = v.object({ id: numberId, domain: v.string(), type: v.string() })

/** Names are relative to the domain; the targets of TXT records come without quotes. */
export const recordAnswer = v.object({
  id: numberId,
  type: v.string(),
  name: v.nullish(v.string(), ''),
  target: v.nullish(v.string(), ''),
})

/** Linode (Akamai) Domains: https://techdocs.akamai.com/linode-api/reference/get-domains */
export const driver = {
  options,
  // A record is added and removed within a run: busy passes soon enough to try again.
  open: async (given, context) => provider(await openLinode(given, context, explainWith('UNAVAILABLE'))),
} satisfies Driver<DnsProvider, typeof options>

function provider(rest: Rest): DnsProvider {
  const known = lazyByKey<string>()
  /** The id of a zone stays the same for a run. */
  const recordsOf = (location: ZoneLocation) => known(location.zone, () => recordsPath(location, rest))
  return {
    async check(location) {
      await recordsOf(location)
    },
    async addTxt(record) {
      const records = await recordsOf(record)
      if ((await idsOf(record, records, rest)).length > 0) return
      const body = { type: 'TXT', name: record.relativeName, target: record.value, ttl_sec: TTL }
      await rest.call({ method: 'POST', path: records, body, answer: anyAnswer })
    },
    async removeTxt(record) {
      const records = await recordsOf(record)
      for (const id of await idsOf(record, records, rest)) {
        try {
          await rest.call({ method: 'DELETE', path: `${records}/${id}`, answer: anyAnswer })
        } catch (error) {
          if (!isFailure(error, 'NOT_FOUND')) throw error // it was there a moment ago: gone is what we want
        }
      }
    },
  }
}

async function recordsPath({ zone, provider }: ZoneLocation, rest: Rest): Promise<string> {
  const domains = await everyPage('/v4/domains', domainAnswer, rest, { domain: zone })
  const domain = domains.find((each) => each.domain.toLowerCase() === zone)
  const fields = { zone, provider }
  if (domain === undefined) {
    throw new Failure('DNS_NO_ZONE', `Linode shows no domain ${zone} to the token of the DNS provider ${provider}`, {
      fields,
    })
  }
  if (domain.type !== 'master') {
    throw new Failure('DNS_NO_ZONE', `Linode holds ${zone} as a secondary only: its records are written elsewhere`, {
      fields,
    })
  }
  return `/v4/domains/${domain.id}/records`
}

/** Of every record that holds exactly this value: a lost answer may have left it there twice. */
async function idsOf(record: ZoneRecord, path: string, rest: Rest): Promise<number[]> {
  const { relativeName: name } = record
  return (await everyPage(path, recordAnswer, rest))
    .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name && each.target === record.value)
    .map(({ id }) => id)
}
