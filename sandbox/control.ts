import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeWhole } from './folder.ts'
import { Misuse } from './orders/flags.ts'

/**
 * How another terminal reaches a running sandbox: a port on this machine, which stands in the sandbox's folder together
 * with a token that is new at each start. Who can read the folder may give orders; what an earlier start left is of no use.
 */
export const CONTROL_FILE = 'control.json'

interface Noted {
  readonly port: number
  readonly token: string
}

type Reply = { readonly text: string } | { readonly refused: string }

export interface Control {
  close(): Promise<void>
}

const MAX_BODY = 65_536

/** `carryOut` gets the words as they were typed; what it throws is told to whoever ordered it. */
export async function openControl(folder: string, carryOut: (words: readonly string[]) => string): Promise<Control> {
  const token = `canary-token-${randomBytes(16).toString('hex')}`
  const server = createServer(async (request, response) => {
    const answer = (status: number, reply: Reply) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(reply))
    }
    if (!isOurs(request, token)) return answer(401, { refused: 'this order is not for this sandbox' })
    try {
      answer(200, { text: carryOut(JSON.parse(await read(request)) as string[]) })
    } catch (error) {
      answer(400, { refused: error instanceof Error ? error.message : String(error) })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const file = join(folder, CONTROL_FILE)
  writeWhole(file, JSON.stringify({ port, token } satisfies Noted))
  return {
    async close() {
      rmSync(file, { force: true })
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function isOurs({ method, headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return method === 'POST' && given.length === expected.length && timingSafeEqual(given, expected)
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > MAX_BODY) throw new Error('the order is too long')
  }
  return text
}

/** Undefined: no sandbox runs there. Rejects with what the sandbox says against it. */
export async function order(folder: string, words: readonly string[]): Promise<string | undefined> {
  const noted = notedIn(join(folder, CONTROL_FILE))
  const reply = noted && (await ask(noted, words))
  if (reply === undefined) return undefined
  if ('refused' in reply) throw new Misuse(reply.refused)
  return reply.text
}

function notedIn(file: string): Noted | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Noted) : undefined
}

async function ask({ port, token }: Noted, words: readonly string[]): Promise<Reply | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(words),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    // Somebody else has the port of a sandbox that was killed.
    if (answer.status !== 200 && answer.status !== 400) return undefined
    const reply = (await answer.json()) as Partial<Record<'text' | 'refused', unknown>>
    if (typeof reply.text === 'string') return { text: reply.text }
    return typeof reply.refused === 'string' ? { refused: reply.refused } : undefined
  } catch {
    return undefined // nobody answers there, or nobody who understands
  }
}
