import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect } from 'vitest'
import { problemFailure, verdictFailure } from '../../lib/acme/problem.ts'
import { problemDocument } from '../../lib/acme/resources.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { retryAfter } from '../../lib/platform/retry-after.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { backstop, renewalTime } from '../../lib/policy/renewal-time.ts'
import type { CertificateAuthority } from '../../lib/ports.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createCsr } from '../../lib/x509/csr.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { mutated, mutations } from '../support/damage.ts'
import { accepted, fuzz, refusal, shown } from '../support/fuzz.ts'
import { CA, type ScriptedAnswer, scriptedCa, spoiledAuthority } from '../support/fuzz-authority.ts'
import { hostileJson, hostileText } from '../support/hostile.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { issue } from '../support/practice-world.ts'
import { sparing, written } from '../support/sparing.ts'
import { retryAfterForms, type Spoiling, spoiling } from '../support/spoiling.ts'

const DAY = 86_400_000
const names = ['shop.test', '*.shop.test']
const { chainPem, privateKeyPem } = await issue(await createAuthority({ name: 'fuzz' }), 'ecdsa-p256', names)
const certificate = publicCertificate(chainPem)
const csr = await createCsr(names, new Secret(privateKeyPem))

/** Whatever is kept of an answer is written into the state, and must be readable there. */
const remembered = (part: object) =>
  parseDocument(documentKey('shop'), JSON.parse(JSON.stringify({ ...emptyDocument, ...part })))

/** From the order to the chain. What is taken for an answer is one. */
async function story(authority: CertificateAuthority): Promise<string> {
  const order = await authority.newOrder({ names, replaces: certificate, profile: 'tlsserver' })
  expect([...order.names].sort()).toEqual([...names].sort())
  const { url, expires } = order
  remembered({ order: { authority: 'practice', url, ...(expires && { expires }) } })
  const challenges = await authority.challenges(order)
  for (const { domain, value } of challenges) {
    expect(domain).toBe('shop.test')
    expect(value).toMatch(/^[\w-]{43}$/)
  }
  await authority.answer(challenges)
  const chain = await authority.download(await authority.finalize(await authority.readOrder(url), csr), String)
  await authority.revoke(certificate, 4)
  return chain
}

/** The requests of one story: about so many answers can be spoiled. */
const ANSWERS = 18

async function play(spoiled: Spoiling): Promise<void> {
  const secrets = createMemorySecrets()
  const { authority, requests } = spoiledAuthority(chainPem, secrets, spoiled)
  const chain = await accepted(() => story(authority))
  expect(Buffer.byteLength(chain ?? '')).toBeLessThanOrEqual(65_536)
  // Only the directory, the first answer, may name other hosts; those on private networks are the transport's to refuse.
  const isDirectory = spoiled.answer <= 0
  for (const { url } of requests)
    expect(isDirectory ? new URL(url).protocol : new URL(url).origin).toBe(isDirectory ? 'https:' : CA)
  expect(requests.length).toBeLessThan(400)
  // Nothing that was kept of those answers is in the way of the next run, at a CA that is itself again.
  const next = spoiledAuthority(chainPem, secrets, undefined).authority
  expect(await next.newOrder({ names })).toMatchObject({ url: `${CA}/order/1`, status: 'pending' })
}

describe('F-59: a certificate authority', () => {
  fuzz('whose answers are damaged is understood or refused, and leads nowhere else', spoiling(ANSWERS), play)
})

describe('F-59: a certificate authority that says no more than it must', () => {
  fuzz('and offers whatever it likes beside gives its certificate', sparing, async (way) => {
    const answer = scriptedCa(chainPem)
    const instead = (request: HttpRequest): ScriptedAnswer => {
      const { pathname } = new URL(request.url)
      const { status, headers, body } = answer(request)
      const label = typeof body === 'string' ? {} : { 'content-type': way.label ?? '' }
      return { status, headers: { ...headers, ...label }, body: written(pathname, body, way) }
    }
    const { authority } = spoiledAuthority(chainPem, createMemorySecrets(), undefined, instead)
    const order = await authority.newOrder({ names, replaces: certificate })
    const challenges = await authority.challenges(order)
    expect(challenges.map(({ url }) => url)).toEqual([`${CA}/challenge/1`, `${CA}/challenge/2`])
    await authority.answer(challenges)
    const valid = await authority.finalize(await authority.readOrder(order.url), csr)
    expect(await authority.download(valid, String)).toBe(chainPem)
    await authority.renewalWindow(certificate)
  })
})

describe('F-56: a renewal window', () => {
  const answer = spoiling(2).map((each) => ({ ...each, answer: 1 }))
  fuzz('that makes no sense is none, and none is later than the backstop', answer, async (spoiled) => {
    const { authority, clock } = spoiledAuthority(chainPem, createMemorySecrets(), spoiled)
    const window = await authority.renewalWindow(certificate)
    if (window === undefined) return
    const wait = window.checkAfter.getTime() - clock.now().getTime()
    expect(wait).toBeGreaterThanOrEqual(60_000)
    expect(wait).toBeLessThanOrEqual(DAY)
    expect(window.start.getTime()).toBeLessThan(window.end.getTime())
    shown(window.explanation ?? '')
    expect(remembered({ window: { fingerprint: certificate.fingerprint, ...window } }).window).toMatchObject(window)
    expect(renewalTime(certificate, window).getTime()).toBeLessThanOrEqual(backstop(certificate).getTime())
  })
})

const now = new Date('2026-11-22T06:00:00Z')
const isSensible = (moment: Date | undefined) =>
  moment === undefined || (moment >= now && moment.getTime() - now.getTime() <= 7 * DAY)

describe('F-42: a Retry-After', () => {
  fuzz('is a moment of the next seven days, or none', retryAfterForms, (text) => {
    expect(isSensible(retryAfter({ 'retry-after': text }, now))).toBe(true)
  })
})

describe('F-8A: a problem document', () => {
  const type = (name: string) => `urn:ietf:params:acme:error:${name}`
  const sound = {
    type: type('rateLimited'),
    status: 429,
    detail:
      'too many certificates, retry after 2026-11-22 12:00:00 UTC: see https://ca.test/docs?jwt=eyJhbGciOiJub25lIn0.e30.x',
    instance: `${CA}/terms`,
    subproblems: [
      { type: type('caa'), detail: 'CAA forbids it', identifier: { type: 'dns', value: 'shop.test' } },
      { type: type('dns'), detail: 'SERVFAIL', identifier: { type: 'dns', value: '*.shop.test' } },
    ],
  }
  const types = fc.constantFrom(
    ...['caa', 'dns', 'rateLimited', 'badNonce', 'userActionRequired', 'orderNotReady', 'constructor', '__proto__'],
  )

  fuzz(
    'is told in one line that can be shown, with a moment that makes sense',
    fc.tuple(
      mutations(3),
      types,
      fc.constantFrom(200, 302, 400, 403, 404, 429, 500, 503),
      retryAfterForms,
      hostileJson,
    ),
    ([changes, name, status, wait, other]) => {
      const data = changes.length === 3 ? other : mutated({ ...sound, type: type(name) }, changes)
      const headers: Record<string, string> = status % 2 === 0 ? {} : { 'retry-after': wait }
      const asking = { authority: 'practice', operation: 'take an order' }
      const failure = refusal(problemFailure({ status, headers, data, receivedAt: now }, asking))
      expect(isSensible(failure.retryAfter)).toBe(true)
      if (failure.code === 'ACME_PAUSED') expect(failure.fields.unpauseUrl).toMatch(/^https:\/\//)
    },
  )

  fuzz(
    'of an authorization is told in the same way',
    fc.tuple(mutations(3), types, hostileText),
    ([changes, name, piece]) => {
      const data = mutated({ ...sound, type: type(name), detail: piece }, changes)
      const problem = v.safeParse(problemDocument, data)
      if (problem.success) refusal(verdictFailure('ACME_VALIDATION_FAILED', 'it failed', problem.output, {}))
    },
  )
})
