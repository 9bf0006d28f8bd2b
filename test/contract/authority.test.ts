import { afterEach, describe, expect, test } from 'vitest'
import type { CertificateAuthority, DnsChallenge } from '../../lib/ports.ts'
import { checkChain } from '../../lib/x509/chain.ts'
import { createCsr } from '../../lib/x509/csr.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { authorityAtPractice, failing, issueFrom } from '../support/acme-authority.ts'
import { createMemoryAuthority } from '../support/memory-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

interface Opened {
  readonly authority: CertificateAuthority
  show(challenges: readonly DnsChallenge[]): void
}

const practice = await practiceCa()
afterEach(practice.close)

const authorities: Record<string, () => Promise<Opened>> = {
  acme: () => authorityAtPractice(practice),
  memory: async () => {
    const txt = new Map<string, string[]>()
    const clock = { now: () => new Date(), sleep: async () => {} }
    const authority = await createMemoryAuthority(clock, (name) => txt.get(name) ?? [])
    const show = (challenges: readonly DnsChallenge[]) => {
      for (const { domain, value = '' } of challenges) {
        txt.set(`_acme-challenge.${domain}`, [...(txt.get(`_acme-challenge.${domain}`) ?? []), value])
      }
    }
    return { authority, show }
  },
}

const NAMES = ['shop.test', '*.shop.test']

describe.each(Object.entries(authorities))('a certificate authority: %s', (_kind, open) => {
  test('gives a certificate for exactly the names of the order, to the key of the CSR', async () => {
    const { authority, show } = await open()
    const { chainPem, privateKeyPem } = await issueFrom(authority, NAMES, show)
    const certificate = checkChain(chainPem, { names: NAMES, privateKeyPem, now: new Date() })
    expect([...certificate.names].sort()).toEqual([...NAMES].sort())
  })

  test('asks for two values at one name when an apex and its wildcard are ordered', async () => {
    const { authority } = await open()
    const challenges = await authority.challenges(await authority.newOrder({ names: NAMES }))
    expect(challenges.map(({ domain }) => domain)).toEqual(['shop.test', 'shop.test'])
    expect(new Set(challenges.map(({ value }) => value)).size).toBe(2)
    for (const { value } of challenges) expect(value).toMatch(/^[\w-]{43}$/)
  })

  test('is known by the URL of its directory, on whose host its orders are', async () => {
    const { authority } = await open()
    const { url } = await authority.newOrder({ names: ['shop.test'] })
    expect(new URL(authority.directory).host).toBe(new URL(url).host)
  })

  test('an order can be read again by its URL, by another run', async () => {
    const { authority } = await open()
    const order = await authority.newOrder({ names: ['shop.test'] })
    expect(await authority.readOrder(order.url)).toEqual(order)
  })

  test('finalizing an order that is valid already gives it back', async () => {
    const { authority, show } = await open()
    const { order, valid, privateKeyPem } = await issueFrom(authority, ['shop.test'], show)
    const csr = await createCsr(['shop.test'], privateKeyPem)
    const again = await authority.finalize(await authority.readOrder(order.url), csr)
    expect(again.certificate).toBe(valid.certificate)
    expect((await authority.finalize(order, csr)).certificate).toBe(valid.certificate)
  })

  test('an order that is proved has no challenges left', async () => {
    const { authority, show } = await open()
    const order = await authority.newOrder({ names: ['shop.test'] })
    const challenges = await authority.challenges(order)
    show(challenges)
    await authority.answer(challenges)
    const proved = await authority.readOrder(order.url)
    expect(proved.status).toBe('ready')
    expect(await authority.challenges(proved)).toEqual([])
  })

  test('answering without the record rejects, and so does finalizing after it', async () => {
    const { authority } = await open()
    const order = await authority.newOrder({ names: ['shop.test'] })
    const challenges = await authority.challenges(order)
    expect((await failing(authority.answer(challenges))).code).toBe('ACME_VALIDATION_FAILED')
    const csr = await createCsr(['shop.test'], await generateKey('ecdsa-p256'))
    const { code } = await failing(authority.finalize(order, csr))
    expect(['ACME_VALIDATION_FAILED', 'ACME_ORDER_NOT_READY', 'ACME_ORDER_INVALID']).toContain(code)
  })

  test('an order that it does not know is gone', async () => {
    const { authority } = await open()
    const { url } = await authority.newOrder({ names: ['shop.test'] })
    expect((await failing(authority.readOrder(`${url}0815`))).code).toBe('ACME_ORDER_GONE')
  })

  test('answering nothing, and asking for a window, never reject', async () => {
    const { authority, show } = await open()
    await authority.answer([])
    const { chainPem, privateKeyPem } = await issueFrom(authority, ['shop.test'], show)
    const certificate = checkChain(chainPem, { names: ['shop.test'], privateKeyPem, now: new Date() })
    const window = await authority.renewalWindow(certificate)
    if (window) expect(window.start < window.end).toBe(true)
  })
})
