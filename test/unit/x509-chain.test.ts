import { describe, expect, test } from 'vitest'
import { checkChain } from '../../lib/x509/chain.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { failing } from '../support/acme-authority.ts'
import {
  CLIENT_AUTH,
  certificate,
  days,
  type Made,
  now,
  SERVER_AUTH,
  type Wanted,
} from '../support/made-certificate.ts'

const NAMES = ['shop.test', '*.shop.test']

const root = await certificate(undefined, { ca: true })
const middle = await certificate(root, { ca: true })
const key = await generateKey('ecdsa-p256')
const leaf = (wanted: Wanted = {}, issuer = middle) =>
  certificate(issuer, { names: NAMES, usage: SERVER_AUTH, key, ...wanted })

const good = await leaf()
const check = (...chain: Made[]) =>
  checkChain(chain.map(({ pem }) => pem).join(''), { names: NAMES, privateKeyPem: key, now })
const refusal = async (...chain: Made[]) => {
  const { code, fields } = await failing(Promise.resolve().then(() => check(...chain)))
  return { code, rule: fields.rule }
}
const chainOf = (...chain: Made[]) => chain.map(({ pem }) => pem).join('')

/** A certificate below an issuer like this. */
async function below(wanted: Wanted): Promise<Made[]> {
  const issuer = await certificate(root, wanted)
  return [await leaf({}, issuer), issuer]
}

describe('F-37 a new chain', () => {
  test('that is right is taken, with and without the root', () => {
    expect(check(good, middle).names).toEqual(NAMES)
    expect(check(good, middle, root).chainPem.match(/BEGIN/g)).toHaveLength(3)
  })

  test('is taken in an order of names other than ours', async () => {
    expect(check(await leaf({ names: ['*.shop.test', 'Shop.TEST'] }), middle).names).toContain('shop.test')
  })

  test('is put in order, and what stands there twice or belongs to no part of it is left out', async () => {
    const stray = await certificate(undefined, { ca: true })
    const other = await certificate(middle, { names: ['other.test'], usage: SERVER_AUTH })
    const sound = chainOf(good, middle, root)
    for (const sent of [
      [good, root, middle],
      [root, middle, good],
      [good, good, middle, middle, root],
      [stray, other, good, stray, middle, root],
    ])
      expect(check(...sent).chainPem).toBe(sound)
    expect(check(stray, good, other, middle).chainPem).toBe(chainOf(good, middle))
  })

  test('ends before an issuer that has expired, where an intermediate is left, or is led on by another', async () => {
    const old = await certificate(undefined, { ca: true, name: 'CN=Old Root' })
    const crossed = await certificate(old, { ca: true, name: root.name, key: root.key, to: days(-3) })
    const oldest = await certificate(old, { ca: true, name: middle.name, key: middle.key, to: days(-3) })
    expect(check(good, middle, crossed).chainPem).toBe(chainOf(good, middle))
    expect(check(good, middle, crossed, old).chainPem).toBe(chainOf(good, middle))
    expect(check(good, oldest, old, middle, root).chainPem).toBe(chainOf(good, middle, root))
    expect(await refusal(good, oldest, old)).toEqual({ code: 'ANSWER_INVALID', rule: 'not after' })
  })

  test('may come from a root of version 1, which says of no certificate what it is for', async () => {
    const ancient = await certificate(undefined, { name: 'CN=Ancient' })
    const below = await certificate(ancient, { ca: true })
    const chain = [await leaf({}, below), below, ancient]
    expect(check(...chain).chainPem).toBe(chainOf(...chain))
  })

  test('may be of a certificate for any use: one without an extended key usage', async () => {
    expect(check(await certificate(middle, { names: NAMES, key }), middle).names).toEqual(NAMES)
  })

  test.each([
    ['nothing', ''],
    ['a page', '<html>Please wait</html>'],
    ['a half', good.pem.slice(0, 200)],
    ['a certificate without its end', `${good.pem}${middle.pem.slice(0, -30)}`],
    ['the key', key.reveal()],
    ['its issuers alone', chainOf(middle, root)],
    ['something else in a block', '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n'],
    ['far too much', `${chainOf(good, middle)}${'\n'.repeat(70_000)}`],
  ])('that is %s may be had again: the certificate is not known to be bad', async (_what, chainPem) => {
    const read = async () => checkChain(chainPem, { names: NAMES, privateKeyPem: key, now })
    const { code, message } = await failing(read())
    expect(code).toBe('ANSWER_INVALID')
    expect(message).toMatch(/^a new certificate came in a chain that cannot be used: /)
  })

  test.each<[string, () => Promise<Made[]>]>([
    ['key', async () => [await leaf({ key: await generateKey('ecdsa-p256') }), middle]],
    ['names', async () => [await leaf({ names: ['shop.test'] }), middle]],
    ['names', async () => [await leaf({ names: [...NAMES, 'more.test'] }), middle]],
    ['names', async () => [await leaf({ names: ['shop.test', '*.other.test'] }), middle]],
    ['names', async () => [await leaf({ addresses: ['10.0.0.1'] }), middle]],
    ['not before', async () => [await leaf({ from: days(0.05) }), middle]],
    ['not after', async () => [await leaf({ to: now }), middle]],
    ['leaf', async () => [await leaf({ ca: true }), middle]],
    ['server authentication', async () => [await leaf({ usage: CLIENT_AUTH }), middle]],
    ['strength', async () => [await leaf({ hash: 'SHA-1' }), middle]],
  ])('of a certificate that breaks the rule "%s" is refused, whatever chain it came in', async (rule, chain) => {
    expect(await refusal(...(await chain()))).toEqual({ code: 'CHAIN_INVALID', rule })
  })

  test.each<[string, () => Promise<Made[]>]>([
    ['intermediate', async () => [good]],
    ['intermediate', async () => [good, root]],
    ['intermediate', async () => [good, await certificate(root)]],
    ['intermediate', async () => [await leaf({ signedBy: root.key }), middle]],
    ['intermediate', async () => [good, await certificate(root, { ca: true, name: middle.name })]],
    ['not before', () => below({ ca: true, from: days(1) })],
    ['not after', () => below({ ca: true, to: days(-0.5) })],
    ['authority', () => below({})],
    ['strength', () => below({ ca: true, hash: 'SHA-1' })],
  ])('whose issuers break the rule "%s" is none of use, and says nothing of the certificate', async (rule, chain) => {
    expect(await refusal(...(await chain()))).toEqual({ code: 'ANSWER_INVALID', rule })
  })

  test('may begin up to an hour from now, for clocks differ', async () => {
    expect(check(await leaf({ from: new Date(now.getTime() + 3_500_000) }), middle)).toBeDefined()
  })
})
