import { driver } from '../../../lib/dns/drivers/duckdns.ts'
import type { DnsProvider, ZoneRecord } from '../../../lib/ports.ts'
import { type DnsPeer, drop, type HttpVendor, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const KO = { status: 200, body: 'KO' }

/** The names of the contract, below duckdns.org. */
const there = ({ name, zone, ...record }: ZoneRecord): ZoneRecord => ({
  ...record,
  name: name.replace(/example\.com$/, 'duckdns.org'),
  zone: zone === ZONE ? 'duckdns.org' : zone,
})

const under = ({ addTxt, removeTxt }: DnsProvider): DnsProvider => ({
  addTxt: (record) => addTxt(there(record)),
  removeTxt: (record) => removeTxt(there(record)),
})

/** One value a domain. It answers with text, and changes by GET. */
export const create = (): HttpVendor =>
  httpVendor({
    open: async (context) => under(await driver.open({ token }, context)),
    isChange: () => true,
    answer({ route, query, rows }) {
      if (route !== 'GET /update') return { status: 404 }
      const domain = query.get('domains') ?? ''
      if (query.get('token') !== TOKEN || !/^[a-z0-9-]+$/.test(domain)) return KO
      const name = `_acme-challenge.${domain}`
      drop(rows, (each) => each.name === name && each.type === 'TXT')
      const value = query.get('clear') === 'true' ? '' : (query.get('txt') ?? '')
      if (value !== '') rows.push(kept({ name, type: 'TXT', value }))
      return { status: 200, body: `OK\n${value}\nUPDATED` }
    },
    says: { denied: KO },
  })

const ONE = 'a domain has one value, for all names in it'
const UNREAD = 'what stands in a domain cannot be read'

export const peer: DnsPeer = {
  evidence: { recording: '2023', documentation: 'the word KO, one value a domain' },
  create,
  cannot: {
    'two values stand at one name, as an apex and its wildcard need': ONE,
    'of two values one is removed and the other stays': ONE,
    'F-27: values of others are kept, by adding and by removing': ONE,
    'adding a value twice leaves it there once': ONE,
    'a value that stands there twice is removed twice': ONE,
    'a value is found on whatever page it stands': ONE,
    'what somebody else writes meanwhile is kept': ONE,
    'F-21: being denied is an error, and never an empty list': ONE,
    'F-20: removing again after a lost answer removes it alone': ONE,
    'a name at the top of the zone is one like any other': 'nobody has the top of duckdns.org',
    'adding what is there already changes nothing': UNREAD,
    'removing what is gone changes nothing': UNREAD,
    'a zone is checked with reads alone': UNREAD,
    'a check that is denied is an error': UNREAD,
    'a request that comes too soon is RATE_LIMITED until the vendor’s own time': 'Duck DNS names no time',
  },
}
