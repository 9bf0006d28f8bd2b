import type { Socket } from 'node:net'

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0

/** Tells the server name of the greeting once all of it has come; what was read of the connection is put back. */
export function awaitGreeting(socket: Socket, tell: (serverName: string) => void): void {
  let read = Buffer.alloc(0)
  const listen = (part: Buffer) => {
    read = Buffer.concat([read, part])
    const serverName = serverNameIn(read)
    if (serverName === undefined) return
    socket.off('data', listen)
    socket.pause()
    socket.unshift(read)
    tell(serverName)
  }
  socket.on('data', listen)
}

/** Undefined: more of it is to come. Empty: the client names no server, or does not speak TLS. */
export function serverNameIn(bytes: Buffer): string | undefined {
  const message = messageIn(bytes)
  if (message === undefined) return undefined
  try {
    return nameIn(message)
  } catch (error) {
    if (error instanceof RangeError) return '' // its lengths point beyond its end
    throw error
  }
}

/** The first handshake message, which may be spread over records (RFC 8446 §5.1). */
function messageIn(bytes: Buffer): Buffer | undefined {
  let message = Buffer.alloc(0)
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE) return Buffer.alloc(0)
    if (at + 5 > bytes.length) return undefined
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    if (end > bytes.length) return undefined
    message = Buffer.concat([message, bytes.subarray(at + 5, end)])
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) return message
    at = end
  }
  return undefined
}

/** RFC 8446 §4.1.2 and RFC 6066 §3. */
function nameIn(message: Buffer): string {
  if (message[0] !== CLIENT_HELLO) return ''
  let at = 4 + 2 + 32 // the header, the version, the random
  at += 1 + message.readUInt8(at) // the session
  at += 2 + message.readUInt16BE(at) // the ciphers
  at += 1 + message.readUInt8(at) // the compressions
  const end = at + 2 + message.readUInt16BE(at)
  for (at += 2; at < end; at += 4 + message.readUInt16BE(at + 2)) {
    if (message.readUInt16BE(at) !== SERVER_NAME) continue
    const length = message.readUInt16BE(at + 7)
    return message.toString('latin1', at + 9, at + 9 + length).toLowerCase()
  }
  return ''
}
