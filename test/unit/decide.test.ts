import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { decide, type Seen } from '../../lib/plan/decide.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { StoredCertificate, StoredKey } from '../../lib/secrets/codec.ts'
import { intentOf } from '../../lib/secrets/intent.ts'
import { emptyDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, Wish } from '../../lib/types.ts'
import { shop as spec } from '../support/memory-world.ts'

const DAY = 86_400_000
const now = new Date('2026-11-22T06:00:00Z')
const days = (count: number) => new Date(now.getTime() + count * DAY)

const stored = (left: number, of: CertificateSpec = spec): StoredCertificate => ({
  kind: 'certificate',
  intent: intentOf(of),
  certificate: {
    names: of.names,
    serial: '01',
    fingerprint: 'ab',
    keyAlgorithm: 'ecdsa-p256',
    notBefore: days(left - 90),
    notAfter: days(left),
    issuer: 'CN=CA',
    chainPem: '',
    privateKeyPem: new Secret(''),
  },
})
const key: StoredKey = { kind: 'key', intent: intentOf(spec), privateKeyPem: new Secret('') }
const served = { serves: true, endpoints: [] }
const behind = { serves: false, endpoints: [] }
const trouble = { error: new Failure('DENIED', 'no') }
const well: Seen = {
  document: emptyDocument,
  current: stored(60),
  pending: undefined,
  window: undefined,
  targets: { 'fr/edge': served, 'us/apps': served },
}
const failed = (code: string, configHash = 'one') => ({
  ...emptyDocument,
  failure: { count: 1, code, message: 'x', at: now, notBefore: days(1), configHash },
})
const claimed = (until: Date) => ({ ...emptyDocument, claim: { owner: 'x', fence: 1, until } })
const order = { authority: 'ca', url: 'https://ca.example/order/1' }
const forced = { force: true }
const byName = { only: ['shop'], force: false }

describe('what is done about a certificate', () => {
  test.each<[situation: string, Partial<Seen>, wish: Partial<Wish>, answer: string]>([
    ['all is well', {}, {}, 'wait fresh'],
    ['there is none', { current: undefined }, {}, 'issue absent'],
    ['a third of its life is left', { current: stored(30) }, {}, 'issue due'],
    ['the names have changed', { current: stored(60, { ...spec, names: ['shop.example'] }) }, {}, 'issue names'],
    [
      'the same names stand in another order',
      { current: stored(60, { ...spec, names: [...spec.names].reverse() }) },
      {},
      'wait fresh',
    ],
    ['another key is wanted', { current: stored(60, { ...spec, key: 'rsa-2048' }) }, {}, 'issue config'],
    ['another authority is wanted', { current: stored(60, { ...spec, authorities: ['old'] }) }, {}, 'issue config'],
    ['another profile is wanted', { current: stored(60, { ...spec, profile: 'short' }) }, {}, 'issue config'],
    ['someone forces it', {}, forced, 'issue forced'],
    ['someone forces it while one is pending', { pending: stored(90) }, forced, 'issue forced'],
    ['one is pending', { pending: stored(90) }, {}, 'deploy pending'],
    [
      'the pending one is for other names',
      { pending: stored(90, { ...spec, names: ['old.example'] }) },
      {},
      'wait fresh',
    ],
    ['the pending one has expired', { pending: stored(-1) }, {}, 'wait fresh'],
    ['only a key is pending', { pending: key }, {}, 'wait fresh'],
    ['an order was begun', { document: { ...emptyDocument, order } }, {}, 'issue resumed'],
    ['a target serves something else', { targets: { 'fr/edge': served, 'us/apps': behind } }, {}, 'deploy drift'],
    ['one is behind and one in trouble', { targets: { 'fr/edge': behind, 'us/apps': trouble } }, {}, 'deploy drift'],
    ['one is in trouble', { targets: { 'fr/edge': served, 'us/apps': trouble } }, {}, 'stop DENIED'],
    [
      'one is in trouble and it is due',
      { current: stored(30), targets: { 'fr/edge': served, 'us/apps': trouble } },
      {},
      'issue due',
    ],
    [
      'every target is in trouble',
      { current: stored(30), targets: { 'fr/edge': trouble, 'us/apps': trouble } },
      {},
      'stop DENIED',
    ],
    [
      'a superseded one is past its grace',
      { document: { ...emptyDocument, retire: [{ target: 't', name: 'n', after: now }] } },
      {},
      'deploy retire',
    ],
    [
      'a superseded one is in its grace',
      { document: { ...emptyDocument, retire: [{ target: 't', name: 'n', after: days(1) }] } },
      {},
      'wait fresh',
    ],
    ['another run has it', { document: claimed(days(1)) }, {}, 'wait claimed'],
    ['another run has it and someone forces it', { document: claimed(days(1)) }, forced, 'wait claimed'],
    ['a dead run had it', { document: claimed(days(-1)), current: undefined }, {}, 'issue absent'],
    ['it failed a moment ago', { document: failed('UNREACHABLE'), current: undefined }, {}, 'wait back-off'],
    [
      'it failed and the configuration has changed',
      { document: failed('DENIED', 'old'), current: undefined },
      {},
      'issue absent',
    ],
    [
      'it failed and someone asks for it by name',
      { document: failed('DENIED'), current: undefined },
      byName,
      'issue absent',
    ],
    [
      'it failed and a queue asks for it by name',
      { document: failed('DENIED'), current: undefined },
      { ...byName, unattended: true },
      'wait back-off',
    ],
    ['it failed and someone forces it', { document: failed('DENIED') }, forced, 'issue forced'],
    [
      'the authority wants patience',
      { document: failed('ACME_RATE_LIMITED'), current: undefined },
      {},
      'wait retry-after',
    ],
    [
      'the authority wants patience and someone forces it',
      { document: failed('ACME_RATE_LIMITED') },
      forced,
      'wait retry-after',
    ],
    [
      'the authority wants patience and the configuration has changed',
      { document: failed('ACME_RATE_LIMITED', 'old') },
      {},
      'wait retry-after',
    ],
  ])('when %s', (_situation, seen, wish, answer) => {
    const decision = decide(spec, { ...well, ...seen }, now, { force: false, ...wish })
    const because = decision.action === 'stop' ? (decision.error as Failure).code : decision.because
    expect(`${decision.action} ${because}`).toBe(answer)
  })

  test('a fresh one is left alone until its renewal', () => {
    expect(decide(spec, well, now, { force: false })).toMatchObject({ until: days(30) })
  })
})
