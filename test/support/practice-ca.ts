import { X509Certificate } from 'node:crypto'
import { type Ca, type CaOptions, startCa } from '../../sandbox/ca/ca.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { csrFor, dns01Value, newAccountKey, type RawAcme, rawAcme } from './raw-acme.ts'

/** Practice CAs over one authority, with TXT records in a map, and clients that do what they are told. */
export async function practiceCa() {
  const issuer = await createAuthority({ name: 'Practice' })
  const tls = await serverCertificate(issuer)
  const closing: (() => unknown)[] = []

  async function start(options: Partial<CaOptions> = {}) {
    const txt = new Map<string, string[]>()
    const ca = await startCa({ tls, issuer, resolveTxt: async (name) => txt.get(name) ?? [], ...options })
    closing.push(() => ca.close())
    return { ca, txt }
  }

  async function registered(ca: Ca) {
    const { client, directory } = await rawAcme(ca, issuer.rootPem)
    closing.push(() => client.close())
    await client.register()
    const order = (names: string[], more = {}) =>
      client.post(directory.newOrder ?? '', { identifiers: names.map((value) => ({ type: 'dns', value })), ...more })
    return { client, directory, order }
  }

  /** Answers every challenge rightly; resolves to how the authorizations came out. */
  async function prove(client: RawAcme, authorizations: string[], txt: Map<string, string[]>) {
    const results = []
    for (const url of authorizations) {
      const { json } = await client.post(url, undefined)
      const [{ token, url: challenge }] = json.challenges
      const name = `_acme-challenge.${json.identifier.value}`
      txt.set(name, [...(txt.get(name) ?? []), dns01Value(client, token)])
      await client.post(challenge, {})
      results.push((await client.post(url, undefined)).json)
    }
    return results
  }

  /** A ready order of a new account. */
  async function ready(ca: Ca, txt: Map<string, string[]>, names: string[], more = {}) {
    const session = await registered(ca)
    const { json, headers } = await session.order(names, more)
    await prove(session.client, json.authorizations, txt)
    return { ...session, url: headers.location ?? '', finalize: String(json.finalize) }
  }

  async function issueTo(ca: Ca, txt: Map<string, string[]>, names: string[], more = {}, key = newAccountKey()) {
    const { client, url, finalize, ...session } = await ready(ca, txt, names, more)
    const finalized = await client.post(finalize, { csr: await csrFor(names, key) })
    const done = await client.post(url, undefined)
    const chain = await client.post(done.json.certificate, undefined)
    return { ...session, client, url, finalized, done, chain, leaf: new X509Certificate(chain.text) }
  }

  return {
    issuer,
    start,
    registered,
    prove,
    ready,
    issueTo,
    onClose: (close: () => unknown) => void closing.push(close),
    /** Ends, newest first, what was started since the last time. */
    async close() {
      for (const each of closing.splice(0).reverse()) await each()
    },
  }
}
