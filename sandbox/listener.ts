import { constants } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { breaks } from './breaks.ts'
import { awaitGreeting } from './client-hello.ts'
import { openDoor, openDoors } from './door.ts'
import type { Lie, LieOptions } from './lies.ts'
import { readPemChain } from './pem.ts'
import { createStanding, type Standing } from './standing.ts'

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
  misbehave(lie: Lie, options?: LieOptions): () => void
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
  const standing = createStanding(addresses.length, now)
  const loaded = new Map<string, ServedCertificate>()
  const sockets = new Set<Socket>()
  let later: NodeJS.Timeout | undefined
  let closed = false

  const secureServers = addresses.map((_, address) => secureServer(standing, address, greeting))
  const doors = await openDoors(addresses, options.port ?? 0, (socket, address) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    enter(socket, address, standing, () => secureServers[address]?.emit('connection', socket))
  })

  /** Closes the doors that shall refuse, and opens the others; again when time alone changes that. */
  function attend() {
    clearTimeout(later)
    if (closed) return
    for (const [address, door] of doors.entries()) door.setOpen(!standing.refuses(address))
    const wait = standing.untilRefusal()
    if (wait > 0) later = setTimeout(attend, wait)
  }

  return {
    port: doors[0]?.port ?? 0,
    addresses,
    serve(certificates) {
      standing.tell(certificates.map((each) => load(loaded, each)))
      // For clients that name no server.
      for (const first of certificates.slice(0, 1).map(pair)) {
        for (const server of secureServers) server.setSecureContext({ ...first, secureOptions: NO_RESUMPTION })
      }
      attend()
    },
    misbehave(lie, options = {}) {
      const end = standing.lie(lie, options)
      attend()
      return () => {
        if (end()) attend()
      }
    },
    async close() {
      closed = true
      clearTimeout(later)
      const ends = doors.map((door) => door.close())
      for (const socket of sockets) socket.destroy()
      await Promise.all(ends)
    },
  }
}

const secureServer = (standing: Standing, address: number, greeting: string): Server =>
  createServer(
    {
      SNICallback(serverName, done) {
        const certificate = standing.certificateFor(serverName.toLowerCase(), address)
        if (typeof certificate === 'object') done(null, certificate.context)
        else done(new Error('this listener has no certificate'))
      },
      secureOptions: NO_RESUMPTION,
    },
    (_request, response) => response.end(`${greeting}\n`),
  ).on('tlsClientError', (_error, socket) => socket.destroy())

/** A client comes in: it is handed on to TLS, or breaks as it is told when it has greeted. */
function enter(socket: Socket, address: number, standing: Standing, handOn: () => void): void {
  socket.on('error', () => socket.destroy()) // the client went away
  const greet = (serverName: string) => {
    // It may have come to tell the truth, or another lie, in the meantime.
    const broken = standing.breakFor(serverName, address)
    if (broken === undefined) handOn()
    else {
      socket.resume()
      breaks[broken.how](socket, broken.alert)
    }
  }
  if (standing.breaksHandshakes) awaitGreeting(socket, greet)
  else handOn()
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

/** The addresses of this machine that a listener can have: ::1 is not everywhere. */
export async function ownAddresses(): Promise<string[]> {
  try {
    const door = await openDoor({ port: 0, host: '::1' }, (socket) => socket.destroy())
    await door.close()
    return ['127.0.0.1', '::1']
  } catch {
    return ['127.0.0.1'] // no IPv6 here
  }
}
