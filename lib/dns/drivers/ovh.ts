import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { isoMoment } from '../../platform/iso-moment.ts'
import { anyAnswer, explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import type { Secret } from '../../platform/secret.ts'
import type { Clock, DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { type HeldRecord, recordsProvider } from '../records.ts'

const keyOf = (description: string) => v.pipe(secretReference, oneLine, v.description(description))

const options = v.strictObject({
  applicationKey: keyOf('Reference to the application key.'),
  applicationSecret: keyOf('Reference to the application secret, with which requests are signed.'),
  consumerKey: keyOf('Reference to the consumer key, which says what the application may do.'),
  ...apiOptions,
})

const facts = {
  provider: 'OVHcloud',
  documentation: 'https://eu.api.ovh.com/console/?section=%2Fdomain&branch=v1',
  permission:
    'a consumer key for `GET`, `POST` and `DELETE` on `/domain/zone/ZONE/record` and `/domain/zone/ZONE/record/*`, and `POST` on ' +
    '`/domain/zone/ZONE/refresh`; with `GET` on `/auth/currentCredential` as well, it can tell when it expires',
  twoValues: 'a record each, published by a refresh of the zone',
  ttl: 60,
  note:
    'For Canada `endpoint` is `https://ca.api.ovh.com`, for the United States `https://api.us.ovhcloud.com`. Requests are signed with the ' +
    'time of the machine, which must be right. A refresh also publishes what others have changed in the zone and not yet published.',
} satisfies DnsProviderFacts

export const idsAnswer = v.array(numberId)
/** Names are relative to the zone; the target of a TXT record comes as it was written, with quotes or without. */
export const recordAnswer = v.object({ id: numberId, fieldType: v.string(), subDomain: v.string(), target: v.string() })

export const driver = {
  options,
  facts,
  async open(given, context) {
    const { endpoint = 'https://eu.api.ovh.com', caCertificate } = given
    const consumer = await context.resolve(given.consumerKey)
    const secret = await context.resolve(given.applicationSecret)
    const headers = { 'x-ovh-application': await context.resolve(given.applicationKey), 'x-ovh-consumer': consumer }
    const rest = context.rest({ vendor: 'OVHcloud', endpoint, caCertificate, headers, explain })
    const signed = signing(rest, { endpoint, secret, consumer, clock: context.clock })
    return { ...provider(signed), expiresAt: () => expiryOf(signed) }
  },
} satisfies DnsDriver<typeof options>

const credentialAnswer = v.object({ expiration: v.nullish(isoMoment) })

/** Of the consumer key; null: it never expires. */
async function expiryOf(rest: Rest): Promise<Date | undefined> {
  const path = '/1.0/auth/currentCredential'
  const { expiration } = await rest.call({ method: 'GET', path, answer: credentialAnswer })
  return expiration ?? undefined
}

interface Signer {
  readonly endpoint: string
  readonly secret: Secret
  readonly consumer: Secret
  readonly clock: Clock
}

function signing(rest: Rest, { endpoint, secret, consumer, clock }: Signer): Rest {
  return {
    call(request) {
      const time = `${Math.floor(clock.now().getTime() / 1000)}`
      const body = request.body === undefined ? '' : JSON.stringify(request.body)
      const text = [secret.reveal(), consumer.reveal(), request.method, endpoint + request.path, body, time].join('+')
      const signature = `$1$${createHash('sha1').update(text).digest('hex')}`
      const headers = { ...request.headers, 'x-ovh-timestamp': time, 'x-ovh-signature': signature }
      return rest.call({ ...request, headers })
    },
  }
}

function provider(rest: Rest): DnsProvider {
  const records = recordsProvider({
    list: (location) => list(location, rest),
    async add(record) {
      const { relativeName: subDomain, value } = record
      const body = { fieldType: 'TXT', subDomain, target: quoted(value), ttl: facts.ttl }
      await rest.call({ method: 'POST', path: `${pathOf(record)}/record`, body, answer: anyAnswer })
    },
    async remove(record, id) {
      await rest.call({ method: 'DELETE', path: `${pathOf(record)}/record/${id}`, answer: anyAnswer })
    },
  })
  /** Also where nothing was to be changed: a run that was cut short may have changed it and not published it. */
  const publish = (location: ZoneLocation) =>
    rest.call({ method: 'POST', path: `${pathOf(location)}/refresh`, answer: anyAnswer })
  return {
    ...records,
    async addTxt(record) {
      await records.addTxt(record)
      await publish(record)
    },
    async removeTxt(record) {
      await records.removeTxt(record)
      await publish(record)
    },
  }
}

const pathOf = ({ zone }: ZoneLocation) => `/1.0/domain/zone/${encodeURIComponent(zone)}`

/** What is asked for is not compared exactly there, so that what comes back is. */
async function list(location: ZoneLocation, rest: Rest): Promise<HeldRecord<number>[]> {
  const { relativeName } = location
  const found: HeldRecord<number>[] = []
  for (const id of await idsAt(location, rest)) {
    const record = await readRecord(`${pathOf(location)}/record/${id}`, rest)
    if (record?.fieldType !== 'TXT' || record.subDomain.toLowerCase() !== relativeName) continue
    found.push({ id, value: unquoted(record.target) })
  }
  return found
}

function idsAt(location: ZoneLocation, rest: Rest) {
  const query = new URLSearchParams({ fieldType: 'TXT', subDomain: location.relativeName })
  const path = `${pathOf(location)}/record?${query}`
  return rest.call({ method: 'GET', path, answer: idsAnswer }).catch(asNoZone('OVHcloud', location))
}

/** Undefined: somebody removed it meanwhile. */
async function readRecord(path: string, rest: Rest) {
  try {
    return await rest.call({ method: 'GET', path, answer: recordAnswer })
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

const problem = v.object({ message: v.string(), errorCode: v.optional(v.string()) })
/** Refused with 400, though it is the credentials or the clock. */
const NOT_LET_IN = ['INVALID_SIGNATURE', 'INVALID_KEY', 'INVALID_CREDENTIAL', 'QUERY_TIME_OUT']

const explain = explainedBy(problem, ({ message: reason, errorCode = '' }) => {
  return NOT_LET_IN.includes(errorCode) ? { code: 'DENIED', reason } : { reason }
})
