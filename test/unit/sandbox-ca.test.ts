import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import acme from 'acme-client'
import { afterEach, describe, expect, test } from 'vitest'
import { type CaState, stateIn } from '../../sandbox/ca/state.ts'
import { lookUpAt } from '../../sandbox/dns/look-up.ts'
import { startDns } from '../../sandbox/dns/server.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { restoreAuthority } from '../../sandbox/pki.ts'
import { practiceCa } from '../support/practice-ca.ts'
import { newAccountKey, rawAcme } from '../support/raw-acme.ts'

const DAY = 86_400_000

const { start, registered, ready, issueTo, prove, issuer, onClose, close } = await practiceCa()
afterEach(close)

describe('the CA of the sandbox', () => {
  test('issues to a real client that proves a wildcard and an apex through the DNS server, over a CNAME', async () => {
    const zones = createZones()
    zones.addZone('shop.test')
    zones.addZone('acme.test')
    zones.addRecord({ name: '_acme-challenge.shop.test', type: 'CNAME', data: 'shop.acme.test' })
    const dns = await startDns({ zones })
    onClose(() => dns.close())
    const { ca } = await start(lookUpAt(dns.port))
    acme.axios.defaults.httpsAgent = new Agent({ ca: issuer.rootPem })
    const accountKey = await acme.crypto.createPrivateEcdsaKey()
    const client = new acme.Client({ directoryUrl: ca.directoryUrl, accountKey, backoffMin: 1 })
    const [key, csr] = await acme.crypto.createCsr({ altNames: ['shop.test', '*.shop.test'] })
    const chain = await client.auto({
      csr,
      termsOfServiceAgreed: true,
      skipChallengeVerification: true,
      challengePriority: ['dns-01'],
      challengeCreateFn: async (_, __, value) => {
        zones.addRecord({ name: 'shop.acme.test', type: 'TXT', data: value })
      },
      challengeRemoveFn: async (_, __, data) => {
        zones.removeRecord({ name: 'shop.acme.test', type: 'TXT', data })
      },
    })
    const [leaf, intermediate] = chain.split(/(?<=END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem))
    const root = new X509Certificate(issuer.rootPem)
    if (!leaf || !intermediate) throw new Error('the chain is too short')
    expect(leaf.subjectAltName).toBe('DNS:*.shop.test, DNS:shop.test')
    expect(leaf.verify(intermediate.publicKey) && leaf.checkIssued(intermediate)).toBe(true)
    expect(intermediate.verify(root.publicKey) && intermediate.ca && !leaf.ca).toBe(true)
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(ca.ledger.certificates).toMatchObject([
      { serial: leaf.serialNumber, fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase() },
    ])
    expect(ca.ledger.orders).toMatchObject([{ status: 'valid', names: ['*.shop.test', 'shop.test'] }])
    expect(ca.ledger.connections).toBeGreaterThan(0)
    expect(JSON.stringify(ca.ledger)).not.toMatch(/PRIVATE|canary-nonce/)
  })

  test('finalizes in the background: processing with Retry-After first, then valid', async () => {
    const { ca, txt } = await start({ pollSeconds: 3 })
    const { finalized, done, chain } = await issueTo(ca, txt, ['a.test'])
    expect(finalized).toMatchObject({ status: 200, json: { status: 'processing' }, headers: { 'retry-after': '3' } })
    expect(done.json.status).toBe('valid')
    expect(chain.headers['content-type']).toBe('application/pem-certificate-chain')
    expect(chain.headers['content-length']).toBe(String(chain.text.length))
  })

  test('issues by the profile that is asked for, and by classic otherwise', async () => {
    const { ca, txt } = await start({ lifetimeDays: 64 })
    const life = ({ leaf }: { leaf: X509Certificate }) =>
      (leaf.validToDate.getTime() - leaf.validFromDate.getTime() + 1_000) / DAY
    const classic = await issueTo(ca, txt, ['a.test'])
    const lean = await issueTo(ca, txt, ['b.test'], { profile: 'tlsserver' })
    const short = await issueTo(ca, txt, ['c.test'], { profile: 'shortlived' })
    expect([life(classic), life(lean), life(short)]).toEqual([64, 45, 160 / 24])
    expect([classic.leaf.subject, lean.leaf.subject]).toEqual(['CN=a.test', undefined])
    expect(lean.done.json.profile).toBe('tlsserver')
    expect((await lean.order(['d.test'], { profile: 'toString' })).json.type).toMatch(/:invalidProfile$/)
  })

  test('gives the order that is open already to who asks for the same names again', async () => {
    const { ca, txt } = await start()
    const { client, order } = await registered(ca)
    const first = await order(['a.test', '*.a.test'])
    await prove(client, first.json.authorizations, txt)
    const again = await order(['*.A.test', 'a.test'])
    expect(again.headers.location).toBe(first.headers.location)
    expect(again.json.status).toBe('ready')
    const { order: elsewhere } = await registered(ca)
    expect((await elsewhere(['a.test', '*.a.test'])).headers.location).not.toBe(first.headers.location)
    expect((await order(['a.test'])).headers.location).not.toBe(first.headers.location)
  })

  test('hands out valid authorizations again only where it is set to', async () => {
    for (const [reuseAuthorizations, status] of [
      [true, 'ready'],
      [false, 'pending'],
    ] as const) {
      const { ca, txt } = await start({ reuseAuthorizations })
      const { order } = await issueTo(ca, txt, ['a.test'])
      expect((await order(['a.test'])).json.status).toBe(status)
    }
  })

  test('remembers everything when it is started again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'newleaf-ca-'))
    onClose(() => rm(folder, { recursive: true }))
    const txt = new Map<string, string[]>()
    const first = await start({ ...stateIn(folder), resolveTxt: async (name) => txt.get(name) ?? [] })
    const { client, url, leaf } = await issueTo(first.ca, txt, ['a.test'])
    await first.ca.close()
    const port = Number(new URL(first.ca.directoryUrl).port)
    const { ca } = await start({ ...stateIn(folder), issuer: restoreAuthority(issuer.pems), port })
    expect(ca.ledger.certificates).toMatchObject([{ serial: leaf.serialNumber }])
    const { client: later } = await rawAcme(ca, issuer.rootPem, client.key)
    onClose(() => later.close())
    later.kid = client.kid
    expect((await later.post(url, undefined)).json.status).toBe('valid')
  })

  test('takes up again what it had in hand when it was killed', async () => {
    const saved: string[] = []
    const { ca, txt } = await start({ save: (state) => saved.push(JSON.stringify(state)) })
    const { url } = await ready(ca, txt, ['a.test'])
    const state: CaState = JSON.parse(saved.at(-1) ?? '')
    for (const order of state.orders) order.progress = 'processing'
    const port = Number(new URL(ca.directoryUrl).port)
    await ca.close()
    const { ca: next } = await start({ state, port })
    expect(next.ledger.orders).toMatchObject([{ url, status: 'ready' }])
  })

  test('knows an account by its key, rolls it over, and lets nobody use a deactivated one', async () => {
    const { ca } = await start()
    const { client, directory } = await registered(ca)
    const [url, kid] = [directory.newAccount ?? '', client.kid ?? '']
    const asNew = { header: { kid: undefined, jwk: client.jwk } }
    expect(await client.post(url, { onlyReturnExisting: true }, asNew)).toMatchObject({
      status: 200,
      headers: { location: kid },
    })
    const next = (await rawAcme(ca, issuer.rootPem)).client
    onClose(() => next.close())
    expect((await next.post(url, { onlyReturnExisting: true })).json.type).toMatch(/:accountDoesNotExist$/)
    const change = directory.keyChange ?? ''
    const inner = await next.jws(change, { account: kid, oldKey: client.jwk }, { header: { nonce: undefined } })
    expect((await client.post(change, inner)).status).toBe(200)
    expect((await client.post(kid, undefined)).status).toBe(400)
    expect((await client.post(kid, { status: 'deactivated' }, { key: next.key })).json.status).toBe('deactivated')
    const refused = { status: 403, json: { type: 'urn:ietf:params:acme:error:unauthorized' } }
    expect(await client.post(kid, undefined, { key: next.key })).toMatchObject(refused)
    expect(await next.post(url, { termsOfServiceAgreed: true })).toMatchObject(refused)
  })

  test('keeps the contact of an account, and what it is changed to', async () => {
    const { ca } = await start()
    const { client, directory } = await rawAcme(ca, issuer.rootPem)
    onClose(() => client.close())
    const contact = ['mailto:ops@example.com']
    const made = await client.post(directory.newAccount ?? '', { termsOfServiceAgreed: true, contact })
    expect(made.json.contact).toEqual(contact)
    client.kid = made.headers.location ?? ''
    const other = ['mailto:other@example.com', 'mailto:third@example.com']
    expect((await client.post(client.kid, { contact: other })).json.contact).toEqual(other)
    expect((await client.post(client.kid, { contact: ['tel:+331'] })).status).toBe(400)
    expect((await client.post(client.kid, undefined)).json.contact).toEqual(other)
    expect((await client.post(client.kid, { contact: [] })).json.contact).toEqual([])
    expect(ca.ledger.accounts).toMatchObject([{ contact: [] }])
  })

  test('takes ES256, ES384 and RS256', async () => {
    const { ca } = await start()
    for (const { privateKey } of [
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ]) {
      const { client } = await rawAcme(ca, issuer.rootPem, privateKey)
      onClose(() => client.close())
      expect(await client.register()).toMatch(/\/account\/\d+$/)
    }
  })

  test('revokes for the owner or for who holds the key, once', async () => {
    const { ca, txt } = await start()
    const { client, directory, leaf } = await issueTo(ca, txt, ['a.test'])
    const { client: stranger } = await registered(ca)
    const url = directory.revokeCert ?? ''
    const certificate = leaf.raw.toString('base64url')
    expect((await stranger.post(url, { certificate })).json.type).toMatch(/:unauthorized$/)
    expect((await client.post(url, { certificate, reason: 2 })).json.type).toMatch(/:badRevocationReason$/)
    expect((await client.post(url, { certificate, reason: 4 })).status).toBe(200)
    expect((await client.post(url, { certificate })).json.type).toMatch(/:alreadyRevoked$/)
    expect(ca.ledger.certificates[0]?.revokedAt).toBeDefined()
    const key = newAccountKey()
    const other = await issueTo(ca, txt, ['b.test'], {}, key)
    const own = await rawAcme(ca, issuer.rootPem, key)
    onClose(() => own.client.close())
    const again = { certificate: other.leaf.raw.toString('base64url') }
    expect((await stranger.post(url, again, { header: { kid: undefined, jwk: stranger.jwk } })).status).toBe(403)
    expect((await own.client.post(url, again)).status).toBe(200)
  })
})
