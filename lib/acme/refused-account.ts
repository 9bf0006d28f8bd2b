/** A request was refused, and that may be for the account in whose name it was made: what there is to be done about it. */
import { isFailure, toFailure } from '../errors.ts'
import { lazy } from '../platform/lazy.ts'
import type { AcmeClient } from './client.ts'
import { accountOfKey, type RegisteredAccount, type RegistrationContext, register } from './registration.ts'

interface Refusable {
  readonly account: RegisteredAccount
  /** By an earlier run: what was registered by this one is its key's. */
  readonly isStored: boolean
  remember(changed: RegisteredAccount): Promise<RegisteredAccount>
}

/**
 * Resolves to the account in whose name the same request may succeed, or to undefined: it is refused for something else. What the
 * authority has forgotten is registered again, unless it must not be. Where the account is one that was `stored`, and may be another than that of the
 * stored key (after a restore, or half a roll-over), the authority is asked once which that is (RFC 8555 §7.3.1).
 */
export function accountAfterRefusal(
  { account, isStored, remember }: Refusable,
  client: AcmeClient,
  context: RegistrationContext,
): (error: unknown) => Promise<RegisteredAccount | undefined> {
  const { log } = context
  const registeredAgain = lazy(async () => remember(await register(account, client, context)))
  const ownerOfKey = lazy(async () => {
    const { accountUrl } = account
    const owner = await accountOfKey(client, context).catch((error: unknown) => {
      if (toFailure(error).retry === 'after') throw error
      return accountUrl // then nobody knows better
    })
    if (owner === accountUrl) return undefined
    if (owner !== undefined) {
      log.warn('the stored account is not that of the stored key; that of the key is used')
      return remember({ ...account, accountUrl: owner })
    }
    await context.mayRegisterAgain(accountUrl)
    log.warn('the authority knows no account of the stored key; it is registered')
    return registeredAgain()
  })
  return async (error) => {
    if (isFailure(error, 'ACME_ACCOUNT_MISSING')) {
      await context.mayRegisterAgain(account.accountUrl)
      log.warn('the authority has forgotten the account; it is registered again')
      return registeredAgain()
    }
    return isStored && mayBeOfAnotherKey(error) ? ownerOfKey() : undefined
  }
}

/** Boulder answers a wrong signature with 400 malformed, others call it unauthorized, or answer with 401 or 403. */
const mayBeOfAnotherKey = (error: unknown): boolean =>
  isFailure(error) &&
  (error.code === 'ACME_ACCOUNT_REFUSED' ||
    error.fields.status === 401 ||
    error.fields.status === 403 ||
    (error.fields.status === 400 && error.fields.type === 'urn:ietf:params:acme:error:malformed'))
