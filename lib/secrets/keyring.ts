import { randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { retryOnConflict } from '../platform/retry-on-conflict.ts'
import type { Secret } from '../platform/secret.ts'
import { createKeyring, type Keyring } from './envelope.ts'

/** What opens a store: a master key of 32 random bytes, or a passphrase. */
export type KeySource = { readonly masterKey: () => Promise<Buffer> } | { readonly passphrase: Secret }

/** A note beside the secrets that tells which key they are sealed with, and nothing about it. */
export interface KeyCheck {
  /** As it stands in messages. */
  readonly location: string
  read(): Promise<Buffer | undefined>
  /** In place of what was read last. Resolves to whether it is there now: not if somebody else was faster. */
  write(bytes: Buffer): Promise<boolean>
  /** Whether there are secrets beside it. */
  populated(): Promise<boolean>
}

const schema = v.object({
  v: v.literal(1),
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  salt: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
})

/** OWASP Password Storage Cheat Sheet: scrypt with N=2^17, r=8, p=1. It takes 128 MiB. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 }
const MIN_PASSPHRASE = 12

/** Refuses another key than the one that a store with secrets was set up with, before anything is read or written. */
export async function openKeyring(note: KeyCheck, source: KeySource): Promise<Keyring> {
  return retryOnConflict(note.location, async () => {
    const known = await read(note)
    if (known === undefined && (await note.populated())) {
      throw unreadable(`${note.location} is missing, and there are secrets beside it: restore it from a backup`)
    }
    const keyring =
      'masterKey' in source
        ? createKeyring(await source.masterKey())
        : await fromPassphrase(source.passphrase, known?.salt ?? randomBytes(16))
    const key = keyring.id.toString('hex')
    if (known?.key === key) return keyring
    if (known !== undefined && (await note.populated())) {
      throw unreadable(
        `the secrets beside ${note.location} were sealed with another master key or passphrase: use that one`,
      )
    }
    const bytes = Buffer.from(`${JSON.stringify({ v: 1, key, salt: keyring.salt.toString('hex') })}\n`)
    return (await note.write(bytes)) ? keyring : undefined // undefined: somebody else sets it up, take their salt
  })
}

/** Rejects with STORE_UNREADABLE what is no master key. */
export function decodeMasterKey(location: string, text: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === 32 && key.toString('base64') === text.trim()) return key
  throw unreadable(
    `the master key ${location} is damaged: expected 32 random bytes in base64; restore it from your copy`,
  )
}

async function read(note: KeyCheck): Promise<{ key: string; salt: Buffer } | undefined> {
  const bytes = await note.read()
  if (bytes === undefined) return undefined
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString('utf8'))
  if (result.success) return { key: result.output.key, salt: Buffer.from(result.output.salt, 'hex') }
  throw unreadable(`${note.location} is damaged, or was written by a newer newleaf: restore it, or run that one`)
}

async function fromPassphrase(passphrase: Secret, salt: Buffer): Promise<Keyring> {
  const text = passphrase.reveal().normalize('NFKC')
  if (text.length < MIN_PASSPHRASE) {
    throw new Failure(
      'CONFIG_INVALID',
      `the passphrase of the secrets store is too short: use ${MIN_PASSPHRASE} characters or more`,
    )
  }
  const stretch = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt)
  const master = await stretch(text, salt, 32, SCRYPT)
  try {
    return createKeyring(master, salt)
  } finally {
    master.fill(0)
  }
}

const unreadable = (message: string) => new Failure('STORE_UNREADABLE', message)
