/** DNS messages on a TCP connection (RFC 1035 §4.2.2): two bytes tell the length of what follows. */

export const framed = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message])

/** The first message of what was received; undefined while it is not whole. */
export function firstMessage(received: Buffer): Buffer | undefined {
  if (received.length < 2) return undefined
  const end = 2 + received.readUInt16BE(0)
  return received.length < end ? undefined : received.subarray(2, end)
}
