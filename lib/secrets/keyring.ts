import { randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { retryOnConflict } from '../platform/retry-on-conflict.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { Secret } from '../platform/secret.ts'
import { sha256 } from '../platform/sha256.ts'
import { createKeyring, type Keyring } from './envelope.ts'

/** What opens a store: a master key of 32 random bytes, or a passphrase. */
export type KeySource = { readonly masterKey: MasterKey } | { readonly passphrase: Secret }

export interface MasterKey {
  /** Changes nothing. Undefined if there is none, and nothing is sealed yet. */
  find(): Promise<Buffer | undefined>
  /** Resolves to that of somebody else, if they were faster. */
  make(): Promise<Buffer>
}

/** What a store is sealed with. */
export interface OpenKeys {
  readonly active: Keyring
  /** While the key is being changed: some secrets are sealed with it still. */
  readonly former: readonly Keyring[]
}

/** Only what is written needs a key that is not there yet: whoever reads makes none. */
export interface Keys {
  /** As they were found last. Undefined: nothing is sealed yet. */
  existing(): Promise<OpenKeys | undefined>
  /** As they are now; undefined where they are what these are. */
  changed(from: OpenKeys): Promise<OpenKeys | undefined>
  /** As they are now, made if nothing is sealed yet: who is about to write must know of a change. */
  made(): Promise<OpenKeys>
  /** From now on everything is sealed with the key that is configured. Undefined where everything is. */
  change(): Promise<KeyChange | undefined>
}

export interface KeyChange {
  readonly keys: OpenKeys
  /** Once nothing is sealed with the former key any more. */
  end(): Promise<unknown>
}

/**
 * Refuses other keys than the one that a store with secrets was set up with, before anything is read or written; while it is
 * being changed, both are needed. It changes nothing.
 */
export async function openKeys(note: KeyCheck, source: KeySource, former?: KeySource): Promise<Keys> {
  const [own, ...others] = [derived(source), ...(former === undefined ? [] : [derived(former)])] as const
  let opened = await openedNow(note, [own, ...others], false)
  const again = async (isMade: boolean) => {
    opened = await openedNow(note, [own, ...others], isMade)
    return opened
  }
  const made = async () => (await again(true)) ?? unsettled(note)
  return {
    made,
    // Beside secrets no key is ever made: this opens what somebody else has set up meanwhile.
    existing: async () => opened ?? ((await note.populated()) ? made() : undefined),
    async changed(from) {
      const now = await again(false)
      return now === undefined || sameKeys(now, from) ? undefined : now
    },
    async change() {
      if (!(await beginChange(note, own))) return undefined
      const keys = (await again(false)) ?? unsettled(note)
      return { keys, end: () => endChange(note) }
    },
  }
}

const unsettled = (note: KeyCheck): never => {
  throw unreadable(`${note.location} could not be set up`)
}

const sameKeys = (one: OpenKeys, other: OpenKeys): boolean =>
  one.active.id.equals(other.active.id) && one.former.length === other.former.length

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

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const schema = v.object({
  v: v.literal(1),
  key: hex,
  salt: hex,
  /** While the key is being changed. */
  former: v.exactOptional(v.object({ key: hex, salt: hex })),
})
type Noted = v.InferOutput<typeof schema>
type KeyNote = Pick<Noted, 'key' | 'salt'>

/** OWASP Password Storage Cheat Sheet: scrypt with N=2^17, r=8, p=1. It takes 128 MiB. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 }
const MIN_PASSPHRASE = 12

/** A key by the salt that the note has; undefined: it is not there yet. */
type Derive = (salt: string | undefined, isMade: boolean) => Promise<Keyring | undefined>

/** A passphrase is stretched once for each salt. */
function derived(source: KeySource): Derive {
  if ('masterKey' in source) {
    const { find, make } = source.masterKey
    return async (_salt, isMade) => {
      const key = (await find()) ?? (isMade ? await make() : undefined)
      return key && createKeyring(key)
    }
  }
  const known = new Map<string, Promise<Keyring>>()
  return async (salt = randomBytes(16).toString('hex')) => {
    const keyring = known.get(salt) ?? fromPassphrase(source.passphrase, Buffer.from(salt, 'hex'))
    known.set(salt, keyring)
    return keyring
  }
}

/** `isMade`: whether what is missing is made; if not, undefined is what nothing was sealed with yet. */
async function openedNow(
  note: KeyCheck,
  sources: readonly [Derive, ...Derive[]],
  isMade: boolean,
): Promise<OpenKeys | undefined> {
  const opened = await retryOnConflict(note.location, async () => {
    const known = await read(note)
    if (known === undefined && (await note.populated())) {
      throw unreadable(`${note.location} is missing, and there are secrets beside it: restore it from a backup`)
    }
    const active = known && (await matching(sources, known))
    if (known !== undefined && active !== undefined)
      return { keys: { active, former: await formerOf(note, known, sources) } }
    if (known !== undefined && (await note.populated())) {
      throw unreadable(
        `the secrets beside ${note.location} were sealed with another master key or passphrase: use that one, or give it as formerMasterKey or formerPassphrase to change it`,
      )
    }
    const keyring = await sources[0](known?.salt, isMade)
    if (keyring === undefined || !isMade) return { keys: undefined }
    // Undefined: somebody else sets it up, take their salt.
    return (await note.write(noteOf(noted(keyring)))) ? { keys: { active: keyring, former: [] } } : undefined
  })
  return opened.keys
}

async function matching(sources: readonly Derive[], { key, salt }: KeyNote): Promise<Keyring | undefined> {
  for (const source of sources) {
    const keyring = await source(salt, false)
    if (keyring?.id.toString('hex') === key) return keyring
  }
  return undefined
}

async function formerOf(note: KeyCheck, { former }: Noted, sources: readonly Derive[]): Promise<Keyring[]> {
  if (former === undefined) return []
  const keyring = await matching(sources, former)
  if (keyring !== undefined) return [keyring]
  throw unreadable(
    `the key of the secrets beside ${note.location} is being changed, and some may be sealed with the former one still: ` +
      'configure it as formerMasterKey or formerPassphrase, and run newleaf secrets rewrap',
  )
}

/** Resolves to whether there is a change, begun now or by somebody before. Killed after it, both keys are noted. */
const beginChange = (note: KeyCheck, own: Derive): Promise<boolean> =>
  retryOnConflict(note.location, async () => {
    const known = await read(note)
    if (known?.former !== undefined) return true
    if (known === undefined || (await matching([own], known)) !== undefined) return false
    // Whoever else begins the same change comes to the same salt.
    const salt = sha256(`${known.key} ${known.salt}`).slice(0, 32)
    const keyring = await own(salt, false)
    if (keyring === undefined) return false
    const { key, salt: formerSalt } = known
    return (await note.write(noteOf(noted(keyring), { key, salt: formerSalt }))) || undefined
  })

const endChange = (note: KeyCheck): Promise<true> =>
  retryOnConflict(note.location, async () => {
    const known = await read(note)
    if (known?.former === undefined) return true
    return (await note.write(noteOf(known))) || undefined
  })

const noted = ({ id, salt }: Keyring): KeyNote => ({ key: id.toString('hex'), salt: salt.toString('hex') })
const noteOf = ({ key, salt }: KeyNote, former?: KeyNote): Buffer =>
  Buffer.from(`${JSON.stringify({ v: 1, key, salt, ...(former && { former }) })}\n`)

/** Rejects with STORE_UNREADABLE what is no master key. */
export function decodeMasterKey(location: string, text: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === 32 && key.toString('base64') === text.trim()) return key
  throw unreadable(
    `the master key ${location} is damaged: expected 32 random bytes in base64; restore it from your copy`,
  )
}

async function read(note: KeyCheck): Promise<Noted | undefined> {
  const bytes = await note.read()
  if (bytes === undefined) return undefined
  const result = safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString('utf8'))
  if (result.success) return result.output
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
