import { createHash } from 'node:crypto'
import { Failure } from '../../lib/errors.ts'
import type { CertificateAuthority, Clock, DnsChallenge, Order } from '../../lib/ports.ts'
import type { PublicCertificate, RenewalWindow, ValidationMethod } from '../../lib/types.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { quickIssuer, signedKeyOf } from './quick-issuer.ts'
import { type Rewindable, saveList, saveMap } from './rewind.ts'

export interface MemoryAuthority extends CertificateAuthority, Rewindable {
  /** Every order that was made, in order. */
  readonly orders: { names: readonly string[]; replaces: string | undefined; url: string }[]
  /** How many certificates were issued. */
  issued: number
  /** Their chains, in order. */
  readonly chains: string[]
  /** Orders that are neither valid nor invalid. */
  live(): string[]
  /** Every order is refused until then, and told so. */
  closedUntil: Date | undefined
  /** Domains for which no proof is ever accepted. */
  readonly unprovable: Set<string>
  /** Requests that were refused because the account had used up one of its limits. */
  overLimit: number
  /** Thrown by the method of that name at its next calls, as often as it stands there. */
  readonly failures: { on: keyof CertificateAuthority; failure: Failure }[]
  window: RenewalWindow | undefined
  /** Where it looks for the value of a name. */
  label: string
  /** How it does; with dns-persist-01 a record must name the account. */
  validation: ValidationMethod
  /** The URL of the account that is registered. */
  account: string | undefined
  /** Days that a certificate lives. */
  lifetime: number
  /** Whether an order that replaces this certificate, or none, is spared all limits. */
  spares(replaced: PublicCertificate | undefined): boolean
}

let issuer: Promise<ReturnType<typeof quickIssuer>> | undefined

const HOUR = 3_600_000
/** Let's Encrypt's limits for one account (https://letsencrypt.org/docs/rate-limits/). */
const LIMITS = {
  orders: { most: 300, period: 3 * HOUR },
  duplicates: { most: 5, period: 168 * HOUR },
  failures: { most: 5, period: HOUR },
} as const

/** An authority in memory: real certificates and real limits, no protocol. It checks a proof by asking `txt`. */
export async function createMemoryAuthority(
  clock: Clock,
  txt: (name: string) => readonly string[],
  directory = 'https://ca.example/directory',
): Promise<MemoryAuthority> {
  issuer ??= createAuthority({ name: 'memory' }).then(quickIssuer)
  const issue = await issuer
  const { origin } = new URL(directory)
  const orders = new Map<string, { order: Order; proved: boolean; chain?: string }>()
  const ledger = new Map<string, Date[]>()
  const authority: MemoryAuthority = {
    directory,
    issuanceLimit: { certificates: LIMITS.duplicates.most, within: LIMITS.duplicates.period },
    orders: [],
    issued: 0,
    chains: [],
    live: () =>
      [...orders.values()].flatMap(({ order: { url, status } }) =>
        status === 'valid' || status === 'invalid' ? [] : [url],
      ),
    closedUntil: undefined,
    unprovable: new Set(),
    overLimit: 0,
    failures: [],
    window: undefined,
    label: '_acme-challenge',
    lifetime: 90,
    spares: () => false,
    challengeLabel: async () => authority.label,

    async check() {
      fail('check')
    },
    async prepare() {},
    caaIdentities: async () => [],
    validation: 'dns-01',
    account: undefined,
    accountUrl: async () => authority.account,
    async register() {
      fail('register')
      authority.account ??= `${origin}/account/1`
      return authority.account
    },
    async newOrder({ names, replaces }) {
      fail('newOrder')
      const { closedUntil } = authority
      if (closedUntil !== undefined && closedUntil > clock.now()) throw refusal('closed', closedUntil)
      if (!authority.spares(replaces)) {
        spend('orders', '')
        refuse('duplicates', setOf(names))
        for (const name of names) refuse('failures', name)
      }
      const url = `${origin}/order/${orders.size + 1}`
      const order: Order = {
        url,
        status: 'pending',
        names,
        expires: undefined,
        authorizations: names.map((name) => `${origin}/authz/${orders.size + 1}/${name}`),
        finalize: `${url}/finalize`,
        certificate: undefined,
      }
      orders.set(url, { order, proved: false })
      authority.orders.push({ names, replaces: replaces?.serial, url })
      return order
    },
    async readOrder(url) {
      fail('readOrder')
      return entry(url).order
    },
    async challenges(order) {
      fail('challenges')
      if (entry(order.url).proved) return []
      return order.names.map((name) => challenge(order.url, name))
    },
    async answer(challenges) {
      fail('answer')
      const waiting = challenges.filter(({ authorization }) => entry(authorization).order.status === 'pending')
      for (const { url, domain, value, authorization } of waiting) {
        const found = entry(authorization)
        if (!isShown(domain, value) || authority.unprovable.has(domain)) {
          found.order = { ...found.order, status: 'invalid' }
          note('failures', decodeURIComponent(url.split('/').at(-1) ?? ''))
          throw new Failure('ACME_VALIDATION_FAILED', 'no TXT record')
        }
        found.proved = true
        found.order = { ...found.order, status: 'ready' }
      }
    },
    async finalize({ url }, csrPem) {
      fail('finalize')
      const found = entry(url)
      if (found.order.status === 'valid') return found.order
      if (!found.proved) throw new Failure('ACME_ORDER_NOT_READY', 'not ready')
      const publicKey = signedKeyOf(csrPem)
      if (publicKey === undefined) throw new Failure('ACME_CSR', 'bad CSR')
      const now = clock.now().getTime()
      const chainPem = await issue({
        publicKey,
        names: found.order.names,
        notBefore: new Date(now - 3_600_000),
        notAfter: new Date(now + authority.lifetime * 86_400_000),
        // When it is renewed depends on it: what happened once can happen again.
        serialFrom: `${directory} ${authority.issued}`,
      })
      note('duplicates', setOf(found.order.names))
      authority.issued += 1
      authority.chains.push(chainPem)
      found.chain = chainPem
      found.order = { ...found.order, status: 'valid', certificate: `${url}/certificate` }
      return found.order
    },
    async download({ url }, take) {
      fail('download')
      return take(entry(url).chain ?? '')
    },
    async renewalWindow() {
      return authority.window
    },
    async revoke() {},
    save() {
      const { issued, window, label, account, lifetime, closedUntil, overLimit } = authority
      const unprovable = [...authority.unprovable]
      const parts = [
        saveMap(orders, (known) => ({ ...known })),
        saveMap(ledger),
        saveList(authority.orders),
        saveList(authority.chains),
        saveList(authority.failures),
      ]
      return () => {
        for (const rewind of parts) rewind()
        Object.assign(authority, { issued, window, label, account, lifetime, closedUntil, overLimit })
        authority.unprovable.clear()
        for (const domain of unprovable) authority.unprovable.add(domain)
      }
    },
  }
  return authority

  function fail(on: keyof CertificateAuthority) {
    const at = authority.failures.findIndex((each) => each.on === on)
    if (at < 0) return
    const [{ failure } = { failure: new Failure('UNEXPECTED', 'none') }] = authority.failures.splice(at, 1)
    throw failure
  }
  function recent(limit: keyof typeof LIMITS, about: string): Date[] {
    const { period } = LIMITS[limit]
    return (ledger.get(`${limit} ${about}`) ?? []).filter((at) => at.getTime() + period > clock.now().getTime())
  }
  function note(limit: keyof typeof LIMITS, about: string) {
    ledger.set(`${limit} ${about}`, [...recent(limit, about), clock.now()])
  }
  function refuse(limit: keyof typeof LIMITS, about: string) {
    const [first, ...rest] = recent(limit, about)
    if (first === undefined || rest.length + 1 < LIMITS[limit].most) return
    authority.overLimit += 1
    throw refusal(limit, new Date(first.getTime() + LIMITS[limit].period))
  }
  function spend(limit: keyof typeof LIMITS, about: string) {
    refuse(limit, about)
    note(limit, about)
  }
  function refusal(limit: string, retryAfter: Date) {
    return new Failure('ACME_RATE_LIMITED', `refused until later: ${limit}`, {
      retryAfter,
      cause: new Error('canary-token-of-the-refusal'),
    })
  }
  function isShown(domain: string, value: string | undefined): boolean {
    if (value !== undefined) return txt(`${authority.label}.${domain}`).includes(value)
    return txt(`_validation-persist.${domain}`).some((record) => record.includes(`accounturi=${authority.account}`))
  }
  function entry(url: string) {
    const found = orders.get(url)
    if (found === undefined) throw new Failure('ACME_ORDER_GONE', 'no such order')
    return found
  }
  function challenge(url: string, name: string): DnsChallenge {
    const value = createHash('sha256').update(`${url} ${name}`).digest('base64url')
    return {
      url: `${url}/challenge/${encodeURIComponent(name)}`,
      authorization: url,
      domain: name.replace(/^\*\./, ''),
      ...(authority.validation === 'dns-persist-01' ? {} : { value }),
    }
  }
}

const setOf = (names: readonly string[]) => [...names].sort().join(' ')
