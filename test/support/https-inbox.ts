import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'

export interface Letter {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Inbox {
  /** Without a final slash. */
  readonly url: string
  /** PEM of the CA certificate that its own was signed with. */
  readonly caCertificate: string
  readonly letters: Letter[]
  /** What it answers from now on. */
  answer: { status: number; headers?: Record<string, string>; body: string }
  close(): Promise<void>
}

/** A server on this machine that keeps all that is posted to it. */
export async function openInbox(): Promise<Inbox> {
  const authority = await createAuthority({ name: 'inbox' })
  const letters: Letter[] = []
  const server = createServer(await serverCertificate(authority), async (request, response) => {
    const { method = '', url: path = '', headers } = request
    letters.push({ method, path, headers, body: await text(request) })
    response.writeHead(inbox.answer.status, inbox.answer.headers).end(inbox.answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const inbox: Inbox = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caCertificate: authority.rootPem,
    letters,
    answer: { status: 200, body: 'ok' },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  return inbox
}
