import { constants } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { choose, type Lie, lies } from './lies.ts'
import { readPemChain } from './pem.ts'

/** A certificate as a listener has it in memory. */
export interface ServedCertificate {
  readonly names: readonly string[]
  readonly context: SecureContext
  /** The same without its issuers. */
  alone(): ServedCertificate
}

export interface CertificateAndKey {
  readonly chainPem: string
  readonly privateKeyPem: string
}

export interface Listener {
  readonly port: number
  readonly addresses: readonly string[]
  /** From now on new connections get these; open ones stay as they are. */
  serve(certificates: readonly CertificateAndKey[]): void
  /** Returns what ends the lie. Another lie takes its place. */
  misbehave(lie: Lie, options?: { readonly afterMs?: number }): () => void
  close(): Promise<void>
}

export interface ListenerOptions {
  /** 0 or absent: any free one. */
  readonly port?: number
  readonly addresses?: readonly string[]
  /** What it says over HTTP. */
  readonly greeting?: string
  /** Milliseconds of a clock that only goes on. */
  now?(): number
}

/** Each handshake shows what is effective now, not what was when the client came first. */
const NO_RESUMPTION = constants.SSL_OP_NO_TICKET

const pair = ({ chainPem, privateKeyPem }: CertificateAndKey) => ({ cert: chainPem, key: privateKeyPem })

/** Terminates TLS as a load balancer does, and answers every request with one line. */
export async function startListener(options: ListenerOptions = {}): Promise<Listener> {
  const { addresses = ['127.0.0.1'], greeting = 'hello from the sandbox', now = () => performance.now() } = options
  const loaded = new Map<string, ServedCertificate>()
  const sockets = new Set<Socket>()
  let told: readonly ServedCertificate[] = []
  let toldBefore = told
  let toldAt = 0
  let count = 0
  let lying: { readonly lie: Lie; readonly atFirst: readonly ServedCertificate[]; readonly afterMs: number } | undefined

  function effective(serverName: string, address: number): ServedCertificate | undefined {
    if (lying === undefined) return choose(told, serverName)
    const { lie, atFirst, afterMs } = lying
    const age = now() - toldAt
    return lies[lie]({ serverName, told, toldBefore, atFirst, age, address, count: count++ }, afterMs)
  }

  const serverAt = (address: number) =>
    createServer(
      {
        SNICallback(serverName, done) {
          const certificate = effective(serverName.toLowerCase(), address)
          if (certificate) done(null, certificate.context)
          else done(new Error('this listener has no certificate'))
        },
        secureOptions: NO_RESUMPTION,
      },
      (_request, response) => response.end(`${greeting}\n`),
    )

  const servers = addresses.map((_, index) => serverAt(index))
  for (const server of servers) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  const port = await listenAll(servers, addresses, options.port ?? 0)
  return {
    port,
    addresses,
    serve(certificates) {
      const next = certificates.map((each) => load(loaded, each))
      toldBefore = told
      told = next
      toldAt = now()
      // For clients that name no server.
      const [first] = certificates
      if (first) for (const server of servers) server.setSecureContext({ ...pair(first), secureOptions: NO_RESUMPTION })
    },
    misbehave(lie, { afterMs = 200 } = {}) {
      const mine = { lie, atFirst: told, afterMs }
      lying = mine
      return () => {
        if (lying === mine) lying = undefined
      }
    },
    async close() {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
}

/** Each certificate is loaded once, so that the same one again is the same object. */
function load(loaded: Map<string, ServedCertificate>, { chainPem, privateKeyPem }: CertificateAndKey) {
  const known = loaded.get(chainPem)
  if (known) return known
  const { leaf, names } = readPemChain(chainPem)
  const certificate = (cert: string): ServedCertificate => ({
    names,
    context: createSecureContext({ cert, key: privateKeyPem }),
    alone: () => certificate(leaf.toString()),
  })
  const fresh = certificate(chainPem)
  loaded.set(chainPem, fresh)
  return fresh
}

type Server = ReturnType<typeof createServer>

/** All addresses share one port; where any is acceptable, a few are tried until one is free at each address. */
async function listenAll(servers: readonly Server[], addresses: readonly string[], wanted: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      let port = wanted
      for (const [index, server] of servers.entries()) {
        await listen(server, port, addresses[index] ?? '127.0.0.1')
        port = (server.address() as AddressInfo).port
      }
      return port
    } catch (error) {
      await Promise.all(servers.map((server) => server.listening && new Promise((resolve) => server.close(resolve))))
      if (wanted !== 0 || attempt === 5) throw error
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

/** The addresses of this machine that a listener can have: ::1 is not everywhere. */
export async function ownAddresses(): Promise<string[]> {
  const server = createServer({})
  try {
    await listen(server, 0, '::1')
    await new Promise((resolve) => server.close(resolve))
    return ['127.0.0.1', '::1']
  } catch {
    return ['127.0.0.1'] // no IPv6 here
  }
}
