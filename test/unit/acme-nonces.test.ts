import { expect, test } from 'vitest'
import { createNoncePool } from '../../lib/acme/nonces.ts'
import type { AcmeAnswer, Transport } from '../../lib/acme/transport.ts'
import { MINUTE } from '../../lib/platform/clock.ts'
import { failure } from '../support/failure.ts'

const directory = {
  newNonce: 'https://ca.example/nonce',
  newAccount: 'https://ca.example/account',
  newOrder: 'https://ca.example/order',
  revokeCert: 'https://ca.example/revoke',
  meta: { externalAccountRequired: false },
}

/** A pool whose CA gives `asked 1`, `asked 2`, …, on a clock that is set on by hand. */
function pool(nonceOf: (count: number) => string | undefined = (count) => `asked ${count}`) {
  let asked = 0
  let now = 0
  const transport: Transport = {
    directoryUrl: 'https://ca.example/directory',
    authority: 'ca',
    directory: async () => directory,
    send: () => Promise.reject(new Error('nothing is sent')),
    async get(url): Promise<AcmeAnswer> {
      expect(url).toBe(directory.newNonce)
      asked += 1
      const nonce = nonceOf(asked)
      return {
        status: 204,
        headers: nonce === undefined ? {} : { 'replay-nonce': nonce },
        data: '',
        receivedAt: new Date(now),
      }
    },
  }
  const nonces = createNoncePool(transport, { now: () => new Date(now) })
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { nonces, pass, asked: () => asked }
}

test('a nonce that came with an answer is used once, the newest first; without one the CA is asked', async () => {
  const { nonces } = pool()
  for (const nonce of ['one', 'two']) nonces.keep(nonce)
  expect([await nonces.take(), await nonces.take(), await nonces.take()]).toEqual(['two', 'one', 'asked 1'])
})

test('a nonce is kept for five minutes, and the older ones are forgotten with it', async () => {
  const { nonces, pass } = pool()
  nonces.keep('one')
  pass(5 * MINUTE)
  expect(await nonces.take()).toBe('one')
  for (const nonce of ['two', 'three']) nonces.keep(nonce)
  pass(5 * MINUTE + 1)
  expect([await nonces.take(), await nonces.take()]).toEqual(['asked 1', 'asked 2'])
})

test('fifty are kept, the newest', async () => {
  const { nonces, asked } = pool()
  for (let at = 1; at <= 51; at += 1) nonces.keep(String(at))
  const taken: string[] = []
  for (let at = 0; at < 50; at += 1) taken.push(await nonces.take())
  expect(taken.at(0)).toBe('51')
  expect(taken.at(-1)).toBe('2')
  expect(asked()).toBe(0)
  expect(await nonces.take()).toBe('asked 1')
})

test('one is had before it is needed', async () => {
  const { nonces, asked } = pool()
  await nonces.prepare()
  expect(asked()).toBe(1)
  expect(await nonces.take()).toBe('asked 1')
  expect(asked()).toBe(1)
})

test('those who have one ready at the same time share the request', async () => {
  const { nonces, asked } = pool()
  await Promise.all([nonces.prepare(), nonces.prepare()])
  await nonces.prepare()
  expect(asked()).toBe(1)
})

test('once it is used, another one is had before it is needed', async () => {
  const { nonces, asked } = pool()
  for (const count of [1, 2]) {
    await nonces.prepare()
    expect(asked()).toBe(count)
    expect(await nonces.take()).toBe(`asked ${count}`)
  }
})

test('where it is known who gave them before, one request brings one', async () => {
  const { nonces, asked } = pool()
  await nonces.prepare(directory.newNonce)
  expect([await nonces.take(), asked()]).toEqual(['asked 1', 1])
})

test('after one was refused none of those that were kept is used', async () => {
  const { nonces } = pool()
  for (const nonce of ['one', 'two']) nonces.keep(nonce)
  nonces.clear()
  expect(await nonces.take()).toBe('asked 1')
})

test('a CA that gives none has answered wrongly', async () => {
  const { nonces } = pool(() => undefined)
  expect(await failure(nonces.take())).toMatchObject({ code: 'ANSWER_INVALID', fields: { authority: 'ca' } })
})
