/** A network of its own in front of a server on this machine: everything arrives later, by half a round trip each way. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** It ends by itself after so long, and takes so many connections at a time. */
const LONGEST = 600_000
const MOST_CONNECTIONS = 300

export interface DelayProxy {
  readonly port: number
  close(): Promise<void>
}

/** `roundTrip` in milliseconds. A new connection costs one more, as TCP's handshake does. */
export async function startDelayProxy(to: number, roundTrip: number): Promise<DelayProxy> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const established = performance.now() + roundTrip
    const peer = connect(to, '127.0.0.1')
    passOn(client, peer, () => Math.max(established - performance.now(), 0) + roundTrip / 2)
    passOn(peer, client, () => roundTrip / 2)
    for (const socket of [client, peer]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    }
  })
  server.maxConnections = MOST_CONNECTIONS
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    clearTimeout(end)
    for (const socket of open) socket.destroy()
    await new Promise((done) => server.close(done))
  }
  const end = setTimeout(close, LONGEST).unref()
  return { port: (server.address() as { port: number }).port, close }
}

/** In the order in which it came, whatever the timers do. */
function passOn(from: Socket, to: Socket, delay: () => number): void {
  let last: Promise<unknown> = Promise.resolve()
  const later = (act: () => void) => {
    last = Promise.all([wait(delay()), last]).then(act)
  }
  from.setNoDelay(true)
  from.on('data', (part) => later(() => to.write(part)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => to.destroy())
  from.on('close', () => later(() => to.destroy()))
}
