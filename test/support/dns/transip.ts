import { generateKeyPairSync, verify } from 'node:crypto'
import { driver, entriesAnswer, tokenAnswer } from '../../../lib/dns/drivers/transip.ts'
import { Secret } from '../../../lib/platform/secret.ts'
import { type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const PATH = `/v6/domains/${ZONE}/dns`
const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const PEM = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
export const options = { login: 'jane', privateKey: token }

export const refusal = (status: number, error: string) => ({ status, body: { error } })
/** While it saves the zone. */
export const SAVING = refusal(409, 'Error fetching Dns Entries: DNS Entries are currently being saved')

interface Entry {
  readonly name: string
  readonly expire: number
  readonly type: string
  readonly content: string
}

const entryOf = ({ name, type, value, ttl = 86_400 }: KeptRow): Entry => ({
  name: name === '' ? '@' : name,
  expire: ttl,
  type,
  content: value,
})

/** It lets in who has signed, takes an entry twice, and knows one by all that it says. */
export const create = () => {
  const nonces = new Set<unknown>()
  const vendor = httpVendor({
    open: (context) => driver.open(options, { ...context, resolve: async () => new Secret(PEM) }),
    isChange: ({ method, url }) => method !== 'GET' && !url.endsWith('/auth'),
    answer({ route, headers, body, rows }) {
      if (route === 'POST /v6/auth') {
        const sent = Buffer.from(vendor.requests.at(-1)?.body ?? '')
        const signature = Buffer.from(headers.signature ?? '', 'base64')
        const { login, nonce } = body as Record<'login' | 'nonce', unknown>
        if (login !== 'jane' || nonces.has(nonce) || !verify('sha512', sent, key.publicKey, signature))
          return refusal(401, 'Invalid signature')
        nonces.add(nonce)
        return { status: 201, body: { token: TOKEN } }
      }
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'Your access token is invalid.')
      if (!route.endsWith(` ${PATH}`)) return refusal(404, 'Domain with this name not found')
      if (route.startsWith('GET')) return { status: 200, body: { dnsEntries: rows.map(entryOf), _links: [] } }
      const { dnsEntry: entry } = body as { dnsEntry: Entry }
      if (route.startsWith('POST')) {
        const name = entry.name === '@' ? '' : entry.name
        rows.push(kept({ name, type: entry.type, value: entry.content, ttl: entry.expire }))
        return { status: 201, body: [] }
      }
      const gone = rows.find((each) => isSame(entryOf(each), entry))
      return drop(rows, (each) => each === gone) ? { status: 204 } : refusal(404, 'Dns entry not found')
    },
    says: {
      denied: refusal(403, 'You are not allowed to do this'),
      rejected: refusal(406, 'The content is not valid'),
      'rate limited': {
        ...refusal(429, 'Rate limit exceeded'),
        headers: { 'x-rate-limit-reset': `${Math.floor(Date.now() / 1000) + 100}` },
      },
    },
  })
  return vendor
}

const isSame = (one: Entry, other: Entry) =>
  (['name', 'expire', 'type', 'content'] as const).every((field) => one[field] === other[field])

export const peer: DnsPeer = {
  evidence: {
    recording: '2022',
    documentation:
      'what is signed, how long a token lasts, the shortest ttl, refusals while it saves, the limit of requests',
  },
  create,
  recording: {
    folder: 'dns/transip',
    zone: 'nuvius.nl',
    answers: { 'POST /v6/auth': tokenAnswer, 'GET /v6/domains/…/dns': entriesAnswer },
    unrecorded: {
      'POST /v6/auth':
        'the login, left out of the recordings, and an end: https://api.transip.eu/rest/docs.html#header-authentication',
    },
  },
}
