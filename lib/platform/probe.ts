import type { TLSSocket } from 'node:tls'
import { Failure } from '../errors.ts'
import type { Probe } from '../ports.ts'
import type { Endpoint, KeyFamily, PublicCertificate } from '../types.ts'
import { publicCertificate } from '../x509/certificate.ts'
import { requireTime } from './deadline.ts'

const TIMEOUT = 10_000

/** Signatures with RSA PKCS #1 are left to the chain: of a leaf, TLS 1.3 takes none (RFC 8446 §4.2.3), and TLS 1.2 by its ciphers. */
const ONLY = {
  ecdsa: {
    sigalgs: 'ECDSA+SHA256:ECDSA+SHA384:RSA+SHA256:RSA+SHA384',
    ciphers:
      'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
  },
  rsa: {
    sigalgs: 'RSA-PSS+SHA256:RSA-PSS+SHA384:RSA+SHA256:RSA+SHA384',
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384',
  },
} as const satisfies Record<KeyFamily, object>

export function createProbe({ timeLeft }: { timeLeft(): number }): Probe {
  return {
    async served(endpoint, serverName, only) {
      requireTime(timeLeft, 1)
      const { connect } = await import('node:tls') // half of what a function takes to start, and needed only here
      const socket = connect({
        host: endpoint.address,
        port: endpoint.port,
        servername: serverName,
        ALPNProtocols: ['http/1.1'],
        // Whatever is served is to be seen: it may well be expired, or a placeholder.
        rejectUnauthorized: false,
        ...(only && ONLY[only]),
      })
      try {
        await handshake(socket, Math.min(TIMEOUT, timeLeft()))
        return presented(socket)
      } catch (error) {
        throw unreachable(error, endpoint, serverName)
      } finally {
        socket.destroy()
      }
    },
  }
}

const handshake = (socket: TLSSocket, timeout: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no handshake within ${Math.ceil(timeout / 1_000)} s`)), timeout)
    const settle = (end: () => void) => () => {
      clearTimeout(timer)
      end()
    }
    // It stays for good: a socket that fails after it was used must not throw out of nowhere.
    socket.on('error', (error) => settle(() => reject(error))())
    socket.once(
      'close',
      settle(() => reject(new Error('the connection was closed'))),
    )
    socket.once('secureConnect', settle(resolve))
  })

/** What the other side sent, leaf first; `getPeerCertificate(true)` would add certificates from Node's own store. */
function presented(socket: TLSSocket): PublicCertificate {
  const chain: string[] = []
  for (let each = socket.getPeerX509Certificate(); each !== undefined; each = each.issuerCertificate) {
    chain.push(each.toString())
  }
  if (chain.length === 0) throw new Error('no certificate was presented')
  return publicCertificate(chain.join(''))
}

function unreachable(error: unknown, { address, port }: Endpoint, serverName: string): Failure {
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const { code, message } = error as NodeJS.ErrnoException
  return new Failure('UNREACHABLE', `no TLS handshake with ${place} came about: ${code ?? message}`, {
    fields: { address, port, serverName },
    cause: error,
  })
}
