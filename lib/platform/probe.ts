import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { Failure, isFailure } from '../errors.ts'
import type { Handshake, Probe } from '../ports.ts'
import type { Endpoint, KeyFamily } from '../types.ts'
import { publicCertificate } from '../x509/certificate.ts'
import { SECOND } from './clock.ts'
import { requireTime } from './deadline.ts'
import { safeText } from './log.ts'

/** For the connection, and for the handshake that follows it. */
const TIMEOUT = 10 * SECOND

/**
 * A client that takes one family of keys, and all else that any client takes. Signatures with RSA PKCS #1 are left to the chain: of
 * a leaf, TLS 1.3 takes none (RFC 8446 §4.2.3), and TLS 1.2 by its ciphers.
 */
const TLS_1_3 = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'
const CHAIN = 'RSA+SHA256:RSA+SHA384:RSA+SHA512'
const ONLY = {
  ecdsa: { sigalgs: `ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:${CHAIN}`, ciphers: `${TLS_1_3}:aECDSA` },
  rsa: { sigalgs: `RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:${CHAIN}`, ciphers: `${TLS_1_3}:aRSA` },
} as const satisfies Record<KeyFamily, object>

export function createProbe({ timeLeft }: { timeLeft(): number }): Probe {
  return {
    async handshake(endpoint, serverName, only) {
      requireTime(timeLeft, 1)
      const socket = connect({
        host: endpoint.address,
        port: endpoint.port,
        servername: isIP(serverName) === 0 ? serverName : '', // there is no SNI for an address (RFC 6066 §3)
        ALPNProtocols: ['http/1.1'],
        // Whatever is served is to be seen: it may well be expired, or a placeholder.
        rejectUnauthorized: false,
        ...(only && ONLY[only]),
      })
      try {
        const trouble = await ended(socket, timeLeft)
        return trouble === undefined ? presented(socket) : classified(trouble, endpoint, timeLeft)
      } finally {
        socket.destroy()
      }
    },
  }
}

interface Trouble {
  /** Whether TCP came about before it. */
  readonly connected: boolean
  readonly error: NodeJS.ErrnoException
}

const ENDED = 'it closes the connection without a word'

/** Resolves to undefined once the handshake is done. */
const ended = (socket: TLSSocket, timeLeft: () => number): Promise<Trouble | undefined> =>
  new Promise((resolve) => {
    let connected = false
    let timer: NodeJS.Timeout
    const settle = (trouble: Trouble | undefined) => {
      clearTimeout(timer)
      resolve(trouble)
    }
    const wait = (what: string) => {
      clearTimeout(timer)
      const limit = Math.min(TIMEOUT, timeLeft())
      const silence = Object.assign(new Error(`${what} within ${Math.ceil(limit / SECOND)} s`), { code: 'ETIMEDOUT' })
      timer = setTimeout(() => settle({ connected, error: silence }), limit)
    }
    wait('no answer')
    socket.once('connect', () => {
      connected = true
      wait('it accepts the connection, and says nothing')
    })
    // It stays for good: a socket that fails after it was used must not throw out of nowhere.
    socket.on('error', (error) => settle({ connected, error }))
    socket.once('close', () => settle({ connected, error: new Error(ENDED) }))
    socket.once('secureConnect', () => settle(undefined))
  })

/** Descriptors, memory, ports, rights: nothing that the other side has a part in. */
const OUR_OWN: readonly (string | undefined)[] = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EACCES', 'EPERM']

function classified({ connected, error }: Trouble, endpoint: Endpoint, timeLeft: () => number): Handshake {
  const { code, message } = error
  // Of a handshake that was cut short by our own end nothing can be said.
  requireTime(timeLeft, 1)
  const isSix = endpoint.address.includes(':')
  if (OUR_OWN.includes(code) || (!connected && code === 'EADDRNOTAVAIL' && !isSix)) {
    throw new Failure('LOCAL_TROUBLE', `no connection can be opened from here: ${code}`, { cause: error })
  }
  // A reset may come before the connection was told of; who refuses says ECONNREFUSED.
  if (connected || code === 'ECONNRESET')
    return { result: 'broken', reason: brokenBy(code, message), silent: code === 'ETIMEDOUT' }
  if (code === 'ECONNREFUSED') return { result: 'refused', reason: 'the connection is refused' }
  return { result: 'unreachable', reason: code === 'ETIMEDOUT' ? 'no answer' : (code ?? safeText(message)) }
}

/** The alerts with which a server ends a handshake (RFC 8446 §6, RFC 6066 §3), where OpenSSL tells no more than the number. */
const ALERTS: Readonly<Record<string, string>> = {
  40: 'handshake failure',
  42: 'bad certificate',
  43: 'unsupported certificate',
  46: 'certificate unknown',
  70: 'protocol version',
  71: 'insufficient security',
  80: 'internal error',
  112: 'unrecognized name',
  120: 'no application protocol',
}

/** In the words of people: `it answers with the TLS alert handshake failure`. */
function brokenBy(code: string | undefined, message: string): string {
  const [, alert] = /alert number (\d+)/.exec(message) ?? []
  if (alert !== undefined) return `it answers with the TLS alert ${ALERTS[alert] ?? alert}`
  // Node's own word for an end where a handshake was to be; a reset says `read ECONNRESET`.
  if (message.startsWith('Client network socket disconnected')) return ENDED
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it resets the connection'
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return 'it speaks no TLS'
  if (code?.startsWith('ERR_SSL_')) return `the handshake fails: ${safeText(code)}`
  return safeText(message)
}

/** What the other side sent, leaf first; `getPeerCertificate(true)` would add certificates from Node's own store. */
function presented(socket: TLSSocket): Handshake {
  const chain: string[] = []
  for (let each = socket.getPeerX509Certificate(); each !== undefined; each = each.issuerCertificate) {
    chain.push(each.toString())
  }
  if (chain.length === 0) return { result: 'broken', reason: 'it presents no certificate', silent: false }
  try {
    return { result: 'presented', certificate: publicCertificate(chain.join('')) }
  } catch (error) {
    if (!isFailure(error, 'CHAIN_INVALID')) throw error
    return { result: 'broken', reason: 'what it presents cannot be read', silent: false }
  }
}
