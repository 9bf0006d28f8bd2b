import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { apiOptions, type Driver, secretReference } from '../../platform/driver.ts'
import { anyAnswer, type Explanation, numberId, type Rest } from '../../platform/rest.ts'
import { Secret } from '../../platform/secret.ts'
import type { DnsProvider, TxtRecord } from '../../ports.ts'

const options = v.strictObject({
  token: v.pipe(
    secretReference,
    v.description('Reference to a personal access token with the scope domains:read_write.'),
  ),
  ...apiOptions,
})

/** In seconds. The API rounds to values of its own, of which this is the lowest in general use. */
const TTL = 300
const MOST_PAGES = 1_000

const pageOf = <Item extends v.GenericSchema>(item: Item) => v.object({ data: v.array(item), pages: v.number() })

export const domainPage = pageOf(v.object({ id: numberId, domain: v.string(), type: v.string() }))

/** Names are relative to the domain; the targets of TXT records come without quotes. */
export const recordPage = pageOf(
  v.object({ id: numberId, type: v.string(), name: v.nullish(v.string(), ''), target: v.nullish(v.string(), '') }),
)

/** Linode (Akamai) Domains: https://techdocs.akamai.com/linode-api/reference/get-domains */
export const driver = {
  options,
  async open({ token, endpoint = 'https://api.linode.com', caCertificate }, context) {
    const secret = await context.resolve(token)
    return provider(
      context.rest({
        vendor: 'Linode',
        endpoint,
        caCertificate,
        headers: { authorization: new Secret(`Bearer ${secret.reveal()}`) },
        explain,
      }),
    )
  },
} satisfies Driver<DnsProvider, typeof options>

function provider(rest: Rest): DnsProvider {
  return {
    async addTxt(record) {
      const records = await recordsPath(record, rest)
      if ((await idsOf(record, records, rest)).length > 0) return
      const body = { type: 'TXT', name: relative(record), target: record.value, ttl_sec: TTL }
      await rest.call({ method: 'POST', path: records, body, answer: anyAnswer })
    },
    async removeTxt(record) {
      const records = await recordsPath(record, rest)
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

async function recordsPath({ zone, provider }: TxtRecord, rest: Rest): Promise<string> {
  const headers = { 'x-filter': JSON.stringify({ domain: zone }) }
  const domains = await everyPage('/v4/domains', domainPage, rest, headers)
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
async function idsOf(record: TxtRecord, path: string, rest: Rest): Promise<number[]> {
  const name = relative(record)
  return (await everyPage(path, recordPage, rest))
    .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name && each.target === record.value)
    .map(({ id }) => id)
}

async function everyPage<Item extends v.GenericSchema>(
  path: string,
  answer: ReturnType<typeof pageOf<Item>>,
  rest: Rest,
  headers: Readonly<Record<string, string>> = {},
): Promise<v.InferOutput<Item>[]> {
  const all: v.InferOutput<Item>[] = []
  for (let page = 1, last = 1; page <= last && page <= MOST_PAGES; page++) {
    const read = await rest.call({ method: 'GET', path: `${path}?page=${page}`, headers, answer })
    all.push(...read.data)
    last = read.pages
  }
  return all
}

const relative = ({ name, zone }: TxtRecord) => (name === zone ? '' : name.slice(0, -zone.length - 1))

const problem = v.object({ errors: v.array(v.object({ reason: v.string(), field: v.nullish(v.string()) })) })

function explain(status: number, body: unknown): Explanation | undefined {
  const read = v.safeParse(problem, body)
  if (!read.success) return undefined
  const reason = read.output.errors
    .map((each) => (each.field ? `${each.field}: ${each.reason}` : each.reason))
    .join('; ')
  // "Linode busy." comes as a 400 and passes: github.com/linode/linodego, retries.go
  return status === 400 && /^linode busy/i.test(reason) ? { code: 'UNAVAILABLE', reason } : { reason }
}
