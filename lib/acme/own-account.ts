/** The account of one authority, known from what is stored, and opened for the first request in its name. */
import { Failure } from '../errors.ts'
import { lazy } from '../platform/lazy.ts'
import { type Account, type AccountContext, openAccount, prepareAccount, secretOf } from './account.ts'
import { accountFor, readAccounts } from './stored-accounts.ts'

export function ownAccount(context: Omit<AccountContext, 'readFirst'>) {
  const { options, transport, secrets, log } = context
  const { authority } = transport
  const accounts = () => readAccounts({ secrets, name: secretOf(authority), log })
  let early: ReturnType<typeof accounts> | undefined
  const readFirst = () => {
    const reading = early ?? accounts()
    early = undefined
    return reading
  }
  let opened: Account | undefined
  return {
    prepare: lazy(() => {
      early = accounts()
      return prepareAccount(context, early)
    }),
    open: lazy(async () => {
      opened = await openAccount({ ...context, readFirst })
      return opened
    }),
    url: async () => opened?.url() ?? accountFor((await accounts()).accounts, options)?.accountUrl,
  }
}

/** Persistent records name an account: another one in its place would let all of them lead nowhere, behind the back of whoever placed them. */
export const namedByRecords = (authority: string, accountUrl: string): Failure =>
  new Failure(
    'ACME_ACCOUNT_MISSING',
    `${authority} knows no account ${accountUrl} of the stored key, and the records of dns-persist-01 name it: if it is gone for good, delete the secret ${secretOf(authority)}, and place the records that the next run shows`,
    { fields: { authority } },
  )
