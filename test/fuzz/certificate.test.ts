import { createPublicKey, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { decode, encode } from '../../lib/secrets/codec.ts'
import { readBundle } from '../../lib/x509/bundle.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { certificateId } from '../../lib/x509/certificate-id.ts'
import { checkChain } from '../../lib/x509/chain.ts'
import { pemFrom } from '../../lib/x509/pem-file.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { byteChanges, changedBytes, cut, cuts, mutated, mutations } from '../support/damage.ts'
import { accepted, fuzz, shown } from '../support/fuzz.ts'
import { hostileText } from '../support/hostile.ts'
import { inForm, pemForms } from '../support/pem-forms.ts'
import { issue } from '../support/practice-world.ts'

const names = ['shop.test', '*.shop.test']
const authority = await createAuthority({ name: 'fuzz' })
const issued = await Promise.all((['ecdsa-p256', 'rsa-2048'] as const).map((kind) => issue(authority, kind, names)))
const which = fc.nat(issued.length - 1)
const one = (at: number) => issued[at] as (typeof issued)[number]

const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
const blocks = (chainPem: string) => chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)

/** Whatever else it is: it can be looked at without harm, and is taken for a chain only if it is one for our key. */
async function check(chainPem: string, privateKeyPem: string): Promise<void> {
  const facts = await accepted(() => publicCertificate(chainPem))
  if (facts !== undefined) {
    shown(facts.issuer)
    shown(facts.serial)
    await accepted(() => certificateId(facts))
  }
  const expected = { names, privateKeyPem: new Secret(privateKeyPem), now: new Date() }
  const chain = await accepted(() => checkChain(chainPem, expected))
  if (chain === undefined) return
  const [leaf, issuer] = blocks(chain.chainPem).map((each) => new X509Certificate(each))
  expect([...chain.names].sort()).toEqual([...names].sort())
  expect(leaf?.publicKey.equals(createPublicKey(privateKeyPem))).toBe(true)
  expect(issuer && leaf?.verify(issuer.publicKey)).toBe(true)
}

describe('F-37: a chain', () => {
  fuzz(
    'of damaged PEM is taken for what it is, or refused',
    fc.tuple(which, cuts(4)),
    ([at, changes]) => check(cut(one(at).chainPem, changes), one(at).privateKeyPem),
    { share: 1 / 2 },
  )

  fuzz(
    'of damaged DER is taken for what it is, or refused',
    fc.tuple(which, fc.boolean(), byteChanges(4)),
    ([at, first, changes]) => {
      const { chainPem, privateKeyPem } = one(at)
      const [leaf = '', issuer = ''] = blocks(chainPem)
      const damaged = pem(changedBytes(new X509Certificate(first ? leaf : issuer).raw, changes))
      return check(first ? damaged + issuer : leaf + damaged, privateKeyPem)
    },
    { share: 1 / 2 },
  )
})

describe('a chain in any form that RFC 7468 allows', () => {
  const expected = (at: number) => {
    const { chainPem, privateKeyPem: text } = one(at)
    return { chainPem, privateKeyPem: new Secret(text) }
  }

  fuzz(
    'is the same chain, whatever a CA writes around its blocks and in them',
    fc.tuple(which, pemForms),
    ([at, form]) => {
      const { chainPem, privateKeyPem } = expected(at)
      expect(checkChain(inForm(chainPem, form), { names, privateKeyPem, now: new Date() }).chainPem).toBe(chainPem)
    },
    { share: 1 / 2 },
  )

  fuzz(
    'is imported with its key, as UTF-8 and as UTF-16',
    fc.tuple(which, pemForms, fc.constantFrom('utf8', 'utf16le', 'utf16be')),
    ([at, form, encoding]) => {
      const { chainPem, privateKeyPem } = expected(at)
      const text = inForm(`${privateKeyPem.reveal()}${chainPem}${authority.rootPem}`, form)
      const bytes = Buffer.from(encoding === 'utf8' ? text : `\uFEFF${text}`, encoding === 'utf8' ? 'utf8' : 'utf16le')
      const read = readBundle([pemFrom(encoding === 'utf16be' ? bytes.swap16() : bytes)], {
        now: new Date(),
        trusted: [],
      })
      expect([read.chainPem, read.privateKeyPem.reveal()]).toEqual([chainPem, privateKeyPem.reveal()])
    },
    { share: 1 / 2 },
  )
})

describe('F-62: a stored certificate', () => {
  const orderSpec = { names, key: 'ecdsa-p256', authority: 'letsencrypt' } as const
  const stored = issued.map(({ chainPem, privateKeyPem: text }) => {
    const privateKeyPem = new Secret(text)
    const whole = {
      kind: 'certificate',
      certificate: { ...publicCertificate(chainPem), privateKeyPem },
      orderSpec,
    } as const
    return [whole, { kind: 'key', privateKeyPem, orderSpec } as const].map((each) => encode(each).reveal())
  })
  const text = fc.constantFrom(...stored.flat())

  async function read(content: string): Promise<void> {
    const found = await accepted(() => decode('certificate/shop', new Secret(content)))
    if (found?.kind !== 'certificate') return
    const { chainPem, privateKeyPem } = found.certificate
    expect(new X509Certificate(chainPem).publicKey.equals(createPublicKey(privateKeyPem.reveal()))).toBe(true)
  }

  fuzz(
    'that is damaged is read whole, or refused',
    fc.tuple(text, cuts(3)),
    ([whole, changes]) => read(cut(whole, changes)),
    { share: 1 / 2 },
  )

  fuzz(
    'with parts that are something else is read whole, or refused',
    fc.tuple(text, mutations(3), hostileText),
    ([whole, changes, piece]) => {
      const other = mutated(JSON.parse(whole), changes)
      return read(typeof other === 'string' ? piece : (JSON.stringify(other) ?? piece))
    },
    { share: 1 / 2 },
  )
})
