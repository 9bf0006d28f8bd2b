import { driver } from '../../../lib/dns/drivers/httpreq.ts'
import { type DnsPeer, drop, httpVendor, kept, type Row, TOKEN, ZONE } from '../dns-vendors.ts'

/** Keeps a set of values at each name, as lego's own providers behind such a service do. */
export const create = () =>
  httpVendor({
    open: (context) =>
      driver.open(
        { endpoint: 'https://dns.example/hook', username: 'me', password: { from: 'env', name: 'P' } },
        context,
      ),
    answer({ route, headers, body, rows }) {
      const credentials = Buffer.from(`me:${TOKEN}`).toString('base64')
      if (headers.authorization !== `Basic ${credentials}`) return { status: 401 }
      const { fqdn, value } = body as { fqdn: string; value: string }
      const name = fqdn === `${ZONE}.` ? '' : fqdn.slice(0, -`.${ZONE}.`.length)
      const here = (each: Row) => each.name === name && each.type === 'TXT' && each.value === value
      if (route === 'POST /hook/present' && !rows.some(here)) rows.push(kept({ name, type: 'TXT', value }))
      if (route === 'POST /hook/cleanup') drop(rows, here)
      return { status: 200 }
    },
  })

const BEHIND = 'it asks for a name and a value alone; what is there is known behind the service'

export const peer: DnsPeer = {
  evidence: { documentation: 'lego' },
  create,
  cannot: {
    'a zone that is not there is DNS_NO_ZONE, by adding and by removing': BEHIND,
    'a zone is checked with reads alone': BEHIND,
    'a check that is denied is an error': BEHIND,
    'adding what is there already changes nothing': BEHIND,
    'removing what is gone changes nothing': BEHIND,
  },
}
