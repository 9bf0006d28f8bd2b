import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { CaFault } from '../../sandbox/ca/faults.ts'
import { practiceCa } from '../support/practice-ca.ts'
import { csrFor, problemOf, rawAcme } from '../support/raw-acme.ts'

const DAY = 86_400_000

const { start, registered, prove, issueTo, issuer, onClose, close } = await practiceCa()
afterEach(close)

describe('renewal information', () => {
  test('is open to anyone, and lies around a third of the life before its end, half for a short one', async () => {
    const { ca, txt } = await start()
    for (const [profile, share] of [
      ['classic', 3],
      ['shortlived', 2],
    ] as const) {
      const { client, directory, leaf } = await issueTo(ca, txt, [`${profile}.test`], { profile })
      const { certId = '' } = ca.ledger.certificates.find(({ serial }) => serial === leaf.serialNumber) ?? {}
      const { json, headers } = await client.send('GET', `${directory.renewalInfo}/${certId}`)
      const [start, end] = [Date.parse(json.suggestedWindow.start), Date.parse(json.suggestedWindow.end)]
      const life = leaf.validToDate.getTime() + 1_000 - leaf.validFromDate.getTime()
      expect(headers['retry-after']).toBe('21600')
      expect(Math.abs((end - start) / life - 0.02)).toBeLessThan(1e-6)
      expect(Math.abs(leaf.validToDate.getTime() - life / share - (start + end) / 2)).toBeLessThan(10)
    }
  })

  test('can be set to anything, says "now" for a revoked certificate, and nothing for one it does not know', async () => {
    const { ca, txt } = await start()
    const { client, directory, leaf } = await issueTo(ca, txt, ['a.test'])
    const { certId = '' } = ca.ledger.certificates[0] ?? {}
    const look = (id = certId) => client.send('GET', `${directory.renewalInfo}/${id}`)
    ca.setRenewalInfo(leaf.serialNumber, { body: { suggestedWindow: { start: 'soon' } }, retryAfter: 'never' })
    expect(await look()).toMatchObject({
      json: { suggestedWindow: { start: 'soon' } },
      headers: { 'retry-after': 'never' },
    })
    ca.setRenewalInfo(leaf.serialNumber, undefined)
    await client.post(directory.revokeCert ?? '', { certificate: leaf.raw.toString('base64url') })
    expect(Date.parse((await look()).json.suggestedWindow.end)).toBeLessThan(Date.now())
    expect(problemOf(await look(`${certId}AA`))).toBe('404 malformed')
    expect(problemOf(await look('senseless'))).toBe('400 malformed')
  })

  test('lets an order take over from a certificate once, by its owner, and for a name in common', async () => {
    const { ca, txt } = await start()
    const { client, order } = await issueTo(ca, txt, ['a.test', 'b.test'])
    const replaces = ca.ledger.certificates[0]?.certId
    expect(problemOf(await order(['c.test'], { replaces }))).toBe('400 malformed')
    expect(problemOf(await order(['a.test'], { replaces: 'AAAA.BBBB' }))).toBe('404 malformed')
    expect(problemOf(await (await registered(ca)).order(['a.test'], { replaces }))).toBe('403 unauthorized')
    const { json } = await order(['a.test'], { replaces })
    expect(json.replaces).toBe(replaces)
    await prove(client, json.authorizations, txt)
    await client.post(json.finalize, { csr: await csrFor(['a.test']) })
    await expect.poll(() => ca.ledger.certificates.length).toBe(2)
    expect(problemOf(await order(['a.test'], { replaces }))).toBe('409 alreadyReplaced')
    expect(ca.ledger.certificates[0]?.replacedBy).toBe(ca.ledger.certificates[1]?.serial)
  })
})

describe('the CA misbehaves when it is told to', () => {
  test('with refusals, as often as it is told, and only there', async () => {
    const { ca } = await start()
    const { order } = await registered(ca)
    const faults: [Omit<CaFault, 'on'>, string][] = [
      [{ how: 'rateLimited', retryAfter: '3600' }, '429 rateLimited'],
      [{ how: 'badNonce' }, '400 badNonce'],
      [{ how: 'serverError', times: 2 }, '500 serverInternal'],
      [
        { how: 'problem', problem: { type: 'userActionRequired', status: 403, detail: 'New terms' } },
        '403 userActionRequired',
      ],
    ]
    for (const [fault, expected] of faults) {
      ca.misbehave({ on: 'newOrder', ...fault })
      for (let times = fault.times ?? 1; times > 0; times--) {
        const answer = await order(['a.test'])
        expect(problemOf(answer)).toBe(expected)
        expect(answer.headers['retry-after']).toBe(fault.retryAfter)
      }
      expect((await order(['a.test'])).status).toBe(201)
    }
    ca.misbehave({ on: 'newOrder', how: 'html' })
    ca.misbehave({ on: 'newOrder', how: 'unavailable', retryAfter: '60' })
    ca.misbehave({ on: 'newOrder', how: 'slow', delayMs: 1 })
    expect(await order(['a.test'])).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } })
    expect(await order(['a.test'])).toMatchObject({ status: 503, headers: { 'retry-after': '60' } })
    expect((await order(['a.test'])).status).toBe(201)
    const end = ca.misbehave({ on: 'newOrder', how: 'html', times: Number.POSITIVE_INFINITY })
    end()
    expect((await order(['a.test'])).status).toBe(201)
  })

  test('with connections that break before, or after, it has acted', async () => {
    const { ca } = await start()
    const { order } = await registered(ca)
    ca.misbehave({ on: 'newOrder', how: 'lostRequest' })
    await expect(order(['a.test'])).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(ca.ledger.orders).toHaveLength(0)
    ca.misbehave({ on: 'newOrder', how: 'lostAnswer' })
    await expect(order(['a.test'])).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(ca.ledger.orders).toHaveLength(1)
    expect(ca.ledger.requests.slice(-3).map(({ path, status }) => [path, status])).toContainEqual(['/new-order', 0])
  })

  test('with work that seems never to end', async () => {
    const { ca, txt } = await start()
    const { client, url, done } = await issueTo(ca, txt, ['a.test'])
    ca.misbehave({ on: 'order', how: 'stillProcessing', times: 2 })
    ca.misbehave({ on: 'authorization', how: 'stillProcessing' })
    const look = async (where: string) => (await client.post(where, undefined)).json.status
    expect([await look(url), await look(url), await look(url)]).toEqual(['processing', 'processing', 'valid'])
    const [authorization] = done.json.authorizations
    expect([await look(authorization), await look(authorization)]).toEqual(['pending', 'valid'])
  })

  test('with nonces that it refuses', async () => {
    const { ca } = await start({ badNoncePercent: 50, random: () => 0.4 })
    const { client, directory } = await rawAcme(ca, issuer.rootPem)
    onClose(() => client.close())
    expect(problemOf(await client.post(directory.newAccount ?? '', { termsOfServiceAgreed: true }))).toBe(
      '400 badNonce',
    )
  })

  test('with chains that no client may accept, and the right one afterwards', async () => {
    const { ca, txt } = await start()
    const { client, done, chain, leaf } = await issueTo(ca, txt, ['a.test'])
    const download = async () => (await client.post(done.json.certificate, undefined)).text
    const bad = (how: CaFault['how']) => {
      ca.misbehave({ on: 'certificate', how })
      return download()
    }
    expect((await bad('missing-intermediate')).match(/BEGIN/g)).toHaveLength(1)
    const names = new X509Certificate(await bad('other-names'))
    expect([names.subjectAltName, names.publicKey.equals(leaf.publicKey)]).toEqual(['DNS:other.invalid', true])
    const key = new X509Certificate(await bad('other-key'))
    expect([key.subjectAltName, key.publicKey.equals(leaf.publicKey)]).toEqual(['DNS:a.test', false])
    expect(new X509Certificate(await bad('expired')).validToDate.getTime()).toBeLessThan(Date.now() - DAY / 2)
    expect(await bad('trailing-junk')).toContain('<html>')
    expect(await download()).toBe(chain.text)
    expect(ca.ledger.certificates).toHaveLength(1)
  })
})
