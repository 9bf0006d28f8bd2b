import * as v from 'valibot'
import { Failure, type FailureCode } from '../../../errors.ts'
import type { Http, HttpResponse } from '../../../platform/http.ts'
import { codeOf } from '../../../platform/rest.ts'
import { retryAfter } from '../../../platform/retry-after.ts'
import { safeParse } from '../../../platform/safe-parse.ts'
import type { Secret } from '../../../platform/secret.ts'
import { withoutCredentials } from '../../../platform/without-credentials.ts'
import type { ZoneLocation } from '../../../ports.ts'
import { type Element, readXml } from './xml.ts'

export interface Caller {
  readonly endpoint: string
  readonly apiUser: string
  readonly apiKey: Secret
  readonly clientIp: string
}

/** All that setHosts takes of a record; what else getHosts shows is made by the vendor itself. */
const host = v.object({
  Name: v.string(),
  Type: v.picklist(['A', 'AAAA', 'ALIAS', 'CAA', 'CNAME', 'MX', 'MXE', 'NS', 'TXT', 'URL', 'URL301', 'FRAME']),
  Address: v.string(),
  MXPref: v.pipe(v.string(), v.regex(/^\d{1,5}$/)),
  TTL: v.pipe(v.string(), v.regex(/^\d{1,7}$/)),
})
export type Host = v.InferOutput<typeof host>

const zoneElement = v.object({
  attributes: v.object({
    EmailType: v.pipe(v.string(), v.regex(/^[A-Z]{1,20}$/)),
    IsUsingOurDNS: v.picklist(['true', 'false']),
  }),
  children: v.array(v.object({ name: v.pipe(v.string(), v.regex(/^host$/i)), attributes: host })),
})

/** All of a zone, which is written at once. */
export interface HostedZone {
  /** How it gets its mail: left out of a write, it is reset. */
  readonly emailType: string
  readonly isServedHere: boolean
  readonly hosts: readonly Host[]
}

export interface Client {
  getHosts(location: ZoneLocation): Promise<HostedZone>
  setHosts(location: ZoneLocation, zone: HostedZone): Promise<void>
}

export function createClient(http: Pick<Http, 'send'>, caller: Caller): Client {
  /** The key stands in the body of each request, and in no URL. */
  async function call(command: string, parameters: Readonly<Record<string, string>>): Promise<Element> {
    const { endpoint, apiUser, apiKey, clientIp } = caller
    const who = { ApiUser: apiUser, ApiKey: apiKey.reveal(), UserName: apiUser, ClientIp: clientIp }
    const body = `${new URLSearchParams({ ...who, Command: command, ...parameters })}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await http.send({ method: 'POST', url: `${endpoint}/xml.response`, headers, body })
    return resultOf(command, response, apiKey)
  }

  return {
    async getHosts(location) {
      const result = await call('namecheap.domains.dns.getHosts', nameOf(location))
      const read = safeParse(zoneElement, result)
      if (!read.success) throw unknownZone(location)
      const { EmailType: emailType, IsUsingOurDNS } = read.output.attributes
      const hosts = read.output.children.map(({ attributes }) => attributes)
      return { emailType, isServedHere: IsUsingOurDNS === 'true', hosts }
    },
    async setHosts(location, { emailType, hosts }) {
      const rows = hosts.flatMap(({ Name, Type, Address, MXPref, TTL }, index) =>
        Object.entries({ HostName: Name, RecordType: Type, Address, MXPref, TTL }).map(
          ([field, value]): [string, string] => [`${field}${index + 1}`, value],
        ),
      )
      const parameters = { ...nameOf(location), EmailType: emailType, ...Object.fromEntries(rows) }
      const { attributes } = await call('namecheap.domains.dns.setHosts', parameters)
      if (attributes.IsSuccess !== 'true')
        throw invalid('namecheap.domains.dns.setHosts', 'something else than success')
    },
  }
}

/** A zone is a registered domain there: what stands before the first dot, and what comes after it. */
function nameOf({ zone }: ZoneLocation) {
  const [SLD = ''] = zone.split('.', 1)
  return { SLD, TLD: zone.slice(SLD.length + 1) }
}

/** The one element that a command answers with. */
function resultOf(command: string, { status, headers, body, receivedAt }: HttpResponse, key: Secret): Element {
  const fields = { vendor: 'Namecheap', status }
  if (status !== 200) {
    const details = { fields, retryAfter: retryAfter(headers, receivedAt) }
    throw new Failure(codeOf(status), `Namecheap answered ${command} with ${status}`, details)
  }
  const root = readXml(body)
  const child = (name: string) => root?.children.find((each) => each.name === name)?.children ?? []
  if (root?.name !== 'ApiResponse') throw invalid(command, 'something else than its XML')
  const [error] = child('Errors')
  if (error !== undefined || root.attributes.Status !== 'OK') {
    const { attributes: { Number: number = '?' } = {}, text = '' } = error ?? {}
    const said = withoutCredentials(`${text.trim()} (${number})`, [key])
    throw new Failure(codeOfNumber(number), `Namecheap refused ${command}: ${said}`, { fields: { ...fields, number } })
  }
  const [result, ...others] = child('CommandResponse')
  if (result === undefined || others.length > 0) throw invalid(command, 'something else than one result')
  return result
}

/** Numbers that begin with 10 are about who asks and from where, those with 5 about the vendor itself. */
function codeOfNumber(number: string): FailureCode {
  if (/^10/.test(number)) return 'DENIED'
  if (/^(2019166|2016166)$/.test(number)) return 'NOT_FOUND'
  return /^5/.test(number) ? 'UNAVAILABLE' : 'REJECTED'
}

const invalid = (command: string, what: string) =>
  new Failure('ANSWER_INVALID', `Namecheap answered ${command} with ${what}`, { fields: { vendor: 'Namecheap' } })

const unknownZone = ({ zone, provider }: ZoneLocation) =>
  new Failure(
    'REJECTED',
    `Namecheap shows something in ${zone} that newleaf does not know how to write again: nothing is written, so that nothing gets lost`,
    { fields: { vendor: 'Namecheap', zone, provider } },
  )
