import { driver } from '../../../lib/dns/drivers/acme-dns.ts'
import type { DriverContext } from '../../../lib/platform/driver.ts'
import { Secret } from '../../../lib/platform/secret.ts'
import type { DnsProvider, ZoneRecord } from '../../../lib/ports.ts'
import { type DnsPeer, drop, type HttpVendor, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const NAME = '_acme-challenge.shop'

export const account = {
  fulldomain: `${NAME}.${ZONE}`,
  subdomain: '8e5700ea-a4bf-41c7-8a77-e990661dcc6a',
  username: 'c36f50e8-4632-44f0-83fe-e070fef28a10',
  password: TOKEN,
  allowfrom: [],
}

export const refusal = (status: number, error: string) => ({ status, body: { error } })

/** Opens it with accounts as they are configured. */
export const openWith = (accounts: string, context: DriverContext): Promise<DnsProvider> =>
  driver.open(
    { endpoint: 'https://auth.example.net', accounts: token },
    { ...context, resolve: async () => new Secret(accounts) },
  )

/** A value is as long as that of a challenge, or is refused. */
export const whole = (value: string) => value.padEnd(43, 'A')

const withWholeValues = ({ check, capacity, addTxt, removeTxt }: DnsProvider): DnsProvider => {
  const whole_ = (record: ZoneRecord) => ({ ...record, value: whole(record.value) })
  return {
    ...{ ...(check && { check }), ...(capacity && { capacity }) },
    addTxt: (record) => addTxt(whole_(record)),
    removeTxt: (record) => removeTxt(whole_(record)),
  }
}

/** Two values for an account: an update takes the place of the older one. */
export function create(): HttpVendor {
  const vendor = httpVendor({
    open: async (context) => withWholeValues(await openWith(JSON.stringify({ 'shop.example.com': account }), context)),
    answer({ route, headers, body, rows }) {
      if (route !== 'POST /update') return { status: 404 }
      if (headers['x-api-user'] !== account.username || headers['x-api-key'] !== account.password)
        return refusal(401, 'forbidden')
      const { subdomain, txt } = body as { subdomain: string; txt: string }
      if (subdomain !== account.subdomain) return refusal(401, 'forbidden')
      if (!/^[\w-]{43}$/.test(txt)) return refusal(400, 'bad_txt')
      const here = rows.filter(({ name, type }) => name === NAME && type === 'TXT')
      if (here.length >= 2) drop(rows, (each) => each === here[0])
      rows.push(kept({ name: NAME, type: 'TXT', value: txt.replace(/A+$/, '') }))
      return { status: 200, body: { txt } }
    },
    says: { denied: refusal(401, 'forbidden'), rejected: refusal(400, 'bad_txt') },
  })
  /** The same value twice is one in DNS (RFC 2181 §5). */
  const rows = () =>
    vendor.rows().filter(({ value }, index, all) => all.findIndex((each) => each.value === value) === index)
  return { ...vendor, rows }
}

const STAYS = 'the server has no request that removes a value'
const TWO = 'an account has two values, and an update takes the place of the older one'

export const peer: DnsPeer = {
  evidence: { documentation: 'README, answers in its source' },
  create,
  cannot: {
    'of two values one is removed and the other stays': STAYS,
    'a value that stands there twice is removed twice': STAYS,
    'removing what is gone succeeds': STAYS,
    'a record of another type is neither ours nor in the way': STAYS,
    'a name at the top of the zone is one like any other': STAYS,
    'F-20: removing again after a lost answer removes it alone': STAYS,
    'F-21: being denied is an error, and never an empty list': STAYS,
    'F-27: values of others are kept, by adding and by removing': TWO,
    'a value is found on whatever page it stands': TWO,
    'what somebody else writes meanwhile is kept': TWO,
    'a check that is denied is an error': 'the server has no request that changes nothing',
  },
}
