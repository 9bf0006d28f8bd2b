import { createSocket, type Socket } from 'node:dgram'
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

/** Below those that systems give away by themselves: nobody else is given one of them before it is listened at. */
const [LOWEST, COUNT] = [20_000, 12_000]
const MOST_TRIES = 100
const anyPort = () => LOWEST + Math.floor(Math.random() * COUNT)

/** What this process was given. As long as it lives it holds the UDP port of the same number, which nothing else uses. */
const given = new Map<number, Socket>()

/** The wanted port if it is free at all of these addresses, else another that is; no other process is given it meanwhile. */
export async function freePort(wanted: number, addresses: readonly string[]): Promise<number> {
  let port = wanted === 0 ? anyPort() : wanted
  for (let tries = 0; tries < MOST_TRIES; tries++, port = anyPort()) {
    if (port !== wanted && given.has(port)) continue
    if (!given.has(port) && !(await isReserved(port))) continue
    const results = await Promise.all(addresses.map((address) => isFree(port, address)))
    if (results.every((free) => free)) return port
    given.get(port)?.close()
    given.delete(port)
  }
  throw new Error('no port is free')
}

function isReserved(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', (error) => (isTaken(error) ? resolve(false) : reject(error)))
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      given.set(port, socket)
      resolve(true)
    })
    socket.unref()
  })
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => (isTaken(error) ? resolve(false) : reject(error)))
    server.listen({ port, host }, () => server.close(() => resolve(true)))
  })
}
