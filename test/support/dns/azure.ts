import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { driver, setAnswer } from '../../../lib/dns/drivers/azure.ts'
import type { HttpRequest } from '../../../lib/platform/http.ts'
import { type Call, type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'
const GROUP = 'cli_test_dns_if_none_match000001'
const TENANT = '11111111-2222-3333-4444-555555555555'
const CLIENT = '66666666-7777-8888-9999-000000000000'
/** Other than the access token that is issued for it. */
const ISSUED = 'canary-access-token'

const ZONE_PATH = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Network/dnsZones/${ZONE}`

export const options = {
  ...{ tenant: TENANT, clientId: CLIENT, clientSecret: token, cloud: 'public' as const },
  ...{ subscription: SUBSCRIPTION, resourceGroup: GROUP },
}

interface SetBody {
  readonly properties: { readonly TTL: number; readonly TXTRecords: readonly { readonly value: readonly string[] }[] }
}

const isForToken = ({ url }: Pick<HttpRequest, 'url'>) => url.startsWith('https://login.')

/** As Azure DNS says it. */
export const refusal = (status: number, code: string, message: string) => ({ status, body: { code, message } })
/** As Resource Manager does, which stands before it. */
export const refusalBefore = (status: number, code: string, message: string) => ({
  status,
  body: { error: { code, message } },
})

function issue({ body, headers }: Call) {
  const form = new URLSearchParams(String(body))
  const refuse = (status: number, error: string, error_description: string) => ({
    ...{ status, body: { error, error_description } },
  })
  if (headers['content-type'] !== 'application/x-www-form-urlencoded')
    return refuse(400, 'invalid_request', "AADSTS900144: The request body must contain 'grant_type'.")
  if (form.get('grant_type') !== 'client_credentials') return refuse(400, 'unsupported_grant_type', 'AADSTS70003')
  if (form.get('scope') !== 'https://management.azure.com/.default')
    return refuse(400, 'invalid_scope', 'AADSTS1002012: The provided value for scope is not valid.')
  if (form.get('client_id') !== CLIENT) return refuse(400, 'unauthorized_client', 'AADSTS700016: not found')
  if (form.get('client_secret') !== TOKEN)
    return refuse(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.')
  return { status: 200, body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: ISSUED } }
}

const shown = (name: string, set: readonly KeptRow[]) => ({
  id: `${ZONE_PATH}/TXT/${name}`,
  name,
  type: 'Microsoft.Network/dnszones/TXT',
  etag: createHash('md5')
    .update(set.map(({ id }) => id).join())
    .digest('hex'),
  properties: { TTL: set[0]?.ttl ?? 3600, TXTRecords: set.map(({ value }) => ({ value: [value] })) },
})

/** Undefined: the set is as the request wants it. */
function unmet(headers: Call['headers'], name: string, set: readonly KeptRow[]) {
  if (headers['if-none-match'] === '*' && set.length > 0)
    return refusal(
      412,
      'PreconditionFailed',
      `The Record set ${name} exists already and hence cannot be created again.`,
    )
  const wanted = headers['if-match']
  if (wanted !== undefined && wanted !== shown(name, set).etag)
    return refusal(412, 'PreconditionFailed', `The Record set ${name} has been modified (etag mismatch).`)
  return undefined
}

function replace(rows: KeptRow[], name: string, { properties }: SetBody): void {
  const isHere = (row: KeptRow) => row.name === name && row.type === 'TXT'
  const before = rows.filter(isHere)
  drop(rows, isHere)
  for (const { value: parts } of properties.TXTRecords) {
    const value = parts.join('')
    const old = before.find((each) => each.value === value)
    rows.push(old ?? kept({ name, type: 'TXT', value, ttl: properties.TTL }))
  }
}

/** Undefined: it can be written. */
function refused({ properties: { TTL, TXTRecords } }: SetBody) {
  if (TTL < 1) return refusal(400, 'BadRequest', "The value for 'TTL' is not valid.")
  const isValid = TXTRecords.every(({ value }) => value.length > 0 && value.every((part) => part.length <= 255))
  return isValid ? undefined : refusal(400, 'BadRequest', 'The TXT record is not valid.')
}

export const create = () =>
  httpVendor({
    open: (context) => driver.open(options, context),
    isChange: (request) => request.method !== 'GET' && !isForToken(request),
    answer(call) {
      const { route, query, headers, body, rows } = call
      if (route === `POST /${TENANT}/oauth2/v2.0/token`) return issue(call)
      if (headers.authorization !== `Bearer ${ISSUED}`)
        return refusalBefore(401, 'InvalidAuthenticationToken', 'The access token is invalid.')
      if (query.get('api-version') !== '2018-05-01')
        return refusalBefore(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.')
      if (route === `GET ${ZONE_PATH}`) return { status: 200, body: { name: ZONE, properties: { zoneType: 'Public' } } }
      const [, method, given = ''] = new RegExp(`^(GET|PUT|DELETE) ${ZONE_PATH}/TXT/([^/]+)$`).exec(route) ?? []
      if (method === undefined)
        return refusalBefore(404, 'ResourceNotFound', `The Resource '${route}' under '${GROUP}' was not found.`)
      const name = given === '@' ? '' : decodeURIComponent(given)
      const set = rows.filter((row) => row.name === name && row.type === 'TXT')
      if (method === 'DELETE' && set.length === 0) return { status: 204 }
      if (method === 'GET') {
        return set.length > 0
          ? { status: 200, body: shown(given, set) }
          : refusal(404, 'NotFound', `The resource record '${given}' does not exist in resource group '${GROUP}'.`)
      }
      const condition = unmet(headers, given, set)
      if (condition !== undefined) return condition
      if (method === 'DELETE') {
        drop(rows, (row) => set.includes(row))
        return { status: 200 }
      }
      const reply = refused(body as SetBody)
      if (reply === undefined) replace(rows, name, body as SetBody)
      return reply ?? { status: set.length > 0 ? 200 : 201, body: shown(given, set) }
    },
    says: {
      denied: refusalBefore(403, 'AuthorizationFailed', 'The client does not have authorization to perform action.'),
      rejected: refusal(400, 'BadRequest', 'The TXT record is not valid.'),
      'rate limited': {
        ...refusalBefore(429, 'TooManyRequests', 'The request is being throttled.'),
        headers: { 'retry-after': '120' },
      },
    },
  })

const GROUPS = '/subscriptions/…/resourceGroups'
const NAME_IN_PATH = 'the name is part of the path: test/contract/dns-azure.test.ts sends those that were recorded'

export const peer: DnsPeer = {
  evidence: { recording: '2019 to 2023', documentation: 'the token, deleting under a condition' },
  create,
  recording: {
    folder: 'dns/azure',
    zone: 'myzone.com',
    answers: {
      [`GET ${GROUPS}/${GROUP}/providers/…/dnsZones/…`]: v.unknown(),
      [`GET ${GROUPS}/${GROUP}/providers/…/dnsZones/…/TXT/myrstxt`]: setAnswer,
      [`GET ${GROUPS}/rgdnschash9482/providers/…/dnsZones/…/TXT/@`]: setAnswer,
    },
    unrecorded: {
      'POST /…/oauth2/…/token':
        'recorded at its first version: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow',
      [`GET ${GROUPS}/${GROUP}/providers/…/dnsZones/…/TXT/_acme-challenge`]: NAME_IN_PATH,
      [`PUT ${GROUPS}/${GROUP}/providers/…/dnsZones/…/TXT/_acme-challenge`]: NAME_IN_PATH,
      [`DELETE ${GROUPS}/${GROUP}/providers/…/dnsZones/…/TXT/_acme-challenge`]: NAME_IN_PATH,
    },
  },
}
