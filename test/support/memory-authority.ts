import { createHash } from 'node:crypto'
import { Failure } from '../../lib/errors.ts'
import type { CertificateAuthority, Clock, DnsChallenge, Order } from '../../lib/ports.ts'
import type { RenewalWindow } from '../../lib/types.ts'
import { type Authority, createAuthority, readCsr } from '../../sandbox/pki.ts'

export interface MemoryAuthority extends CertificateAuthority {
  /** Every order that was made, in order. */
  readonly orders: { names: readonly string[]; replaces: string | undefined; url: string }[]
  /** How many certificates were issued. */
  issued: number
  /** Thrown by the method of that name at its next calls, as often as it stands there. */
  readonly failures: { on: keyof CertificateAuthority; failure: Failure }[]
  window: RenewalWindow | undefined
  /** Days that a certificate lives. */
  lifetime: number
}

let roots: Promise<Authority> | undefined

/** An authority in memory: real certificates, no protocol. It checks a proof by asking `txt`. */
export async function createMemoryAuthority(
  clock: Clock,
  txt: (name: string) => readonly string[],
): Promise<MemoryAuthority> {
  roots ??= createAuthority({ name: 'memory' })
  const issuer = await roots
  const orders = new Map<string, { order: Order; proved: boolean; chain?: string }>()
  const authority: MemoryAuthority = {
    orders: [],
    issued: 0,
    failures: [],
    window: undefined,
    lifetime: 90,

    async newOrder({ names, replaces }) {
      fail('newOrder')
      const url = `https://ca.example/order/${orders.size + 1}`
      const order: Order = {
        url,
        status: 'pending',
        names,
        expires: undefined,
        authorizations: names.map((name) => `https://ca.example/authz/${orders.size + 1}/${name}`),
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
      for (const { domain, value, authorization } of challenges) {
        if (!txt(`_acme-challenge.${domain}`).includes(value))
          throw new Failure('ACME_VALIDATION_FAILED', 'no TXT record')
        const found = entry(authorization)
        found.proved = true
        found.order = { ...found.order, status: 'ready' }
      }
    },
    async finalize({ url }, csrPem) {
      fail('finalize')
      const found = entry(url)
      if (found.order.status === 'valid') return found.order
      if (!found.proved) throw new Failure('ACME_ORDER_NOT_READY', 'not ready')
      const der = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
      const csr = await readCsr(new Uint8Array(der))
      if (csr === undefined) throw new Failure('ACME_CSR', 'bad CSR')
      const now = clock.now().getTime()
      const { chainPem } = await issuer.issue({
        publicKey: csr.publicKey,
        names: csr.names,
        notBefore: new Date(now - 3_600_000),
        notAfter: new Date(now + authority.lifetime * 86_400_000),
      })
      authority.issued += 1
      found.chain = chainPem
      found.order = { ...found.order, status: 'valid', certificate: `${url}/certificate` }
      return found.order
    },
    async download({ url }) {
      fail('download')
      return entry(url).chain ?? ''
    },
    async renewalWindow() {
      return authority.window
    },
    async revoke() {},
  }
  return authority

  function fail(on: keyof CertificateAuthority) {
    const at = authority.failures.findIndex((each) => each.on === on)
    if (at < 0) return
    const [{ failure } = { failure: new Failure('UNEXPECTED', 'none') }] = authority.failures.splice(at, 1)
    throw failure
  }
  function entry(url: string) {
    const found = orders.get(url)
    if (found === undefined) throw new Failure('ACME_ORDER_GONE', 'no such order')
    return found
  }
  function challenge(url: string, name: string): DnsChallenge {
    const value = createHash('sha256').update(`${url} ${name}`).digest('base64url')
    return { url: `${url}/challenge/${name}`, authorization: url, domain: name.replace(/^\*\./, ''), value }
  }
}
