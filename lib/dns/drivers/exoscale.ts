import { createHmac } from 'node:crypto'
import { domainToASCII } from 'node:url'
import * as v from 'valibot'
import { Failure, type FailureCode } from '../../errors.ts'
import { MINUTE } from '../../platform/clock.ts'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { explainedBy, type Rest, textId } from '../../platform/rest.ts'
import type { Secret } from '../../platform/secret.ts'
import type { Time } from '../../platform/while-pending.ts'
import { withoutCredentials } from '../../platform/without-credentials.ts'
import type { Clock, DnsProvider, ZoneLocation } from '../../ports.ts'
import { noZone, zoneIds } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'
import { settled } from '../settled.ts'

const options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to the key of an API key.')),
  apiSecret: v.pipe(
    secretReference,
    oneLine,
    v.description('Reference to its secret, with which requests are signed.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'Exoscale',
  documentation: 'https://community.exoscale.com/reference/api/dns/record',
  permission:
    'an API key with a role that denies all services but `dns`, and allows there `list-dns-domains` and, for these domains, ' +
    '`list-dns-domain-records`, `create-dns-domain-record` and `delete-dns-domain-record`',
  twoValues: 'a record each',
  // The API takes any, down to 0.
  ttl: 60,
  note:
    'The API is asked at the zone `ch-gva-2`; any other is as good: `endpoint: https://api-de-fra-1.exoscale.com`. Requests are signed ' +
    'with the time of the machine, which must be right.',
} satisfies DnsProviderFacts

export const domainsAnswer = v.object({
  'dns-domains': v.array(v.object({ id: textId, 'unicode-name': v.string() })),
})

/** As in version 2 of the API; 1 had others. Names are relative, and empty at the top; contents of TXT records come in quotes or without. */
export const recordsAnswer = v.object({
  'dns-domain-records': v.array(
    v.object({ id: textId, type: v.string(), name: v.nullish(v.string(), ''), content: v.nullish(v.string(), '') }),
  ),
})

const operation = v.object({
  id: textId,
  state: v.string(),
  reason: v.nullish(v.string(), ''),
  message: v.nullish(v.string(), ''),
})

type Operation = v.InferOutput<typeof operation>

export const driver = {
  options,
  facts,
  async open({ endpoint = 'https://api-ch-gva-2.exoscale.com', caCertificate, ...given }, context) {
    const key = await context.resolve(given.apiKey)
    const secret = await context.resolve(given.apiSecret)
    const rest = context.rest({ vendor: 'Exoscale', endpoint, caCertificate, headers: {}, explain: explainWith(key) })
    return provider(signing(rest, { endpoint, key, secret, clock: context.clock }), context)
  },
} satisfies DnsDriver<typeof options>

interface Signer {
  readonly endpoint: string
  readonly key: Secret
  readonly secret: Secret
  readonly clock: Clock
}

/** For requests without a query, of which all here are. The empty lines stand for its values, and for headers. */
function signing(rest: Rest, { endpoint, key, secret, clock }: Signer): Rest {
  return {
    call(request) {
      const expires = Math.floor((clock.now().getTime() + 10 * MINUTE) / 1000)
      const body = request.body === undefined ? '' : JSON.stringify(request.body)
      const { pathname } = new URL(endpoint + request.path)
      const text = [`${request.method} ${pathname}`, body, '', '', expires].join('\n')
      const signature = createHmac('sha256', secret.reveal()).update(text).digest('base64')
      const authorization = `EXO2-HMAC-SHA256 credential=${key.reveal()},expires=${expires},signature=${signature}`
      return rest.call({ ...request, headers: { ...request.headers, authorization } })
    },
  }
}

function provider(rest: Rest, time: Time): DnsProvider {
  const recordsOf = zoneIds((location) => recordsPath(location, rest))
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const all = await rest.call({ method: 'GET', path: await recordsOf(location), answer: recordsAnswer })
      return all['dns-domain-records']
        .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.relativeName)
        .map(({ id, content }) => ({ id, value: unquoted(content) }))
    },
    async add(record) {
      const body = { type: 'TXT', name: record.relativeName, content: record.value, ttl: facts.ttl }
      const path = await recordsOf(record)
      await carriedOut(await rest.call({ method: 'POST', path, body, answer: operation }), rest, time)
    },
    async remove(record, id) {
      const path = `${await recordsOf(record)}/${id}`
      await carriedOut(await rest.call({ method: 'DELETE', path, answer: operation }), rest, time)
    },
  })
}

async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const domains = await rest.call({ method: 'GET', path: '/v2/dns-domain', answer: domainsAnswer })
  const found = domains['dns-domains'].find((each) => domainToASCII(each['unicode-name']) === location.zone)
  if (found === undefined) throw noZone('Exoscale', location)
  return `/v2/dns-domain/${found.id}/record`
}

/** Why an operation has failed, where trying again does not help or nothing is left to do. */
const REASONS: ReadonlyMap<string, FailureCode> = new Map([
  ['forbidden', 'DENIED'],
  ['incorrect', 'REJECTED'],
  ['not-found', 'NOT_FOUND'],
  ['unsupported', 'REJECTED'],
])

async function carriedOut(first: Operation, rest: Rest, time: Time): Promise<void> {
  const read = () => rest.call({ method: 'GET', path: `/v2/operation/${first.id}`, answer: operation })
  const isPending = ({ state }: Operation) => state === 'pending'
  const { state, reason, message } = await settled(first, { vendor: 'Exoscale', isPending, read }, time)
  if (state === 'success') return
  const said = [message, reason || state].filter((each) => each !== '').join(', ')
  throw new Failure(
    REASONS.get(reason) ?? 'UNAVAILABLE',
    `Exoscale could not carry out a change of TXT records: ${said}`,
  )
}

/** In one of two forms: a sentence, or problem details (RFC 9457). */
const sentence = v.fallback(v.optional(v.string()), undefined)
const problem = v.object({ message: sentence, error: sentence, detail: sentence, title: sentence })

const explainWith = (key: Secret) =>
  explainedBy(problem, ({ message, error, detail, title }) => {
    const reason = message ?? error ?? detail ?? title
    return reason === undefined ? undefined : { reason: withoutCredentials(reason, [key]) }
  })
