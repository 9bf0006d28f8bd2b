import { domainAnswer, driver, recordAnswer } from '../../../lib/dns/drivers/linode.ts'
import { pageOf as pageSchema } from '../../../lib/vendors/linode/pages.ts'
import { type DnsPeer, drop, httpVendor, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

const refusal = (status: number, reason: string) => ({ status, body: { errors: [{ reason }] } })

export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'Invalid Token')
      const list = <T>(all: readonly T[]) => ({
        status: 200,
        body: {
          data: pageOf(all, query),
          page: Number(query.get('page')),
          pages: Math.max(1, Math.ceil(all.length / 2)),
          results: all.length,
        },
      })
      if (route === 'GET /v4/domains') {
        const domains = ['a.example', 'b.example', ZONE].map((domain, id) => ({ id, domain, type: 'master' }))
        return list(domains)
      }
      if (route === 'GET /v4/domains/2/records')
        return list(rows.map(({ value: target, ...rest }) => ({ ...rest, target })))
      if (route === 'POST /v4/domains/2/records') {
        const {
          target: value,
          ttl_sec: ttl,
          ...rest
        } = body as Record<'name' | 'target' | 'type', string> & {
          ttl_sec: number
        }
        rows.push(kept({ ...rest, value, ttl }))
        return { status: 200, body: rows.at(-1) }
      }
      const id = /^DELETE \/v4\/domains\/2\/records\/(\d+)$/.exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id) ? { status: 200, body: {} } : refusal(404, 'Not found')
    },
    says: { denied: refusal(401, 'Invalid Token'), rejected: refusal(400, 'target is wrong') },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2018' },
  create,
  recording: {
    folder: 'dns/linode',
    zone: 'lexicon-test.com',
    answers: {
      'GET /v4/domains': pageSchema(domainAnswer),
      'GET /v4/domains/…/records': pageSchema(recordAnswer),
    },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'DELETE',
      values: ['challengetoken1', 'challengetoken2'],
      options: { token },
    },
  },
}
