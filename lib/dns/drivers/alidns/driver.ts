import { randomUUID } from 'node:crypto'
import { domainToUnicode } from 'node:url'
import * as v from 'valibot'
import type { FailureCode } from '../../../errors.ts'
import {
  apiOptions,
  type DnsDriver,
  type DnsProviderFacts,
  type DriverContext,
  oneLine,
  secretReference,
} from '../../../platform/driver.ts'
import { everyPage } from '../../../platform/pages.ts'
import { anyAnswer, explainedBy, type Rest } from '../../../platform/rest.ts'
import { retrySoon } from '../../../platform/retry.ts'
import type { DnsProvider, ZoneLocation } from '../../../ports.ts'
import { asNoZone } from '../../hosted-zones.ts'
import { unquoted } from '../../quoted.ts'
import { recordsProvider } from '../../records.ts'
import { type AccessKey, signed } from './signing.ts'

const options = v.strictObject({
  accessKeyId: v.pipe(v.string(), v.regex(/^\w{1,128}$/), v.description('The AccessKey ID of a RAM user.')),
  accessKeySecret: v.pipe(
    secretReference,
    oneLine,
    v.description('Reference to the AccessKey secret that goes with it, with which requests are signed.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'Alibaba Cloud DNS',
  documentation: 'https://www.alibabacloud.com/help/en/dns/api-describedomainrecords',
  permission:
    'a RAM user with `alidns:DescribeDomainRecords`, `alidns:AddDomainRecord` and `alidns:DeleteDomainRecord` on ' +
    '`acs:alidns::ACCOUNT:domain/ZONE`',
  twoValues: 'a record each',
  ttl: 600,
  note: 'Requests are signed with the time of the machine, which must be right. What is throttled is told no time to wait for.',
} satisfies DnsProviderFacts

/** Names are relative, `@` at the top; the values of TXT records come without quotes. */
export const recordsAnswer = v.object({
  PageNumber: v.number(),
  PageSize: v.number(),
  TotalCount: v.number(),
  DomainRecords: v.object({
    Record: v.array(
      v.object({
        RecordId: v.pipe(v.string(), v.regex(/^\d{1,30}$/)),
        RR: v.string(),
        Type: v.string(),
        Value: v.string(),
      }),
    ),
  }),
})

type Act = <Schema extends v.GenericSchema>(
  name: string,
  parameters: Readonly<Record<string, string>>,
  answer: Schema,
) => Promise<v.InferOutput<Schema>>

export const driver = {
  options,
  facts,
  async open({ accessKeyId: id, accessKeySecret, endpoint = 'https://alidns.aliyuncs.com', caCertificate }, context) {
    const rest = context.rest({ vendor: 'Alibaba Cloud', endpoint, caCertificate, headers: {}, explain })
    const key = { id, secret: await context.resolve(accessKeySecret) }
    return provider(acting(rest, new URL(endpoint).host, key, context), context)
  },
} satisfies DnsDriver<typeof options>

/** Each try is signed anew: a nonce is taken once. */
const acting =
  (rest: Rest, host: string, key: AccessKey, { clock }: DriverContext): Act =>
  (name, parameters, answer) => {
    const action = { host, name, version: '2015-01-09', parameters, time: clock.now(), nonce: randomUUID() }
    return rest.call({ method: 'POST', ...signed(action, key), answer })
  }

/** Domains are known there as they are written, and not in Punycode. */
const domainOf = ({ zone }: ZoneLocation) => domainToUnicode(zone) || zone
const nameOf = ({ relativeName }: ZoneLocation) => relativeName || '@'

function provider(act: Act, context: DriverContext): DnsProvider {
  return recordsProvider({
    async list(location) {
      const name = nameOf(location)
      // The keyword is looked for anywhere in a name.
      const query = { DomainName: domainOf(location), RRKeyWord: name, TypeKeyWord: 'TXT', PageSize: '500' }
      const all = await everyPage('a list of Alibaba Cloud', 1, async (page) => {
        const read = () => act('DescribeDomainRecords', { ...query, PageNumber: `${page}` }, recordsAnswer)
        const { DomainRecords, PageSize, TotalCount } = await retrySoon(read, context).catch(
          asNoZone('Alibaba Cloud', location),
        )
        return { items: DomainRecords.Record, next: page * PageSize >= TotalCount ? undefined : page + 1 }
      })
      return all
        .filter(({ Type, RR }) => Type === 'TXT' && RR.toLowerCase() === name)
        .map(({ RecordId, Value }) => ({ id: RecordId, value: unquoted(Value) }))
    },
    async add(record) {
      const named = { DomainName: domainOf(record), RR: nameOf(record) }
      const data = { Type: 'TXT', Value: record.value, TTL: `${facts.ttl}` }
      await act('AddDomainRecord', { ...named, ...data }, anyAnswer)
    },
    async remove(_record, RecordId) {
      await act('DeleteDomainRecord', { RecordId }, anyAnswer)
    },
  })
}

/** The status alone misleads: a key that is not known comes with 404, and one that may not do it with 400. */
const CODES: readonly (readonly [RegExp, FailureCode])[] = [
  [/^(InvalidAccessKeyId|Forbidden|NoPermission|SignatureDoesNotMatch|IncompleteSignature|InvalidTimeStamp)/, 'DENIED'],
  [/^(InvalidDomainName\.NoExist|IncorrectDomainUser|DomainRecordNotBelongToUser)$/, 'NOT_FOUND'],
  [/^DomainRecordDuplicate$/, 'CONFLICT'],
  [/^(Throttling|ServiceUnavailable|InternalError|SignatureNonceUsed)/, 'UNAVAILABLE'],
]

const explain = explainedBy(v.object({ Code: v.string(), Message: v.fallback(v.string(), '') }), (said) => {
  const reason = `${said.Message} (${said.Code})`
  const code = CODES.find(([codes]) => codes.test(said.Code))?.[1]
  return code === undefined ? { reason } : { code, reason }
})
