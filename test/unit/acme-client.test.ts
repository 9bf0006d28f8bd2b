import { expect, test } from 'vitest'
import { AcmeClient } from '../../lib/acme/client.ts'
import { createNoncePool } from '../../lib/acme/nonces.ts'
import type { AcmeAnswer, Transport } from '../../lib/acme/transport.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { inTurns } from '../../lib/platform/turns.ts'
import { generateKey } from '../../lib/x509/key.ts'

/** A CA that gives an answer when it is let, and counts what waits for one. */
function slowCa() {
  const answer: AcmeAnswer = { status: 200, headers: { 'replay-nonce': 'again' }, data: {}, receivedAt: new Date() }
  const waiting: (() => void)[] = []
  let nonces = 0
  const transport: Transport = {
    authority: 'ca',
    directoryUrl: 'https://ca.test/directory',
    directory: async () => ({
      newNonce: 'n',
      newAccount: 'a',
      newOrder: 'o',
      revokeCert: 'r',
      meta: { externalAccountRequired: false },
    }),
    async send() {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return answer
    },
    async get() {
      nonces += 1
      return answer
    },
  }
  return { transport, waiting, nonces: () => nonces }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

test('ten requests are under way at a time, and what waits behind them takes no nonce', async () => {
  const { transport, waiting, nonces } = slowCa()
  const pool = createNoncePool(transport, systemClock)
  const client = new AcmeClient({ privateKeyPem: await generateKey('ecdsa-p256'), transport, nonces: pool })
  const all = Promise.all(Array.from({ length: 25 }, () => client.post('o', {}, 'take an order', 'account')))
  await settled()
  expect([waiting.length, nonces()]).toEqual([10, 10])
  while (waiting.length > 0) {
    for (const answer of waiting.splice(0)) answer()
    await settled()
  }
  expect(await all).toHaveLength(25)
  expect(nonces()).toBe(10)
})

test('after a refused nonce it signs with the one that came with the refusal, and takes none that was kept before', async () => {
  const { transport, nonces } = slowCa()
  const refusal = { type: 'urn:ietf:params:acme:error:badNonce' }
  const used: string[] = []
  const answers = [
    { status: 400, headers: { 'replay-nonce': 'fresh' }, data: refusal },
    { status: 200, headers: {}, data: {} },
    { status: 200, headers: {}, data: {} },
  ]
  const send: Transport['send'] = async (_method, _url, body = '') => {
    used.push(JSON.parse(Buffer.from(JSON.parse(body).protected, 'base64url').toString()).nonce)
    const [answer = { status: 200, headers: {}, data: {} }] = answers.splice(0, 1)
    return { ...answer, receivedAt: new Date() }
  }
  const pool = createNoncePool(transport, systemClock)
  for (const kept of ['older', 'old']) pool.keep(kept)
  const privateKeyPem = await generateKey('ecdsa-p256')
  const client = new AcmeClient({ privateKeyPem, transport: { ...transport, send }, nonces: pool })
  await client.post('o', {}, 'take an order', 'account')
  await client.post('o', {}, 'take an order', 'account')
  expect([used, nonces()]).toEqual([['old', 'fresh', 'again'], 1])
})

test('work gets its turn in the order in which it came, also after a failure', async () => {
  const inTurn = inTurns(1)
  const done: number[] = []
  const work = (n: number) =>
    inTurn(async () => {
      await settled()
      done.push(n)
      if (n === 1) throw new Error('one')
    })
  expect(await Promise.allSettled([1, 2, 3].map(work))).toMatchObject([{ status: 'rejected' }, {}, {}])
  await work(4)
  expect(done).toEqual([1, 2, 3, 4])
})
