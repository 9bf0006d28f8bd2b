import * as v from 'valibot'
import { Failure, type FailureCode, isFailure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import { type RetryOptions, retrySoon } from '../platform/retry.ts'
import type { Secret, SecretReference } from '../platform/secret.ts'
import type { Log } from '../ports.ts'
import type { AcmeClient, ExternalAccount } from './client.ts'
import type { AuthorityOptions } from './directories.ts'
import { accountResource, parseAnswer } from './resources.ts'
import { configuredBy, type StoredAccount } from './stored-accounts.ts'
import type { Transport } from './transport.ts'

export interface RegistrationContext {
  readonly options: AuthorityOptions
  readonly transport: Transport
  resolve(reference: SecretReference): Promise<Secret>
  /** Rejects when another account must not take the place of this one, which the authority does not know any more. */
  mayRegisterAgain(accountUrl: string): Promise<void>
  readonly retry: RetryOptions
  readonly log: Log
}

export type RegisteredAccount = StoredAccount & { readonly accountUrl: string }

export const isRegistered = (account: StoredAccount): account is RegisteredAccount => account.accountUrl !== undefined

const contactOf = ({ email }: Pick<AuthorityOptions, 'email'>): string[] =>
  email === undefined ? [] : [`mailto:${email}`]

/**
 * A key has one account: asking again gives the same one (RFC 8555 §7.3.1), so a lost answer is no harm. One that existed has
 * kept the contact and the agreement that it was made with.
 */
export async function register(
  account: StoredAccount,
  client: AcmeClient,
  context: RegistrationContext,
): Promise<RegisteredAccount> {
  const { options, transport, retry, log } = context
  const newAccount = { authority: transport.authority, operation: 'give an account' }
  const external = await externalAccount(context)
  const contact = contactOf(options)
  const payload = { termsOfServiceAgreed: true, ...(contact.length === 0 ? {} : { contact }) }
  const answer = await retrySoon(() => client.register(payload, external), retry)
  const { status } = parseAnswer(accountResource, answer.data, newAccount)
  if (status !== undefined && status !== 'valid') {
    throw new Failure('ACME_ACCOUNT_REFUSED', `the account at ${transport.authority} is ${status}`, {
      fields: { authority: transport.authority, status },
    })
  }
  const existed = answer.status === 200
  log.info('account registered', { existed })
  const { termsOfService } = (await transport.directory()).meta
  const accountUrl = parseAnswer(accountLocation, answer.headers.location, newAccount)
  if (existed) return { ...account, accountUrl, termsOfService: account.termsOfService ?? termsOfService }
  const { privateKeyPem, directory } = account
  return { privateKeyPem, directory, accountUrl, termsOfService, configured: configuredBy(options) }
}

/** The URL of the account that this key has at the authority (RFC 8555 §7.3.1); undefined: it has none. Registers nothing. */
export async function accountOfKey(
  client: AcmeClient,
  { transport, retry }: Pick<RegistrationContext, 'transport' | 'retry'>,
): Promise<string | undefined> {
  const operation = { authority: transport.authority, operation: 'tell the account of a key' }
  try {
    const { headers } = await retrySoon(() => client.register({ onlyReturnExisting: true }, undefined), retry)
    return parseAnswer(accountLocation, headers.location, operation)
  } catch (error) {
    if (isFailure(error, 'ACME_ACCOUNT_MISSING')) return undefined
    throw error
  }
}

const accountLocation = v.pipe(v.string(), v.maxLength(2_048), v.startsWith('https://'))

/** What an account is to be bound to; undefined: to nothing. Rejects when the authority wants it bound, and nobody said to what. */
export async function externalAccount({
  options,
  transport,
  resolve,
}: Pick<RegistrationContext, 'options' | 'transport' | 'resolve'>): Promise<ExternalAccount | undefined> {
  if (options.eab) return { kid: options.eab.kid, hmac: await resolve(options.eab.hmac) }
  const { meta } = await transport.directory()
  if (!meta.externalAccountRequired) return undefined
  throw new Failure('ACME_ACCOUNT_REFUSED', `${transport.authority} needs an external account binding: set eab`, {
    fields: { authority: transport.authority },
  })
}

/** The account as the configuration would have it now. No order needs any of this: whatever a CA makes of it is no failure. */
export async function followConfiguration(
  account: RegisteredAccount,
  client: AcmeClient,
  context: RegistrationContext,
): Promise<RegisteredAccount> {
  return withTerms(await withContact(await withNewNonce(account, context), client, context), context)
}

async function withNewNonce(account: RegisteredAccount, { transport }: RegistrationContext) {
  const { newNonce } = await transport.directory()
  return newNonce === account.newNonce ? account : { ...account, newNonce }
}

/** With these the CA has refused the contact itself: it would do so again. */
const REFUSALS: readonly FailureCode[] = ['ACME_ACCOUNT_REFUSED', 'ACME_PROBLEM', 'NOT_FOUND']

/** RFC 8555 §7.3.2. What it was asked is remembered whether or not it agreed, so that it is asked once. */
async function withContact(
  account: RegisteredAccount,
  client: AcmeClient,
  { options, log }: RegistrationContext,
): Promise<RegisteredAccount> {
  const { accountUrl, configured } = account
  const { email, ...rest } = configuredBy(options)
  if (configured === undefined) return { ...account, configured: { email, ...rest } }
  if (configured.email === email) return account
  const updated = { ...account, configured: { ...configured, email } }
  try {
    await client.post(accountUrl, { contact: contactOf(options) }, 'update the contact of the account', accountUrl)
    log.info('the contact of the account was updated')
    return updated
  } catch (error) {
    if (!isFailure(error)) throw error
    const { code, message } = error
    if (REFUSALS.includes(code)) {
      log.warn('the authority refuses the new contact of the account', { code, reason: message })
      return updated
    }
    log.info('the contact of the account could not be updated; a later run tries again', { code, reason: message })
    return account
  }
}

/** Agreeing is a person's to do (RFC 8555 §7.3.3), and most CAs go on without: a change is said once. */
async function withTerms(
  account: RegisteredAccount,
  { transport, log }: RegistrationContext,
): Promise<RegisteredAccount> {
  const { termsOfService: agreed, newTermsOfService: known } = account
  const { termsOfService: terms } = (await transport.directory()).meta
  if (terms === undefined || terms === agreed || terms === known) return account
  log.warn('the terms of service of the authority have changed since they were agreed to: read them', {
    agreed: safeText(agreed ?? 'none'),
    terms: safeText(terms),
  })
  return { ...account, newTermsOfService: terms }
}
