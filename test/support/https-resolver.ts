/** A resolver over HTTPS (RFC 8484) on this machine that answers from the zones of the sandbox, and remembers what is not there. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { decode, encode } from 'dns-packet'
import { answer, type Reply } from '../../sandbox/dns/answer.ts'
import { packet, type Query } from '../../sandbox/dns/message.ts'
import type { Zones } from '../../sandbox/dns/zones.ts'
import type { Identity } from '../../sandbox/pki.ts'

export interface HttpsResolver {
  readonly url: string
  /** `TXT _acme-challenge.shop.test`, oldest first. */
  readonly asked: string[]
  /** What it says in the place of an answer; undefined: it answers. */
  says: { readonly status: number; readonly type: string; readonly body: string } | undefined
  close(): Promise<void>
}

export async function startHttpsResolver(zones: Zones, tls: Identity): Promise<HttpsResolver> {
  const asked: string[] = []
  const absent = new Map<string, Reply>()
  const resolver: Pick<HttpsResolver, 'says'> = { says: undefined }
  const reply = (dns: string): Buffer => {
    const query = decode(Buffer.from(dns, 'base64url')) as Query
    const [question] = query.questions ?? []
    if (question === undefined) throw new Error('a query without a question')
    asked.push(`${question.type} ${question.name}`)
    const said = absent.get(question.name) ?? answer(question, zones, (zone) => zones.list(zone.name))
    if (said.rcode === 'NXDOMAIN') absent.set(question.name, said)
    return encode(packet(query, said))
  }
  const server = createServer(tls, (incoming, outgoing) => {
    const { says } = resolver
    if (says) return outgoing.writeHead(says.status, { 'content-type': says.type }).end(says.body)
    const dns = new URL(incoming.url ?? '', 'https://localhost').searchParams.get('dns') ?? ''
    return outgoing.writeHead(200, { 'content-type': 'application/dns-message' }).end(reply(dns))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(resolver, {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  })
}
