import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { Failure } from '../errors.ts'
import { Secret } from '../platform/secret.ts'

/**
 * A secret at rest: AES-256-GCM under a data key of its own, which is wrapped by a key that the master key gives. Both
 * are bound to the name and the version of the item, so that no two files can be swapped.
 *
 *   magic 8 │ format 1 │ key id 16 │ salt 16 │ wrapped data key 12 + 32 + 16 │ text 12 + n + 16
 */
const MAGIC = Buffer.from('newleaf\0')
const FORMAT = 1
const ID = 16
const SALT = 16
const NONCE = 12
const KEY = 32
const TAG = 16
const FORMAT_AT = MAGIC.length
const ID_AT = FORMAT_AT + 1
const WRAPPED_AT = ID_AT + ID + SALT
const TEXT_AT = WRAPPED_AT + NONCE + KEY + TAG

/** What the master key gives; the key itself is needed no more. */
export interface Keyring {
  /** Tells whether it is the same master key, and nothing about it. */
  readonly id: Buffer
  /** Of the passphrase; zeros for a random master key. */
  readonly salt: Buffer
  readonly wrapping: KeyObject
  readonly versions: KeyObject
  readonly stages: KeyObject
}

export interface Item {
  readonly name: string
  readonly version: string
}

export function createKeyring(masterKey: Uint8Array, salt: Uint8Array = Buffer.alloc(SALT)): Keyring {
  const derive = (purpose: string, length = KEY) =>
    Buffer.from(hkdfSync('sha256', masterKey, salt, `newleaf ${purpose}`, length))
  return {
    id: derive('key id', ID),
    salt: Buffer.from(salt),
    wrapping: createSecretKey(derive('wrapping')),
    versions: createSecretKey(derive('versions')),
    stages: createSecretKey(derive('stages')),
  }
}

/** The same for the same content, and of no use to those who guess at the content without the key. */
export const versionOf = (keyring: Keyring, name: string, value: Secret): string =>
  createHmac('sha256', keyring.versions).update(joined(name, value.reveal())).digest('hex').slice(0, 32)

/** Proves that a text about stages was written by who holds the key. */
export const macOf = (keyring: Keyring, ...parts: string[]): string =>
  createHmac('sha256', keyring.stages)
    .update(joined(...parts))
    .digest('hex')

export function seal(keyring: Keyring, item: Item, value: Secret): Buffer {
  const head = Buffer.concat([MAGIC, Buffer.of(FORMAT), keyring.id, keyring.salt])
  const bound = Buffer.concat([head, joined(item.name, item.version)])
  const dataKey = randomBytes(KEY)
  const text = Buffer.from(value.reveal())
  try {
    return Buffer.concat([head, encrypt(keyring.wrapping, dataKey, bound), encrypt(dataKey, text, bound)])
  } finally {
    dataKey.fill(0)
    text.fill(0)
  }
}

export const isSealedWith = ({ id }: Keyring, bytes: Buffer): boolean => bytes.subarray(ID_AT, ID_AT + ID).equals(id)

/** Rejects with STORE_UNREADABLE whatever was not sealed for this item with one of these keys, down to the last bit. */
export function unseal(keyrings: readonly Keyring[], item: Item, bytes: Buffer): Secret {
  if (!bytes.subarray(0, FORMAT_AT).equals(MAGIC)) throw unreadable(item, 'is damaged: it is no sealed secret')
  if ((bytes[FORMAT_AT] ?? 0) > FORMAT) throw unreadable(item, 'is damaged, or was sealed by a newer newleaf')
  const keyring = keyrings.find((each) => isSealedWith(each, bytes))
  if (keyring === undefined) throw unreadable(item, 'is damaged, or was sealed with another master key')
  const bound = Buffer.concat([bytes.subarray(0, WRAPPED_AT), joined(item.name, item.version)])
  let dataKey: Buffer | undefined
  let text: Buffer | undefined
  try {
    dataKey = decrypt(keyring.wrapping, bytes.subarray(WRAPPED_AT, TEXT_AT), bound)
    text = decrypt(dataKey, bytes.subarray(TEXT_AT), bound)
    return new Secret(text.toString('utf8'))
  } catch {
    throw unreadable(item, 'is damaged, or belongs elsewhere') // why exactly would help only an attacker
  } finally {
    dataKey?.fill(0)
    text?.fill(0)
  }
}

function encrypt(key: KeyObject | Buffer, text: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(bound)
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: KeyObject | Buffer, box: Buffer, bound: Buffer): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE), { authTagLength: TAG })
  cipher.setAAD(bound).setAuthTag(box.subarray(-TAG))
  return Buffer.concat([cipher.update(box.subarray(NONCE, -TAG)), cipher.final()])
}

/** Each part after its length: no two lists of parts give the same bytes. */
const joined = (...parts: string[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(Buffer.byteLength(part))
      return [length, Buffer.from(part)]
    }),
  )

const unreadable = ({ name }: Item, what: string) =>
  new Failure('STORE_UNREADABLE', `the secret ${name} ${what}: restore its file from a backup`, {
    fields: { secret: name },
  })
