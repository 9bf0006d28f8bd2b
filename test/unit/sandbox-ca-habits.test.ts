/** The sandbox's CA with the habits of others. */
import { afterEach, expect, test } from 'vitest'
import type { CaFault } from '../../sandbox/ca/faults.ts'
import { practiceCa } from '../support/practice-ca.ts'
import { csrFor, dns01Value, problemOf, rawAcme } from '../support/raw-acme.ts'

const practice = await practiceCa()
const { start, registered, ready, issueTo, close } = practice
afterEach(close)

test('a look is in vain: the challenge stays pending with an error until it is told again', async () => {
  const { ca, txt } = await start()
  const { client, order } = await registered(ca)
  const [url] = (await order(['a.test'])).json.authorizations
  const look = async () => (await client.post(url, undefined)).json
  const [{ token, url: challenge }] = (await look()).challenges
  txt.set('_acme-challenge.a.test', [dns01Value(client, token)])
  ca.misbehave({ how: 'looksInVain' })
  await client.post(challenge, {})
  const inVain = {
    status: 'pending',
    challenges: [{ status: 'pending', error: { type: expect.stringMatching(/:dns$/) } }],
  }
  expect([await look(), await look()]).toMatchObject([inVain, inVain])
  await client.post(challenge, {})
  expect(await look()).toMatchObject({ status: 'valid', challenges: [{ status: 'valid' }] })
  expect((await look()).challenges[0]).not.toHaveProperty('error')
})

test('a challenge is invalid while its authorization is pending', async () => {
  const { ca, txt } = await start()
  const { client, done } = await issueTo(ca, txt, ['a.test'])
  ca.misbehave({ how: 'invalidInPending' })
  const look = async () => (await client.post(done.json.authorizations[0], undefined)).json
  expect(await look()).toMatchObject({
    status: 'pending',
    challenges: [{ status: 'invalid', error: { detail: expect.stringContaining('SERVFAIL') } }],
  })
  expect(await look()).toMatchObject({ status: 'valid' })
})

test('an order is ready late, also where it is finalized', async () => {
  const { ca, txt } = await start()
  const { client, url, finalize } = await ready(ca, txt, ['a.test'])
  ca.misbehave({ how: 'readyLate', times: 3 })
  const csr = await csrFor(['a.test'])
  const status = async () => (await client.post(url, undefined)).json.status
  expect(await status()).toBe('pending')
  expect(problemOf(await client.post(finalize, { csr }))).toBe('403 orderNotReady')
  expect([await status(), await status()]).toEqual(['pending', 'ready'])
  expect((await client.post(finalize, { csr })).json.status).toBe('processing')
})

test('an order and an authorization that are worked on name a time of their own', async () => {
  const { ca, txt } = await start()
  const { client, url, done } = await issueTo(ca, txt, ['a.test'])
  ca.misbehave({ on: 'order', how: 'stillProcessing', retryAfter: '172800' })
  ca.misbehave({ on: 'authorization', how: 'stillProcessing', retryAfter: '3600' })
  expect((await client.post(url, undefined)).headers['retry-after']).toBe('172800')
  expect((await client.post(done.json.authorizations[0], undefined)).headers['retry-after']).toBe('3600')
})

test('an order is forgotten', async () => {
  const { ca, txt } = await start()
  const { client, url } = await issueTo(ca, txt, ['a.test'])
  ca.misbehave({ how: 'forgetsOrder' })
  expect(problemOf(await client.post(url, undefined))).toBe('404 malformed')
})

test('what is absent is null or empty, and a challenge of another kind has nothing but its type', async () => {
  const { ca, txt } = await start()
  const { client, url, done } = await issueTo(ca, txt, ['a.test'])
  const look = async (on: NonNullable<CaFault['on']>, where: string) => {
    ca.misbehave({ on, how: 'nulls' })
    return (await client.post(where, undefined)).json
  }
  const valid = { status: 'valid', error: null, replaces: '', authorizations: null, certificate: done.json.certificate }
  expect(await look('order', url)).toMatchObject(valid)
  expect(await look('authorization', done.json.authorizations[0])).toMatchObject({
    wildcard: null,
    challenges: [
      { type: 'sandbox-01', url: null, token: null },
      { type: 'dns-01', error: null },
    ],
  })
  ca.misbehave({ on: 'newOrder', how: 'nulls' })
  const { json } = await (await registered(ca)).order(['b.test'])
  expect(json).toMatchObject({ status: 'pending', certificate: null, authorizations: [expect.any(String)] })
  ca.misbehave({ on: 'directory', how: 'nulls' })
  const { client: other, directory } = await rawAcme(ca, practice.issuer.rootPem)
  practice.onClose(() => other.close())
  expect(directory.meta).toMatchObject({ website: '' })
})

test('JSON is said to be text, an Accept is wanted, and the directory has moved', async () => {
  const { ca } = await start()
  const { client } = await rawAcme(ca, practice.issuer.rootPem)
  practice.onClose(() => client.close())
  ca.misbehave({ how: 'mislabelsJson' })
  const answer = await client.send('GET', ca.directoryUrl)
  expect([answer.headers['content-type'], JSON.parse(answer.text)]).toEqual([
    'text/plain; charset=utf-8',
    expect.objectContaining({ newNonce: expect.any(String) }),
  ])
  ca.misbehave({ on: 'directory', how: 'wantsAccept' })
  expect((await client.send('GET', ca.directoryUrl, undefined, { accept: 'application/json' })).status).toBe(200)
  expect(problemOf(await client.send('GET', ca.directoryUrl))).toBe('406 malformed')
  ca.misbehave({ how: 'movesDirectory', times: 5 })
  const { status, headers } = await client.send('GET', ca.directoryUrl)
  expect(status).toBe(302)
  expect((await client.send('GET', headers.location ?? '')).json.newOrder).toMatch(/^https:/)
})

test('a chain has text around it, or is whole only as an alternate', async () => {
  const { ca, txt } = await start()
  const { client, done, chain } = await issueTo(ca, txt, ['a.test'])
  const download = (url = done.json.certificate) => client.post(url, undefined)
  ca.misbehave({ how: 'textInChain' })
  const { text } = await download()
  expect(text).toContain('-----BEGIN CERTIFICATE----- \r\n')
  expect(text.split('subject=')).toHaveLength(3)
  ca.misbehave({ how: 'alternateIsWhole' })
  const part = await download()
  expect(part.text.match(/BEGIN/g)).toHaveLength(1)
  const [, alternate] = /<([^>]+)>;rel="alternate"/.exec(part.headers.link ?? '') ?? []
  expect((await download(alternate)).text).toBe(chain.text)
})
