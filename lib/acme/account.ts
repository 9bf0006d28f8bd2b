import { retrySoon } from '../platform/retry.ts'
import { Secret } from '../platform/secret.ts'
import type { SecretStore } from '../ports.ts'
import type { NoncePool } from './nonces.ts'
import { accountAfterRefusal } from './refused-account.ts'
import {
  externalAccount,
  followConfiguration,
  isRegistered,
  type RegisteredAccount,
  type RegistrationContext,
  register,
} from './registration.ts'
import { accountFor, findAccount, readAccounts, rememberAccount, type StoredAccounts } from './stored-accounts.ts'
import type { AcmeAnswer } from './transport.ts'

export interface AccountContext extends RegistrationContext {
  readonly secrets: SecretStore
  readonly nonces: NoncePool
  /** What is stored, read perhaps before this was asked for. */
  readFirst(): Promise<StoredAccounts>
}

/** Requests in the name of our account. Both reject unless the CA answers with a success. */
export interface Account {
  /** Its URL (RFC 8555 §7.3); another one, once the CA did not know the first any more. */
  url(): string
  /** Sent once: whoever calls knows what to do when the answer is lost. */
  post(url: string, payload: object, operation: string): Promise<AcmeAnswer>
  /** A POST-as-GET (RFC 8555 §6.3), tried again while that helps. `accept`: what is asked for, JSON if absent. */
  read(url: string, operation: string, accept?: string): Promise<AcmeAnswer>
  /** The value of the TXT record for a challenge's token. */
  txtValue(token: string): Promise<string>
}

/** Rejects when there is no account, and none could be asked for. Nothing is sent in its name, and nothing is stored. */
export async function checkAccount(
  context: Omit<AccountContext, 'nonces' | 'retry' | 'readFirst' | 'mayRegisterAgain'>,
): Promise<void> {
  const { options, transport, secrets, log } = context
  const { accounts } = await readAccounts({ secrets, name: secretOf(transport.authority), log })
  const known = accountFor(accounts, options)
  if (known === undefined || !isRegistered(known)) await externalAccount(context)
}

export const secretOf = (authority: string) => `account/${authority}`

/** With acme-client, which most runs never need, and which can be loaded while the first answers are on their way. */
export const loadClient = () => import('./client.ts')

/** All that an order waits for first, side by side: none of it needs the account's key. */
export async function prepareAccount(
  { options, transport, nonces }: Pick<AccountContext, 'options' | 'transport' | 'nonces'>,
  reading: Promise<StoredAccounts>,
): Promise<void> {
  const nonce = reading.then(({ accounts }) => nonces.prepare(accountFor(accounts, options)?.newNonce))
  await Promise.all([transport.directory(), nonce, loadClient()])
}

/** Finds the account that the configuration means, or makes it, and has it follow the configuration. Its URL spares every later run the question. */
export async function openAccount(context: AccountContext): Promise<Account> {
  const { options, transport, secrets, nonces, retry, log, readFirst } = context
  const prepared = nonces.prepare() // needs no account
  prepared.catch(() => undefined) // heard below, unless something else has gone wrong before
  const store = { secrets, name: secretOf(transport.authority), log }
  let { stored, account } = await findAccount(options, store, readFirst)
  const { AcmeClient } = await loadClient()
  await prepared
  const client = new AcmeClient({ privateKeyPem: new Secret(account.privateKeyPem), transport, nonces })

  async function remember(changed: RegisteredAccount): Promise<RegisteredAccount> {
    if (changed !== account) stored = await rememberAccount(changed, stored, store)
    account = changed
    return changed
  }
  async function opened(): Promise<RegisteredAccount> {
    const registered = isRegistered(account) ? account : await register(account, client, context)
    return remember(await followConfiguration(registered, client, context))
  }
  const isStored = isRegistered(account)
  let own = await opened()
  const afterRefusal = accountAfterRefusal({ account: own, isStored, remember }, client, context)

  async function post(url: string, payload: object | null, operation: string, accept?: string): Promise<AcmeAnswer> {
    const { accountUrl } = own
    try {
      return await client.post(url, payload, operation, accountUrl, accept)
    } catch (error) {
      const other = await afterRefusal(error)
      if (other === undefined) throw error
      own = other
      return client.post(url, payload, operation, other.accountUrl, accept)
    }
  }

  return {
    url: () => own.accountUrl,
    post: (url, payload, operation) => post(url, payload, operation),
    read: (url, operation, accept) => retrySoon(() => post(url, null, operation, accept), retry),
    txtValue: (token) => client.txtValue(token),
  }
}
