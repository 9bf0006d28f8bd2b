import { randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { lazy } from '../platform/lazy.ts'
import { retryOnConflict } from '../platform/retry-on-conflict.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { Secret } from '../platform/secret.ts'
import { createKeyring, type Keyring } from './envelope.ts'

/** What opens a store: a master key of 32 random bytes, or a passphrase. */
export type KeySource = { readonly masterKey: MasterKey } | { readonly passphrase: Secret }

export interface MasterKey {
  /** Changes nothing. Undefined if there is none, and nothing is sealed yet. */
  find(): Promise<Buffer | undefined>
  /** Resolves to that of somebody else, if they were faster. */
  make(): Promise<Buffer>
}

/** Only what is written needs a key that is not there yet: whoever reads makes none. */
export interface Keys {
  /** Undefined: nothing is sealed yet. */
  existing(): Promise<Keyring | undefined>
  made(): Promise<Keyring>
}

/** Refuses another key than the one that a store with secrets was set up with, before anything is read or written. It changes nothing. */
export async function openKeys(note: KeyCheck, source: KeySource): Promise<Keys> {
  let keyring = await keyringOf(note, source, false)
  const made = lazy(async () => {
    keyring ??= await keyringOf(note, source, true)
    if (keyring === undefined) throw unreadable(`${note.location} could not be set up`)
    return keyring
  })
  // Beside secrets no key is ever made: this opens what somebody else has set up meanwhile.
  return { made, existing: async () => keyring ?? ((await note.populated()) ? made() : undefined) }
}

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

/** `isMade`: whether what is missing is made; if not, undefined is what nothing was sealed with yet. */
async function keyringOf(note: KeyCheck, source: KeySource, isMade: boolean): Promise<Keyring | undefined> {
  const opened = await retryOnConflict(note.location, async () => {
    const known = await read(note)
    if (known === undefined && (await note.populated())) {
      throw unreadable(`${note.location} is missing, and there are secrets beside it: restore it from a backup`)
    }
    const keyring = await openedBy(source, known?.salt, isMade)
    if (keyring === undefined) return { keyring }
    const key = keyring.id.toString('hex')
    if (known?.key === key) return { keyring }
    if (known !== undefined && (await note.populated())) {
      throw unreadable(
        `the secrets beside ${note.location} were sealed with another master key or passphrase: use that one`,
      )
    }
    if (!isMade) return { keyring: undefined }
    const bytes = Buffer.from(`${JSON.stringify({ v: 1, key, salt: keyring.salt.toString('hex') })}\n`)
    return (await note.write(bytes)) ? { keyring } : undefined // undefined: somebody else sets it up, take their salt
  })
  return opened.keyring
}

async function openedBy(source: KeySource, salt: Buffer | undefined, isMade: boolean): Promise<Keyring | undefined> {
  if (!('masterKey' in source)) return fromPassphrase(source.passphrase, salt ?? randomBytes(16))
  const key = (await source.masterKey.find()) ?? (isMade ? await source.masterKey.make() : undefined)
  return key && createKeyring(key)
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
  const result = safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString('utf8'))
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
