import * as v from 'valibot'
import { Failure, isFailure } from '../errors.ts'
import { safeParse } from '../platform/safe-parse.ts'
import { Secret } from '../platform/secret.ts'
import type { Log, SecretStore } from '../ports.ts'
import { generateKey } from '../x509/key.ts'
import type { AuthorityOptions } from './directories.ts'

const account = v.object({
  privateKeyPem: v.string(),
  directory: v.string(),
  /** Absent: the key is not registered yet, or it is not known whether it is. */
  accountUrl: v.optional(v.string()),
  /** Where the CA gives nonces: known before its directory is read. */
  newNonce: v.optional(v.string()),
  /** What was agreed to. */
  termsOfService: v.optional(v.string()),
  /** Those that the log has named as new. */
  newTermsOfService: v.optional(v.string()),
  /** The part of the configuration that the CA was asked to take over; absent: an account from before this was remembered. */
  configured: v.optional(v.object({ email: v.optional(v.string()), kid: v.optional(v.string()) })),
})
export type StoredAccount = v.InferOutput<typeof account>

/** The secret `account/<authority>`: what an earlier newleaf reads of it is the newest account. */
const document = v.object({ v: v.literal(1), ...account.entries, others: v.optional(v.array(account), []) })

/** The accounts of one authority, the newest first, one for each directory and external account that it was configured with. */
export interface StoredAccounts {
  /** Undefined: nothing is stored. */
  readonly version: string | undefined
  readonly accounts: readonly StoredAccount[]
}

export interface AccountStore {
  readonly secrets: SecretStore
  /** The secret's. */
  readonly name: string
  readonly log: Log
}

type Wanted = Pick<AuthorityOptions, 'directory' | 'email' | 'eab'>

export const configuredBy = ({ email, eab }: Wanted): NonNullable<StoredAccount['configured']> => ({
  ...(email === undefined ? {} : { email }),
  ...(eab === undefined ? {} : { kid: eab.kid }),
})

/**
 * The account that a configuration means. An account can be bound once, so that another key identifier means another account;
 * without one any account at the directory will do, one that is registered before one that is not. Pure.
 */
export function accountFor(accounts: readonly StoredAccount[], { directory, eab }: Wanted): StoredAccount | undefined {
  const fitting = accounts.filter(
    (each) =>
      each.directory === directory &&
      (eab === undefined || each.configured === undefined || each.configured.kid === eab.kid),
  )
  return fitting.find(({ accountUrl }) => accountUrl !== undefined) ?? fitting[0]
}

const TRIES = 3
/** A secret has an end; who comes back to an account that was dropped gets another. */
const MOST_KEPT = 10

/**
 * The account that a configuration means, and all that is stored. A new one gets its own key, which is stored before the CA
 * hears of it, beside the others: as long as it is not registered, they can be used as before. Of two runs that make one at
 * the same time both get the one that was stored: some CAs bind a key identifier once only.
 */
export async function findAccount(
  wanted: Wanted,
  store: AccountStore,
  read = () => readAccounts(store),
): Promise<{ stored: StoredAccounts; account: StoredAccount }> {
  for (let attempt = 1; ; attempt++) {
    const stored = await (attempt === 1 ? read() : readAccounts(store))
    const known = accountFor(stored.accounts, wanted)
    if (known !== undefined) return { stored, account: known }
    const privateKeyPem = (await generateKey('ecdsa-p256')).reveal()
    const account: StoredAccount = { privateKeyPem, directory: wanted.directory, configured: configuredBy(wanted) }
    try {
      const accounts = [account, ...stored.accounts].slice(0, MOST_KEPT)
      return { stored: await writeAccounts({ ...stored, accounts }, store), account }
    } catch (error) {
      if (!isFailure(error, 'SECRET_CONFLICT') || attempt === TRIES) throw error
    }
  }
}

/** Puts what is known of an account in its place. Who was overtaken by another run leaves it at that: a later run finds out again. */
export async function rememberAccount(
  account: StoredAccount,
  stored: StoredAccounts,
  store: AccountStore,
): Promise<StoredAccounts> {
  const accounts = stored.accounts.map((each) => (each.privateKeyPem === account.privateKeyPem ? account : each))
  try {
    return await writeAccounts({ ...stored, accounts }, store)
  } catch (error) {
    if (!isFailure(error, 'SECRET_CONFLICT')) throw error
    store.log.info('another run has stored the account meanwhile')
    return stored
  }
}

export async function readAccounts({ secrets, name }: AccountStore): Promise<StoredAccounts> {
  const secret = await secrets.read(name, 'current')
  if (secret === undefined) return { version: undefined, accounts: [] }
  const result = safeParse(v.pipe(v.string(), v.parseJson(), document), secret.value.reveal())
  if (!result.success) {
    throw new Failure('STORE_UNREADABLE', `the secret ${name} does not hold an account that this version can read`, {
      fields: { secret: name },
    })
  }
  const { v: _, others, ...newest } = result.output
  return { version: secret.version, accounts: [newest, ...others] }
}

/** Rejects with SECRET_CONFLICT when `version` is not current any more. */
async function writeAccounts(
  { version, accounts }: StoredAccounts,
  { secrets, name }: AccountStore,
): Promise<StoredAccounts> {
  const content = { v: 1, ...accounts[0], ...(accounts.length > 1 ? { others: accounts.slice(1) } : {}) }
  const next = await secrets.stage(name, new Secret(JSON.stringify(content)))
  await secrets.activate(name, next, version)
  return { version: next, accounts }
}
