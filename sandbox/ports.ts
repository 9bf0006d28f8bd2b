import { createServer } from 'node:net'

const isTaken = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EADDRINUSE'

/** At the port of last time if it is free, else at any other. */
export async function startAt<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port)
  } catch (error) {
    if (port === 0 || !isTaken(error)) throw error
    return await start(0)
  }
}

/** The wanted port if it is free at all of these addresses, else another that is. */
export function freePort(wanted: number, addresses: readonly string[]): Promise<number> {
  return startAt(wanted, async (port) => {
    let free = port
    for (const address of addresses) free = await tryOut(free, address)
    return free
  })
}

function tryOut(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
