import type { Socket } from 'node:net'

/** What is done to a connection when its client has greeted, in place of a handshake. */
export const breaks = {
  /** A fatal alert (RFC 8446 §6.2). */
  alert: (socket, alert) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, alert])),
  /** A TCP RST. */
  reset: (socket) => socket.resetAndDestroy(),
  /** An end without a byte. */
  closes: (socket) => socket.end(),
  /** Nothing at all, for as long as the client waits. */
  hangs: () => {},
  /** What a server without TLS says to a greeting. */
  plain: (socket) => socket.end(`HTTP/1.1 400 Bad Request\r\n${PLAIN_HEADERS}\r\n${PLAIN_BODY}`),
} as const satisfies Record<string, (socket: Socket, alert: number) => unknown>

export type Break = keyof typeof breaks

const PLAIN_BODY = '400 Bad Request: this is no HTTP\n'
const PLAIN_HEADERS = `content-type: text/plain\r\ncontent-length: ${PLAIN_BODY.length}\r\nconnection: close\r\n`
