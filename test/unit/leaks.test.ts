import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { leaksIn } from '../support/leaks.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const nonce = ['canary', 'nonce', 'AAAABBBBCCCC'].join('-')

describe('the scan of everything that tests print', () => {
  test.each([
    ['a token', ['canary', 'token', 'AAAABBBBCCCC'].join('-')],
    ['a nonce', nonce],
    ['a private key in PEM', String(privateKey.export({ type: 'pkcs8', format: 'pem' }))],
    ['a private key in base64', privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')],
    ['a private key in base64', rsa.export({ type: 'pkcs8', format: 'der' }).toString('base64url')],
    ['a private key in hex', rsa.export({ type: 'pkcs8', format: 'der' }).toString('hex')],
    ['a private JWK', JSON.stringify(privateKey.export({ format: 'jwk' }))],
    ['a nonce', Buffer.from(JSON.stringify({ alg: 'ES256', nonce })).toString('base64url')],
  ])('finds %s', (what, text) => {
    expect(leaksIn(`before\n${text}\nafter`).map((leak) => leak.what)).toContain(what)
  })

  test('finds nothing in a fingerprint, a certificate or ordinary words', () => {
    expect(
      leaksIn(`${'ab'.repeat(32)}\n-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIQAAAA\nstep done step=order`),
    ).toEqual([])
  })
})
