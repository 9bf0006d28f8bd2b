import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A port at one address, where connections come in; for a while it may be closed. */
export interface Door {
  readonly port: number
  /** Closed, it refuses connections; those that have come in stay. Open again, it has the same port. */
  setOpen(open: boolean): void
  close(): Promise<void>
}

interface Place {
  readonly port: number
  readonly host: string
}

/** How long until a port that somebody took in the meantime is tried again. */
const AGAIN = 20

export async function openDoor({ port: wanted, host }: Place, enter: (socket: Socket) => void): Promise<Door> {
  const closing: Promise<void>[] = []
  let timer: NodeJS.Timeout | undefined
  let server: Server | undefined = createServer({ noDelay: true }, enter)
  await listen(server, { port: wanted, host })
  const { port } = server.address() as AddressInfo

  async function reopen(): Promise<void> {
    const next = createServer({ noDelay: true }, enter)
    server = next
    try {
      await listen(next, { port, host })
      if (server !== next) await shut(next) // it was closed in the meantime
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      if (server === next) timer = setTimeout(() => closing.push(reopen()), AGAIN)
    }
  }

  function setOpen(open: boolean) {
    if (open === (server !== undefined)) return
    clearTimeout(timer)
    const before = server
    server = undefined
    if (open) closing.push(reopen())
    else if (before?.listening) closing.push(shut(before))
  }

  return {
    port,
    setOpen,
    async close() {
      setOpen(false)
      await Promise.all(closing)
    },
  }
}

/** All have one port; where any is acceptable, a few are tried until one is free at each address. */
export async function openDoors(
  addresses: readonly string[],
  wanted: number,
  enter: (socket: Socket, address: number) => void,
): Promise<Door[]> {
  for (let attempt = 1; ; attempt++) {
    const doors: Door[] = []
    try {
      for (const [index, host] of addresses.entries()) {
        const port = doors[0]?.port ?? wanted
        doors.push(await openDoor({ port, host }, (socket) => enter(socket, index)))
      }
      return doors
    } catch (error) {
      await Promise.all(doors.map((door) => door.close()))
      if (wanted !== 0 || attempt === 5) throw error
    }
  }
}

/** New connections are refused at once; it resolves when the last one that came in has ended. */
const shut = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()))

function listen(server: Server, { port, host }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}
