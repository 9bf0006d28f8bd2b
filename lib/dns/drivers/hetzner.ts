import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { SECOND } from '../../platform/clock.ts'
import { requireTime } from '../../platform/deadline.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { Time } from '../../platform/while-pending.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone, zoneIds } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordSetsProvider } from '../record-sets.ts'
import { settled } from '../settled.ts'

const options = v.strictObject(tokenOptions('Reference to an API token with the permission Read & Write.'))

const facts = {
  provider: 'Hetzner',
  documentation: 'https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions',
  permission: 'an API token with the permission `Read & Write`, of the project that holds the zones',
  twoValues: 'records are added to the set at the name, and removed from it, one by one',
  ttl: 60,
  note:
    'This is the DNS of the Cloud API; tokens of the DNS Console, which is shut down, are not taken. A token may change all that ' +
    'is in its project: a project for the zones alone keeps servers out of its reach. A set that stands there already keeps its TTL.',
} satisfies DnsProviderFacts

export const zoneAnswer = v.object({ zone: v.object({ id: numberId, mode: v.string() }) })

/** Names are relative to the zone, which itself is @. A TTL of null is that of the zone, and the values of TXT records are in quotes. */
const recordSet = v.object({
  name: v.string(),
  type: v.string(),
  ttl: v.nullish(v.number()),
  records: v.array(v.object({ value: v.string() })),
})
export const setsAnswer = v.object({ rrsets: v.array(recordSet) })

export const actionAnswer = v.object({
  action: v.object({
    id: numberId,
    status: v.string(),
    error: v.nullish(v.object({ code: v.string(), message: v.string() })),
  }),
})

/** Undefined: there is no set. */
type Held = v.InferOutput<typeof recordSet> | undefined

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://api.hetzner.cloud', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'Hetzner', endpoint, caCertificate, token, explain }, context)
    return provider(rest, context)
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest, time: Time): DnsProvider {
  const setsOf = zoneIds((location) => setsPath(location, rest))
  return recordSetsProvider<Held>({
    check: setsOf,
    async read(location) {
      const name = nameOf(location)
      const path = `${await setsOf(location)}?${new URLSearchParams({ type: 'TXT', name })}`
      const { rrsets } = await rest.call({ method: 'GET', path, answer: setsAnswer })
      const version = rrsets.find((each) => each.type === 'TXT' && each.name.toLowerCase() === name)
      return { values: (version?.records ?? []).map(({ value }) => unquoted(value)), version }
    },
    async write(location, values, { values: before, version }) {
      const path = `${await setsOf(location)}/${encodeURIComponent(nameOf(location))}/TXT/actions`
      const gone = (version?.records ?? []).filter(({ value }) => !values.includes(unquoted(value)))
      if (gone.length > 0) await change(`${path}/remove_records`, { records: gone }, rest, time)
      const fresh = values.filter((value) => !before.includes(value)).map((value) => ({ value: quoted(value) }))
      if (fresh.length > 0) await change(`${path}/add_records`, { ...ttlFor(version), records: fresh }, rest, time)
    },
  })
}

const nameOf = ({ relativeName }: ZoneLocation) => relativeName || '@'

/** Another TTL than that of the set is refused, and a set that has none takes none. */
const ttlFor = (set: Held) => (set === undefined ? { ttl: facts.ttl } : set.ttl == null ? {} : { ttl: set.ttl })

async function setsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const { zone: name, provider } = location
  const { id, mode } = await readZone(location, rest)
  if (mode === 'primary') return `/v1/zones/${id}/rrsets`
  throw new Failure('DNS_NO_ZONE', `Hetzner holds ${name} as a secondary only: its records are written elsewhere`, {
    fields: { zone: name, provider },
  })
}

async function readZone(location: ZoneLocation, rest: Rest) {
  const path = `/v1/zones/${encodeURIComponent(location.zone)}`
  const { zone } = await rest.call({ method: 'GET', path, answer: zoneAnswer }).catch(asNoZone('Hetzner', location))
  return zone
}

/** Changes that were recorded took up to six seconds: meanwhile the zone may refuse another one. */
const PAUSE = 2 * SECOND

/** Rejects with CONFLICT where the set is to be read again. */
async function change(path: string, body: object, rest: Rest, time: Time): Promise<void> {
  const first = await begun(path, body, rest, time)
  const again = { method: 'GET', path: `/v1/zones/actions/${first.action.id}`, answer: actionAnswer } as const
  const { action } = await settled<v.InferOutput<typeof actionAnswer>>(
    first,
    { vendor: 'Hetzner', isPending: ({ action }) => action.status === 'running', read: () => rest.call(again) },
    time,
  )
  if (action.status === 'success') return
  const reason = action.error == null ? '' : `: ${action.error.message} (${action.error.code})`
  throw new Failure('UNAVAILABLE', `Hetzner could not carry out a change of TXT records${reason}`)
}

async function begun(path: string, body: object, rest: Rest, { clock, timeLeft }: Time) {
  try {
    return await rest.call({ method: 'POST', path, body, answer: actionAnswer })
  } catch (error) {
    if (!isFailure(error, 'CONFLICT')) throw error
    requireTime(timeLeft, PAUSE)
    await clock.sleep(PAUSE)
    throw error
  }
}

const problem = v.object({ error: v.object({ code: v.string(), message: v.string() }) })
/** Another change is on its way, or the set or a value of it is there already. */
const READ_AGAIN = ['locked', 'conflict', 'uniqueness_error']

/** Its RateLimit-Reset names when the whole limit is there again, of which a part is every second: it is no time to wait for. */
const explain = explainedBy(problem, ({ error: { code, message } }) => {
  const reason = `${message} (${code})`
  return READ_AGAIN.includes(code) ? { code: 'CONFLICT', reason } : { reason }
})
