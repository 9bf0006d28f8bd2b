/** A port at which, for one knock, nobody listens. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Server } from 'node:https'

export interface Door {
  readonly port: number
  readonly isShut: boolean
  /** The next connection is refused; it opens with that. Connections that are idle end. */
  shut(): void
  close(): Promise<void>
}

const HOST = '127.0.0.1'
/** Connections that go out from this machine take none of these ports while the door is shut (net.ipv4.ip_local_port_range). */
const PORTS = { first: 12_000, last: 32_000 } as const
const ATTEMPTS = 50

/** `knocked` is told of each connection that was refused. */
export async function openDoor(server: Server, knocked: () => void): Promise<Door> {
  const port = await anyPort(server)
  let isShut = false

  function heard(at: unknown): void {
    if (Number(at) !== port || !isShut) return
    isShut = false
    server.listen(port, HOST)
    knocked()
  }
  // undici and node:http both tell of connections that did not come about, each in its own way.
  const undici = (message: unknown) => {
    const { error, connectParams } = message as { error: { code?: string }; connectParams: { port: string } }
    if (error.code === 'ECONNREFUSED') heard(connectParams.port)
  }
  const node = (message: unknown) => {
    const { error } = message as { error: { code?: string; port?: number } }
    if (error.code === 'ECONNREFUSED') heard(error.port)
  }
  subscribe('undici:client:connectError', undici)
  subscribe('http.client.request.error', node)

  return {
    port,
    get isShut() {
      return isShut
    },
    shut() {
      if (isShut) return
      isShut = true
      server.close()
      server.closeIdleConnections()
    },
    async close() {
      unsubscribe('undici:client:connectError', undici)
      unsubscribe('http.client.request.error', node)
      const closed = isShut ? undefined : once(server, 'close')
      if (!isShut) server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function anyPort(server: Server): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first))
    try {
      server.listen(port, HOST)
      await once(server, 'listening')
      return port
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error
    }
  }
}
