import * as v from 'valibot'
import { Failure, isFailure } from '../errors.ts'
import { lazy } from '../platform/lazy.ts'
import { type RetryOptions, retrySoon } from '../platform/retry.ts'
import { Secret, type SecretReference } from '../platform/secret.ts'
import type { Clock, Log, SecretStore } from '../ports.ts'
import { generateKey } from '../x509/key.ts'
import { AcmeClient, type ExternalAccount } from './client.ts'
import type { AuthorityOptions } from './directories.ts'
import { createNoncePool } from './nonces.ts'
import { accountResource, understood } from './resources.ts'
import type { AcmeAnswer, Transport } from './transport.ts'

export interface AccountContext {
  readonly options: AuthorityOptions
  readonly transport: Transport
  readonly secrets: SecretStore
  resolve(reference: SecretReference): Promise<Secret>
  readonly clock: Clock
  readonly retry: RetryOptions
  readonly log: Log
}

/** Requests in the name of our account. Both reject unless the CA answers with a success. */
export interface Account {
  /** Sent once: whoever calls knows what to do when the answer is lost. */
  post(url: string, payload: object, doing: string): Promise<AcmeAnswer>
  /** A POST-as-GET (RFC 8555 §6.3), tried again while that helps. */
  read(url: string, doing: string): Promise<AcmeAnswer>
  /** The value of the TXT record for a challenge's token. */
  txtValue(token: string): Promise<string>
}

/** The secret `account/<authority>`. */
const storedAccount = v.object({
  v: v.literal(1),
  privateKeyPem: v.string(),
  directory: v.string(),
  accountUrl: v.optional(v.string()),
  /** What was agreed to. */
  termsOfService: v.optional(v.string()),
})
type StoredAccount = v.InferOutput<typeof storedAccount>

interface Version {
  readonly version: string
  readonly account: StoredAccount
}

/** Finds our account, or makes one. Its key is stored before the CA hears of it, and its URL spares every later run the question. */
export async function openAccount(context: AccountContext): Promise<Account> {
  const { options, transport, clock, retry, log } = context
  const nonces = createNoncePool(transport, clock)
  const prepared = nonces.prepare() // needs no account
  prepared.catch(() => undefined) // heard below, unless something else has gone wrong before
  const { version, account } = (await readStored(context)) ?? (await storeKey(context))
  await prepared
  const client = new AcmeClient({ privateKeyPem: new Secret(account.privateKeyPem), transport, nonces })

  const register = lazy(async () => {
    const accountUrl = await registered(client, context)
    const { termsOfService } = (await transport.directory()).meta
    await remember(
      { version, account: { ...account, directory: options.directory, accountUrl, termsOfService } },
      context,
    )
    return accountUrl
  })
  const known = account.directory === options.directory ? account.accountUrl : undefined
  let accountUrl = known ?? (await register())

  async function post(url: string, payload: object | null, doing: string): Promise<AcmeAnswer> {
    try {
      return await client.post(url, payload, doing, accountUrl)
    } catch (error) {
      if (!isFailure(error, 'ACME_ACCOUNT_MISSING')) throw error
      log.warn('the authority has forgotten the account; it is registered again')
      accountUrl = await register()
      return client.post(url, payload, doing, accountUrl)
    }
  }

  return {
    post,
    read: (url, doing) => retrySoon(() => post(url, null, doing), retry),
    txtValue: (token) => client.txtValue(token),
  }
}

const secretName = ({ transport }: AccountContext) => `account/${transport.authority}`

async function readStored(context: AccountContext): Promise<Version | undefined> {
  const name = secretName(context)
  const stored = await context.secrets.read(name, 'current')
  if (stored === undefined) return undefined
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), storedAccount), stored.value.reveal())
  if (result.success) return { version: stored.version, account: result.output }
  throw new Failure('STORE_UNREADABLE', `the secret ${name} does not hold an account that this version can read`, {
    fields: { secret: name },
  })
}

/** Two runs may do this at once: what is stored in the end is the account's key, whichever made it. */
async function storeKey(context: AccountContext): Promise<Version> {
  const { secrets, options } = context
  const name = secretName(context)
  const privateKeyPem = (await generateKey('ecdsa-p256')).reveal()
  const account: StoredAccount = { v: 1, privateKeyPem, directory: options.directory }
  try {
    const version = await secrets.stage(name, new Secret(JSON.stringify(account)))
    await secrets.promote(name, version, undefined)
    return { version, account }
  } catch (error) {
    const winner = isFailure(error, 'SECRET_CONFLICT') ? await readStored(context) : undefined
    if (winner === undefined) throw error
    return winner
  }
}

/** A key has one account: asking again gives the same one (RFC 8555 §7.3.1), so a lost answer is no harm. */
async function registered(client: AcmeClient, context: AccountContext): Promise<string> {
  const { options, transport, retry, log } = context
  const asking = { authority: transport.authority, doing: 'give an account' }
  const external = await externalAccount(context)
  const contact = options.email === undefined ? {} : { contact: [`mailto:${options.email}`] }
  const answer = await retrySoon(() => client.register({ termsOfServiceAgreed: true, ...contact }, external), retry)
  const { status } = understood(accountResource, answer.data, asking)
  if (status !== 'valid') {
    throw new Failure('ACME_ACCOUNT_REFUSED', `the account at ${transport.authority} is ${status}`, {
      fields: { authority: transport.authority, status },
    })
  }
  log.info('account registered', { existed: answer.status === 200 })
  return understood(accountLocation, answer.headers.location, asking)
}

const accountLocation = v.pipe(v.string(), v.maxLength(2_048), v.startsWith('https://'))

async function externalAccount({ options, transport, resolve }: AccountContext): Promise<ExternalAccount | undefined> {
  if (options.eab) return { kid: options.eab.kid, hmac: await resolve(options.eab.hmac) }
  const { meta } = await transport.directory()
  if (!meta.externalAccountRequired) return undefined
  throw new Failure('ACME_ACCOUNT_REFUSED', `${transport.authority} needs an external account binding: set eab`, {
    fields: { authority: transport.authority },
  })
}

async function remember({ version, account }: Version, context: AccountContext): Promise<void> {
  const { secrets, log } = context
  const name = secretName(context)
  try {
    const next = await secrets.stage(name, new Secret(JSON.stringify(account)))
    await secrets.promote(name, next, version)
  } catch (error) {
    if (!isFailure(error, 'SECRET_CONFLICT')) throw error
    log.info('another run has stored the account meanwhile')
  }
}
