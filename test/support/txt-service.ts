import { once } from 'node:events'
import { createServer } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Identity } from '../../sandbox/pki.ts'

export interface TxtService {
  /** Without a final slash. */
  readonly endpoint: string
  close(): Promise<void>
}

/** Both take the name without its final dot. */
export interface TxtHandlers {
  present(name: string, value: string): unknown
  cleanup(name: string, value: string): unknown
}

/** The other side of lego's HTTP request provider: https://go-acme.github.io/lego/dns/httpreq/ */
export async function startTxtService(tls: Identity, handlers: TxtHandlers): Promise<TxtService> {
  const server = createServer(tls, async (request, response) => {
    try {
      const { fqdn, value } = JSON.parse(await text(request)) as { fqdn: string; value: string }
      const handle = request.url === '/present' ? handlers.present : handlers.cleanup
      await handle(fqdn.replace(/\.$/, ''), value)
      response.writeHead(200).end()
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `https://127.0.0.1:${(server.address() as { port: number }).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
