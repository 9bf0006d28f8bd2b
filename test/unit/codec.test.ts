import 'reflect-metadata'
import { inspect } from 'node:util'
import * as x509 from '@peculiar/x509'
import { describe, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { decode, encode, type StoredCertificate, type StoredKey } from '../../lib/secrets/codec.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'

const NAME = 'certificate/shop'
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

async function issued() {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const leaf = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '0badcafe',
    name: 'CN=shop.example.com',
    notBefore: new Date('2026-11-22T06:00:00Z'),
    notAfter: new Date('2027-02-20T06:00:00Z'),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'shop.example.com' }])],
  })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const label = 'PRIVATE KEY'
  const pem = `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
  return { ...publicCertificate(leaf.toString('pem')), privateKeyPem: new Secret(pem) }
}

const orderSpec = { names: ['shop.example.com'], key: 'ecdsa-p256', authority: 'letsencrypt' } as const
const certificate = await issued()
const full: StoredCertificate = { kind: 'certificate', certificate, orderSpec }
const keyAlone: StoredKey = { kind: 'key', privateKeyPem: certificate.privateKeyPem, orderSpec }

const content = (stored: StoredCertificate | StoredKey) =>
  JSON.parse(encode(stored).reveal()) as Record<string, unknown>

/** The message with which a text is refused; what it shows must hold no part of the key. */
function refusal(text: string): string {
  try {
    decode(NAME, new Secret(text))
  } catch (error) {
    if (!isFailure(error, 'STORE_UNREADABLE')) throw error
    const body = certificate.privateKeyPem.reveal().split('\n')[1] ?? ''
    const shown = `${inspect(error, { depth: 9, showHidden: true })} ${error.stack}`
    return shown.includes(body.slice(0, 16)) || shown.includes('canary')
      ? 'a message that shows a secret'
      : error.message
  }
  return 'accepted'
}

describe('what a secret of a certificate holds', () => {
  test('a certificate comes back as it was: chain, key, facts and orderSpec', () => {
    const back = decode(NAME, encode(full)) as StoredCertificate
    expect(back).toEqual(full)
    expect(back.certificate.privateKeyPem.reveal() === certificate.privateKeyPem.reveal()).toBe(true)
  })

  test('a key alone comes back as it was, with the profile it was made for', () => {
    const back = decode(NAME, encode({ ...keyAlone, orderSpec: { ...orderSpec, profile: 'shortlived' } })) as StoredKey
    expect(back.orderSpec).toEqual({ ...orderSpec, profile: 'shortlived' })
    expect(back.privateKeyPem.reveal() === certificate.privateKeyPem.reveal()).toBe(true)
    expect('profile' in (decode(NAME, encode(keyAlone)) as StoredKey).orderSpec).toBe(false)
  })

  test('the same gives the same text, in whatever order its fields were put together', () => {
    const { names, key, authority } = orderSpec
    expect(encode({ ...keyAlone, orderSpec: { authority, key, names } }).reveal() === encode(keyAlone).reveal()).toBe(
      true,
    )
    expect(encode(decode(NAME, encode(full))).reveal() === encode(full).reveal()).toBe(true)
  })

  test('the facts stand in it for people; reading goes by the chain alone', () => {
    const { names, serial, fingerprint, notBefore, notAfter, issuer } = content(full)
    expect({ names, serial, fingerprint, notBefore, notAfter, issuer }).toEqual({
      names: ['shop.example.com'],
      serial: certificate.serial,
      fingerprint: certificate.fingerprint,
      notBefore: '2026-11-22T06:00:00.000Z',
      notAfter: '2027-02-20T06:00:00.000Z',
      issuer: 'CN=shop.example.com',
    })
    expect(decode(NAME, new Secret(JSON.stringify({ ...content(full), notAfter: 'never' })))).toEqual(full)
  })

  test('F-62 a key of another certificate is refused', async () => {
    const other = await issued()
    const mixed = { ...content(full), privateKeyPem: other.privateKeyPem.reveal() }
    expect(refusal(JSON.stringify(mixed))).toMatch(/its key does not belong to its certificate/)
  })

  test('F-62 a text cut short at any length is refused, and shows nothing', () => {
    const text = encode(full).reveal()
    for (let length = 0; length < text.length; length += 11) {
      expect(refusal(text.slice(0, length))).toBe(`the secret ${NAME} is damaged: it is no JSON`)
    }
  })

  test.each([
    'canary-token-in place of JSON',
    'CHANGE_ME',
    'null',
    '[]',
    '0',
    '{}',
    '{ }',
    '{"password":"canary-token"}',
    '-----BEGIN CERTIFICATE-----',
    'ey==',
  ])('%j, which somebody else put there, is refused as that, and not as damaged', (text) => {
    expect(refusal(text)).toBe(
      `the secret ${NAME} holds a value that newleaf did not write: create the secret without one, newleaf puts its own there`,
    )
  })

  test.each([
    ['privateKeyPem', { privateKeyPem: undefined }],
    ['chainPem', { chainPem: 7 }],
    ['kind', { kind: 'bundle' }],
    ['intent.key', { intent: { ...orderSpec, key: 'dsa' } }],
    ['intent.authority', { intent: { ...orderSpec, authority: undefined } }],
    ['v', { v: '1' }],
  ])('F-62 damaged at %s is refused with the place', (place, change) => {
    expect(refusal(JSON.stringify({ ...content(full), ...change }))).toBe(`the secret ${NAME} is damaged at ${place}`)
  })

  test('F-62 a chain or a key that cannot be read is refused', () => {
    const damaged = (change: object) => refusal(JSON.stringify({ ...content(full), ...change }))
    expect(damaged({ chainPem: '' })).toMatch(/certificate chain cannot be read/)
    expect(damaged({ chainPem: certificate.chainPem.replace('M', 'N') })).toMatch(/certificate chain cannot be read/)
    expect(damaged({ chainPem: certificate.privateKeyPem.reveal() })).toMatch(/certificate chain cannot be read/)
    expect(damaged({ privateKeyPem: 'canary-token' })).toMatch(/private key cannot be read/)
    expect(damaged({ privateKeyPem: certificate.chainPem })).toMatch(/private key cannot be read/)
  })

  test('F-69 what a newer newleaf wrote is refused by saying so', () => {
    expect(refusal('{"v":2}')).toBe(`the secret ${NAME} was written by a newer newleaf: run that one`)
    expect(refusal(JSON.stringify({ ...content(full), v: 3 }))).toMatch(/newer newleaf/)
  })

  test('F-89 what is decoded prints no key', () => {
    for (const stored of [decode(NAME, encode(full)), decode(NAME, encode(keyAlone))]) {
      const printed = `${inspect(stored, { depth: 9, showHidden: true })} ${JSON.stringify(stored)}`
      expect(printed.includes('PRIVATE KEY')).toBe(false)
    }
  })
})
