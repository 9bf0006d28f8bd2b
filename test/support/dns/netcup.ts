import { driver } from '../../../lib/dns/drivers/netcup.ts'
import type { DnsProvider, ZoneRecord } from '../../../lib/ports.ts'
import { type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const DOMAINS = '/v1/domain'
const ID = 4711
const CHALLENGES = `${DOMAINS}/${ID}/acme/challenge`

export const refusal = (status: number, code: string, message: string) => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
})
const done = (result: unknown, status = 200) => ({ status, body: { success: true, errors: [], messages: [], result } })
const gone = refusal(404, 'resourceDoesNotExist', 'The requested resource does not exist')

/** The values of the contract, as long as those of a challenge, which alone are taken there. */
const long = (value: string) => value.padEnd(43, 'A')
const asChallenge = <R extends ZoneRecord>(record: R): R => ({ ...record, value: long(record.value) })

const withLongValues = ({ check, addTxt, removeTxt }: DnsProvider): DnsProvider => ({
  ...(check && { check: (location) => check(location) }),
  addTxt: (record) => addTxt(asChallenge(record)),
  removeTxt: (record) => removeTxt(asChallenge(record)),
})

const nameOf = (scope: string) => (scope === '@' ? '_acme-challenge' : `_acme-challenge.${scope}`)

/** It takes a value once, and nothing but challenges. */
export const create = (isDnsManaged = true) =>
  httpVendor({
    open: async (context) => withLongValues(await driver.open({ apiKey: token }, context)),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(400, 'authenticationError', 'Invalid API key')
      if (route === `GET ${DOMAINS}`)
        return query.get('fqdn') === ZONE ? done([{ id: ID, fqdn: ZONE, isDnsManaged }]) : done([])
      const isAt = (scope: string, value: string) => (row: KeptRow) =>
        row.type === 'TXT' && row.name === nameOf(scope) && long(row.value) === value
      if (route === `POST ${CHALLENGES}`) {
        const { scope, value } = body as { scope: string; value: string }
        if (!/^[\w-]{43}$/.test(value)) return refusal(400, 'validationError', 'The value is not a key authorization')
        if (!rows.some(isAt(scope, value)))
          rows.push(kept({ name: nameOf(scope), type: 'TXT', value: value.replace(/A+$/, '') }))
        return done([{ scope, fqdn: `${nameOf(scope)}.${ZONE}`, value, status: 'pending' }], 201)
      }
      const [, method, scope = '', value = ''] = new RegExp(`^(\\w+) ${CHALLENGES}/([^/]+)/([^/]+)$`).exec(route) ?? []
      if (method === 'DELETE') return drop(rows, isAt(scope, value)) ? { status: 204 } : gone
      if (method !== 'GET' || !rows.some(isAt(scope, value))) return gone
      return done([{ scope, fqdn: `${nameOf(scope)}.${ZONE}`, value, status: 'deployed' }])
    },
    says: {
      denied: refusal(400, 'authenticationError', 'Invalid API key'),
      rejected: refusal(400, 'validationError', `not with ${TOKEN}`),
    },
  })

export const peer: DnsPeer = {
  evidence: { documentation: 'other clients of the new API: acme.sh, libdns and nc_dnsapi, all of 2026' },
  create: () => create(),
  cannot: {
    'a name at the top of the zone is one like any other': 'it takes only names that begin with _acme-challenge',
  },
}
