import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface Spoken {
  readonly code: number
  /** Standard output and standard error. */
  readonly said: string
}

/** Runs openssl with this on its standard input. */
export async function openssl(program: string, args: readonly string[], input = ''): Promise<Spoken> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 30_000 })
  child.stdin.on('error', () => undefined) // it may end before it has read everything
  child.stdin.end(input)
  const [out, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code ?? 1, said: `${out}${complaint}` }
}
