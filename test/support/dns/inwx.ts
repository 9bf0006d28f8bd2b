import { driver } from '../../../lib/dns/drivers/inwx.ts'
import type { HttpRequest } from '../../../lib/platform/http.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const SESSION = '5599118952f13f5a00a47f3f2fa7b1a5'

/** With 200, whatever it is. */
export const said = (code: number, msg: string, more: object = {}) => ({ status: 200, body: { code, msg, ...more } })
const done = (resData?: object) => said(1000, 'Command completed successfully', { resData })

interface Rpc {
  readonly method: string
  readonly params: Readonly<Record<string, string | number>>
}

const changes = ['nameserver.createRecord', 'nameserver.deleteRecord']
const isChange = ({ body = '{}' }: HttpRequest) => changes.includes((JSON.parse(body) as Rpc).method)

/** Names are absolute, no record stands there twice, and nothing is done without a session. */
export const create = (tfa: string | number = '0') =>
  httpVendor({
    open: (context) => driver.open({ username: 'jane', password: token }, context),
    isChange,
    answer({ route, headers, body, rows }) {
      if (route !== 'POST /jsonrpc/') return { status: 404 }
      const { method, params } = body as Rpc
      if (method === 'account.login') {
        if (params.user !== 'jane' || params.pass !== TOKEN) return said(2200, 'Authentication error')
        return { ...done({ tfa }), headers: { 'set-cookie': `domrobot=${SESSION}; path=/; HttpOnly` } }
      }
      if (headers.cookie !== `domrobot=${SESSION}`) return said(2200, 'Authentication error')
      const { domain, name, type, content, ttl } = params
      if (method === 'nameserver.deleteRecord')
        return drop(rows, ({ id }) => id === params.id) ? done() : said(2303, 'Object does not exist')
      if (domain !== ZONE) return said(2303, 'Object does not exist')
      const records = rows.map(({ id, value, ...row }) => ({
        ...{
          id,
          name: row.name === '' ? ZONE : `${row.name}.${ZONE}`,
          type: row.type,
          content: value,
          ttl: 300,
          prio: 0,
        },
      }))
      if (method === 'nameserver.info') {
        const record = records.filter((each) => each.type === type && each.name === name)
        const data = { roId: 2238, domain: ZONE, type: 'MASTER', count: record.length }
        return done(record.length === 0 ? data : { ...data, record })
      }
      if (method !== 'nameserver.createRecord') return said(2000, 'Unknown command')
      if (Number(ttl) < 300) return said(2004, 'Parameter value range error')
      if (records.some((each) => each.name === name && each.type === type && each.content === content))
        return said(2302, 'Object exists')
      const relative = name === ZONE ? '' : `${name}`.slice(0, -`.${ZONE}`.length)
      rows.push(kept({ name: relative, type: `${type}`, value: `${content}`, ttl: Number(ttl) }))
      return done({ id: rows.at(-1)?.id })
    },
    says: {
      denied: said(2201, 'Authorization error'),
      rejected: said(2005, 'Parameter value syntax error', { reason: `not with ${TOKEN}` }),
    },
  })

export const peer: DnsPeer = {
  evidence: {
    recording: '2018, in XML',
    documentation: 'the session, the same in JSON, the codes of EPP, the shortest ttl',
  },
  create: () => create(),
}
