/** A server on this machine that speaks TLS, and then whatever it is told to, HTTP or not. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { createHttp, type HttpOptions } from '../../lib/platform/http.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { tools } from './driver-context.ts'

export interface Stubborn {
  readonly port: number
  /** As `localhost` and as an address of this machine it is trusted with this certificate. */
  readonly caCertificate: string
  /** How many connections were opened. */
  readonly opened: number
  /** Resolves when the other side has closed every one of them. */
  closed(): Promise<void>
}

/** What it does with a connection after the TLS handshake and a first request. */
export type Behaviour = (socket: TLSSocket, request: string) => void

export async function stubbornServer(behaviour: Behaviour | 'no handshake'): Promise<Stubborn> {
  const authority = await createAuthority({ name: 'stubborn' })
  const secureContext = createSecureContext(await serverCertificate(authority))
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {}) // it is hung up on: that is what is wanted
    if (behaviour === 'no handshake') return void socket.resume()
    const spoken = new TLSSocket(socket, { isServer: true, secureContext })
    spoken.on('error', () => {})
    spoken.once('data', (request) => behaviour(spoken, request.toString()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((done) => server.close(done))
  })
  return {
    port: (server.address() as AddressInfo).port,
    caCertificate: authority.rootPem,
    get opened() {
      return sockets.length
    },
    async closed() {
      await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')))
    },
  }
}

/** Connections as the product makes them, ended with the test. */
export function httpFor(options: Partial<HttpOptions> = {}) {
  const http = createHttp({ ...tools, privateAddresses: 'allow', ...options })
  onTestFinished(() => http.close())
  return http
}

/** Writes the same again and again, as fast as it is read or with a pause, until the other side has gone. */
export async function forEver(
  socket: TLSSocket,
  text: string,
  { pause = 0, most = Number.POSITIVE_INFINITY }: { pause?: number; most?: number } = {},
) {
  async function* texts() {
    for (let written = 0; written < most; written += text.length) {
      yield text
      if (pause > 0) await setTimeout(pause)
    }
  }
  await pipeline(texts, socket, { end: false }).catch(() => undefined)
}
