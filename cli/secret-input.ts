import { isUtf8 } from 'node:buffer'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Failure } from '../lib/errors.ts'
import { Secret } from '../lib/platform/secret.ts'
import type { Io } from './call.ts'

/** What AWS Secrets Manager takes, and more than any token needs. */
const MAX_BYTES = 65_536

/** A secret from standard input, without the white space and byte order mark that `echo` and editors leave: all that is piped in, or one line that is typed unseen. */
export async function readSecret({ stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>): Promise<Secret> {
  if (stdin.isTTY !== true) return new Secret(textOf(await readPiped(stdin, MAX_BYTES, 'a secret')).trim())
  stderr.write('Type or paste the secret, and press Enter (it is not shown): ')
  try {
    return new Secret((await readUnseen(stdin)).trim())
  } finally {
    stderr.write('\n')
  }
}

/** All that is piped in; `what` has so many bytes at most. */
export async function readPiped(stdin: Io['stdin'], most: number, what: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stdin) {
    const bytes = Buffer.from(part)
    size += bytes.byteLength
    if (size > most) throw new Failure('EVENT_INVALID', `${what} has ${most / 1_024} KiB at most`)
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

function textOf(all: Buffer): string {
  if (!isUtf8(all)) throw new Failure('EVENT_INVALID', 'a secret is text in UTF-8; encode other bytes as base64')
  return all.toString('utf8')
}

/** readline switches the terminal's own echo off, and its own goes nowhere. */
async function readUnseen(stdin: Io['stdin']): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 })
  const stop = new AbortController()
  line.once('SIGINT', () => stop.abort()).once('close', () => stop.abort())
  try {
    return await line.question('', { signal: stop.signal })
  } catch (cause) {
    if (!stop.signal.aborted) throw cause
    throw new Failure('EVENT_INVALID', 'nothing was set', { cause })
  } finally {
    line.close()
  }
}
