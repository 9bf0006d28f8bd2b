import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

export interface ChildServer {
  close(): Promise<void>
}

export interface ChildServerOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Of 127.0.0.1: it is ready when all of them are taken. */
  readonly ports: readonly number[]
  onLine?(line: string): void
}

const PATIENCE = 10_000
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a server as a child of this process; it ends with `close`, or with this process at the latest. */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(options.program, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...options.env },
  })
  running.add(child)
  const closed = once(child, 'close').finally(() => running.delete(child))
  let last = ''
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      last = line
      options.onLine?.(line)
    })
  }
  const close = async () => {
    child.kill('SIGKILL')
    await closed
  }
  try {
    const ended = closed.then(() => {
      throw new Error(`${options.program} ended before it listened: ${last}`)
    })
    const ready = Promise.all(options.ports.map(untilTaken))
    await Promise.race([ready, ended])
    return { close }
  } catch (error) {
    await close()
    throw error
  }
}

async function untilTaken(port: number): Promise<void> {
  const until = Date.now() + PATIENCE
  while (!(await isTaken(port))) {
    if (Date.now() > until) throw new Error(`nothing listens at port ${port} after ${PATIENCE / 1_000} s`)
    await wait(10)
  }
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (taken: boolean) => () => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', settle(true)).once('error', settle(false))
  })

/** So many ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as { port: number }).port
    }),
  )
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}
