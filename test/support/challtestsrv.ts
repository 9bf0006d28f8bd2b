import { once } from 'node:events'
import { createServer } from 'node:https'
import { json } from 'node:stream/consumers'
import { request } from 'undici'
import type { Identity } from '../../sandbox/pki.ts'
import { freePorts, startChildServer } from './child-server.ts'

/** The DNS server that comes with Pebble: it knows TXT, A, AAAA, CNAME and CAA, and answers NOTIMP to all else. */
export async function startChallTestSrv(program: string) {
  const [dns = 0, management = 0] = await freePorts(2)
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '', '-defaultIPv6', '']
  const server = await startChildServer({
    program,
    args: ['-dnsserver', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`, ...off],
    ports: [dns, management],
  })
  /** Names are without their final dot. */
  const tell = async (path: string, { host, ...rest }: Readonly<Record<string, string>>) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${management}${path}`, {
      method: 'POST',
      body: JSON.stringify({ host: `${host}.`, ...rest }),
    })
    await body.dump()
    if (statusCode !== 200) throw new Error(`pebble-challtestsrv answered ${path} with ${statusCode}`)
  }
  return { nameserver: `127.0.0.1:${dns}`, tell, close: server.close }
}

export type ChallTestSrv = Awaited<ReturnType<typeof startChallTestSrv>>

/** Speaks the protocol of lego's httpreq (https://go-acme.github.io/lego/dns/httpreq/) and passes everything on. */
export async function startBridge(tls: Identity, { tell }: ChallTestSrv) {
  const server = createServer(tls, async (incoming, response) => {
    try {
      const { fqdn, value } = (await json(incoming)) as { fqdn: string; value: string }
      const host = fqdn.replace(/\.$/, '')
      // It can only forget every value at a name.
      await (incoming.url === '/present' ? tell('/set-txt', { host, value }) : tell('/clear-txt', { host }))
      response.writeHead(200).end()
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
