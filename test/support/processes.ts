import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

interface Said {
  readonly code: number | null
  /** What it printed, on both streams, as it came. */
  readonly text: string
}

/** Runs a program to its end. */
export function ended(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text }))
  })
}

const WORKER = new URL('store-worker.ts', import.meta.url).pathname

export interface Worker {
  readonly child: ChildProcess
  /** Resolves to what it printed, once it has ended; rejects if it failed. */
  readonly ended: Promise<string>
}

export interface Limits {
  /** In units of 1024 bytes. */
  readonly fileSize?: number
  readonly user?: number
}

/** Starts a store worker, and resolves when it is ready to `go`. */
export async function startWorker(args: readonly string[], { fileSize, user }: Limits = {}): Promise<Worker> {
  const limit = fileSize === undefined ? '' : `ulimit -f ${fileSize} && `
  const child = spawn('bash', ['-c', `${limit}exec "$@"`, 'bash', process.execPath, WORKER, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  let printed = ''
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code === 0 || signal === 'SIGKILL') return printed.replace('ready\n', '')
    throw new Error(`the worker failed: ${complaint}`)
  })
  ended.catch(() => undefined) // whoever awaits it hears of it
  await Promise.race([once(child.stdout, 'data'), ended])
  return { child, ended }
}

export const go = ({ child }: Worker): void => {
  child.stdin?.write('go\n')
}

/** Lets it do its work a number of times, and kills it in the midst of the next. */
export async function killAfter({ child, ended }: Worker, times: number): Promise<void> {
  let done = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    done += chunk.toString().split('.').length - 1
    if (done >= times) child.kill('SIGKILL')
  })
  child.stdin?.write('go\n')
  await ended
}
