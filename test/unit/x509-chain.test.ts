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
const brokenRule = async (...chain: Made[]) => {
  const failure = await failing(Promise.resolve().then(() => check(...chain)))
  expect(failure.code).toBe('CHAIN_INVALID')
  return failure.fields.rule
}

describe('F-37 a new chain', () => {
  test('that is right is taken, with and without the root', () => {
    expect(check(good, middle).names).toEqual(NAMES)
    expect(check(good, middle, root).chainPem.match(/BEGIN/g)).toHaveLength(3)
  })

  test('is taken in an order of names other than ours', async () => {
    expect(check(await leaf({ names: ['*.shop.test', 'Shop.TEST'] }), middle).names).toContain('shop.test')
  })

  test.each<[string, () => Promise<Made[]>]>([
    ['key', async () => [await leaf({ key: await generateKey('ecdsa-p256') }), middle]],
    ['names', async () => [await leaf({ names: ['shop.test'] }), middle]],
    ['names', async () => [await leaf({ names: [...NAMES, 'more.test'] }), middle]],
    ['names', async () => [await leaf({ names: ['shop.test', '*.other.test'] }), middle]],
    ['names', async () => [await leaf({ addresses: ['10.0.0.1'] }), middle]],
    ['not before', async () => [await leaf({ from: days(0.05) }), middle]],
    ['not before', async () => [good, await certificate(root, { ca: true, from: days(1) })]],
    ['not after', async () => [await leaf({ to: now }), middle]],
    ['not after', async () => [good, await certificate(root, { ca: true, to: days(-0.5) })]],
    ['leaf', async () => [await leaf({ ca: true }), middle]],
    ['server authentication', async () => [await leaf({ usage: CLIENT_AUTH }), middle]],
    ['server authentication', async () => [await certificate(middle, { names: NAMES, key }), middle]],
    ['intermediate', async () => [good]],
    ['duplicate', async () => [good, middle, middle]],
    ['duplicate', async () => [good, good]],
    ['authority', async () => [good, await certificate(root)]],
    ['link', async () => [good, root]],
    ['link', async () => [good, root, middle]],
    ['link', async () => [await leaf({ signedBy: root.key }), middle]],
    ['link', async () => [good, { ...middle, ...(await certificate(root, { ca: true, name: middle.name })) }]],
    ['strength', async () => [await leaf({ hash: 'SHA-1' }), middle]],
  ])('that breaks the rule "%s" is refused', async (rule, chain) => {
    expect(await brokenRule(...(await chain()))).toBe(rule)
  })

  test('may begin up to an hour from now, for clocks differ', async () => {
    expect(check(await leaf({ from: new Date(now.getTime() + 3_500_000) }), middle)).toBeDefined()
  })
})
