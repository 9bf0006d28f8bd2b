import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { issuersSparing, type StagingContext, sparedByStaging } from '../../lib/policy/staging.ts'
import type { StoredCertificate, StoredKey } from '../../lib/secrets/codec.ts'
import type { PublicCertificate, TargetView } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { certificate, now } from '../support/made-certificate.ts'
import { shop } from '../support/memory-world.ts'

const { names } = shop
const ca = await certificate(undefined, { ca: true })
const other = publicCertificate((await certificate(ca, { names })).pem)
const selfSigned = publicCertificate((await certificate(undefined, { names })).pem)
const later = new Date(now.getTime() + 1)

/** At one address after the other; undefined: nothing. */
const showing = (...served: (PublicCertificate | undefined)[]): TargetView => ({
  ...{ serves: false, endpoints: [] },
  probes: served.map((each) => ({
    ...{ address: '192.0.2.1', port: 443, serverName: 'shop.example', shows: 'other', served: each },
    ...{ reason: undefined, answersSince: undefined },
  })),
})
const refused: TargetView = { error: new Failure('DENIED', 'no'), probes: [] }

const staging = { authority: 'staging', directory: 'https://staging.example', untrusted: true as const }
const [tests, production] = [
  { ...staging, authority: 'tests', directory: 'https://tests.example' },
  { authority: 'production', directory: 'https://ca.example' },
]
const context = { spec: shop, current: undefined, pending: undefined, now }

/** Of the same issuer as the other certificate. */
const ordered = { names, key: 'ecdsa-p256', authority: 'staging' } as const
const stored = (directory: string): StoredCertificate => ({
  ...{ kind: 'certificate', orderSpec: { ...ordered, directory } },
  certificate: { ...other, fingerprint: 'cd', privateKeyPem: new Secret('') },
})
const key: StoredKey = {
  ...{ kind: 'key', privateKeyPem: new Secret(''), orderSpec: { ...ordered, directory: staging.directory } },
}

const expired = { ...other, notAfter: now }
test.each<[served: string, isSpared: boolean, view: TargetView, known: Partial<StagingContext>]>([
  ['another certificate', true, showing(other), {}],
  ['another certificate at one address', true, showing(undefined, expired, other), {}],
  ['one for some of the names', true, showing({ ...other, names: ['shop.example'] }), {}],
  ['one that ends in a moment', true, showing({ ...other, notAfter: later }), {}],
  ['one that has expired', false, showing(expired), {}],
  ['one of Let’s Encrypt’s staging', false, showing({ ...other, issuer: 'O=Let’s Encrypt, CN=(STAGING) Yam R10' }), {}],
  ['one for other names', false, showing({ ...other, names: ['blog.example'] }), {}],
  ['one that has signed itself', false, showing(selfSigned), {}],
  ['one of the issuer of its own current one', false, showing(other), { current: stored(staging.directory) }],
  ['one of the issuer of its own pending one', false, showing(other), { pending: stored(staging.directory) }],
  ['one of the second authority for tests', false, showing(other), { current: stored(tests.directory) }],
  ['its own of an authority of before', true, showing(other), { current: stored('https://ca.example') }],
  ['another certificate, while there is a key', true, showing(other), { pending: key }],
  ['nothing', false, showing(undefined), {}],
  ['what cannot be looked at', false, refused, {}],
])('of staging authorities, where %s is served, nothing is brought there: %s', (_served, isSpared, view, known) => {
  const issuers = [staging, tests]
  expect(sparedByStaging(view, 'fr/edge', { ...context, ...known, issuers }) !== undefined).toBe(isSpared)
  for (const trusted of [[production], [staging, production], [production, staging]])
    expect(sparedByStaging(view, 'fr/edge', { ...context, ...known, issuers: trusted })).toBeUndefined()
})

test('what is served stays where an authority that clients trust has issued it, though one for tests stands beside that', () => {
  const issuers = [production, staging]
  const current = stored(production.directory)
  expect(issuersSparing([showing(other)], { ...context, current, issuers })).toEqual([production])
})

test('why nothing is brought to a target is said with the target, the first that it serves and whom clients would not trust', () => {
  const failure = sparedByStaging(showing(expired, other, { ...other, fingerprint: 'ef' }), 'fr/edge', {
    ...context,
    issuers: [staging, tests],
  })
  expect(failure).toMatchObject({ code: 'STAGING_REFUSED', fields: { target: 'fr/edge' } })
  expect(failure?.message).toBe(
    `fr/edge serves a certificate that is not from a staging authority (${other.fingerprint.slice(0, 16)}, until ${other.notAfter.toISOString()}), and clients would not trust one from staging or tests`,
  )
})

test('an authority for tests is not asked beside another one, where one of the targets shows what clients trust', () => {
  const issuers = [production, staging]
  const asked = (views: readonly TargetView[], of = issuers) => issuersSparing(views, { ...context, issuers: of })
  expect(asked([showing(other)])).toEqual([production])
  expect(asked([showing(undefined), refused, showing(other)])).toEqual([production])
  expect(asked([showing(undefined), showing(expired)])).toEqual(issuers)
  expect(asked([])).toEqual(issuers)
  expect(asked([showing(other)], [staging])).toEqual([staging])
})
