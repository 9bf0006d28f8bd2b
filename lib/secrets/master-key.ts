import { randomBytes, scrypt } from 'node:crypto'
import { basename, dirname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { FileTree } from '../platform/file-tree.ts'
import {
  createDurably,
  listFolder,
  makeFolder,
  NOT_SHARED,
  readPlain,
  realPath,
  writeDurably,
} from '../platform/files.ts'
import { untilSettled } from '../platform/numbered.ts'
import type { Secret } from '../platform/secret.ts'
import type { Log } from '../ports.ts'
import { createKeyring, type Keyring } from './envelope.ts'

/** What opens a store: the path of a file with 32 random bytes in base64, or a passphrase. */
export type KeySource = { readonly file: string } | { readonly passphrase: Secret }

/** What a store says about its key. */
const schema = v.object({
  v: v.literal(1),
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  salt: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
})

/** OWASP Password Storage Cheat Sheet: scrypt with N=2^17, r=8, p=1. It takes 128 MiB. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 }
const MIN_PASSPHRASE = 12

/** Refuses another key than the one that a store with secrets was set up with, before anything is read or written. */
export async function openKeyring(tree: FileTree, source: KeySource, log: Log): Promise<Keyring> {
  const path = join(tree.root, '@store.json')
  return untilSettled(tree.root, async () => {
    const populated = ((await listFolder(tree.root)) ?? []).some((entry) => entry.isDirectory())
    const known = await readStore(path, tree.forbidden)
    if (populated && known === undefined) {
      throw unreadable(`${path} is missing, and there are secrets beside it: restore it from a backup`)
    }
    const keyring =
      'file' in source
        ? createKeyring(await masterKey(tree, source.file, populated, log))
        : await fromPassphrase(source.passphrase, known?.salt ?? randomBytes(16))
    const key = keyring.id.toString('hex')
    if (known?.key === key) return keyring
    if (populated)
      throw unreadable(`the secrets in ${tree.root} were sealed with another master key or passphrase: use that one`)
    const bytes = Buffer.from(`${JSON.stringify({ v: 1, key, salt: keyring.salt.toString('hex') })}\n`)
    if (known !== undefined) await writeDurably(path, bytes)
    else if (!(await createDurably(path, bytes))) return undefined // somebody else sets it up: take their salt
    return keyring
  })
}

async function readStore(path: string, forbidden: number): Promise<{ key: string; salt: Buffer } | undefined> {
  const bytes = await readPlain(path, forbidden)
  if (bytes === undefined) return undefined
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString('utf8'))
  if (result.success) return { key: result.output.key, salt: Buffer.from(result.output.salt, 'hex') }
  throw unreadable(`${path} is damaged, or was written by a newer newleaf: restore it, or run that one`)
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

async function masterKey(tree: FileTree, path: string, populated: boolean, log: Log): Promise<Buffer> {
  if (`${await place(path)}${sep}`.startsWith(tree.root + sep)) {
    throw new Failure('CONFIG_INVALID', `the master key ${path} lies inside the store that it opens: keep it elsewhere`)
  }
  const found = await readPlain(path, NOT_SHARED)
  if (found !== undefined) return decoded(path, found)
  if (populated) {
    throw unreadable(
      `the master key ${path} is missing, and nothing else opens the secrets in ${tree.root}: put it back from your copy; ` +
        'if it is lost for good, move the store away: certificates and accounts are then made anew, other secrets must be stored again',
    )
  }
  await makeFolder(dirname(path))
  if (await createDurably(path, Buffer.from(`${randomBytes(32).toString('base64')}\n`))) {
    log.warn('a new master key was made: keep a copy of it, for without it the secrets are lost', { path })
  }
  return decoded(path, (await readPlain(path, NOT_SHARED)) ?? Buffer.alloc(0))
}

function decoded(path: string, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').trim()
  const key = Buffer.from(text, 'base64')
  if (key.length === 32 && key.toString('base64') === text) return key
  throw unreadable(`the master key ${path} is damaged: expected 32 random bytes in base64`)
}

/** Where a path leads, or would if it were there. */
const place = async (path: string): Promise<string> =>
  (await realPath(path)) ?? join(await place(dirname(path)), basename(path))

const unreadable = (message: string) => new Failure('STORE_UNREADABLE', message)
