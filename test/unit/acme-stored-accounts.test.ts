import { expect, test } from 'vitest'
import { accountFor, findAccount, rememberAccount, type StoredAccount } from '../../lib/acme/stored-accounts.ts'
import { Failure } from '../../lib/errors.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { failure } from '../support/failure.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'

const NAME = 'account/practice'

function store() {
  const secrets = createMemorySecrets()
  const stored = async () => JSON.parse((await secrets.read(NAME, 'current'))?.value.reveal() ?? '{}')
  return { stored, accounts: { secrets, name: NAME, log: createLog(silent, systemClock) } }
}

test('one account is stored as an earlier newleaf reads it, and says nothing of what is not configured', async () => {
  const { stored, accounts } = store()
  await findAccount({ directory: 'https://ca.test/directory' }, accounts)
  const { privateKeyPem, ...rest } = await stored()
  expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY/)
  expect(rest).toEqual({ v: 1, directory: 'https://ca.test/directory', configured: {} })
})

test('ten accounts are kept, the newest', async () => {
  const { stored, accounts } = store()
  for (let at = 1; at <= 11; at += 1) await findAccount({ directory: `https://ca${at}.test/directory` }, accounts)
  const { directory, others } = await stored()
  expect([directory, ...others.map((each: StoredAccount) => each.directory)]).toEqual(
    Array.from({ length: 10 }, (_, at) => `https://ca${11 - at}.test/directory`),
  )
})

/** A store that refuses this often, as it does when another run has been faster. */
function refusing(times: number, code: 'SECRET_CONFLICT' | 'DENIED') {
  const { accounts } = store()
  let tries = 0
  const activate: SecretStore['activate'] = async (...given) => {
    tries += 1
    if (tries <= times) throw new Failure(code, 'no')
    return accounts.secrets.activate(...given)
  }
  return { accounts: { ...accounts, secrets: { ...accounts.secrets, activate } }, tries: () => tries }
}
const wanted = { directory: 'https://ca.test/directory' }

test('a run that is overtaken looks again, and gives up after three times; one that is denied does so at once', async () => {
  const twice = refusing(2, 'SECRET_CONFLICT')
  await findAccount(wanted, twice.accounts)
  expect(twice.tries()).toBe(3)
  const ever = refusing(9, 'SECRET_CONFLICT')
  expect(await failure(findAccount(wanted, ever.accounts))).toMatchObject({ code: 'SECRET_CONFLICT' })
  expect(ever.tries()).toBe(3)
  const denied = refusing(9, 'DENIED')
  expect(await failure(findAccount(wanted, denied.accounts))).toMatchObject({ code: 'DENIED' })
  expect(denied.tries()).toBe(1)
})

test('what was read before is not read again, and is not trusted once another run was faster', async () => {
  const { accounts } = store()
  let reads = 0
  const read: SecretStore['read'] = (...given) => {
    reads += 1
    return accounts.secrets.read(...given)
  }
  const counted = { ...accounts, secrets: { ...accounts.secrets, read } }
  const { stored, account } = await findAccount(wanted, accounts)
  expect(await findAccount(wanted, counted, async () => stored)).toEqual({ stored, account })
  expect(reads).toBe(0)
  const before = async () => ({ version: undefined, accounts: [] })
  expect((await findAccount(wanted, counted, before)).account).toEqual(account)
  expect(reads).toBe(1)
})

test('what is known of an account is left to a later run when another was faster, and when it is denied that is heard', async () => {
  const { accounts } = store()
  const { stored, account } = await findAccount(wanted, accounts)
  const changed = { ...account, accountUrl: 'https://ca.test/account/1' }
  const later = (code: 'SECRET_CONFLICT' | 'DENIED') => rememberAccount(changed, stored, refusing(9, code).accounts)
  expect(await later('SECRET_CONFLICT')).toBe(stored)
  expect(await failure(later('DENIED'))).toMatchObject({ code: 'DENIED' })
})

test('of two accounts that would do the newest that is registered is meant', () => {
  const at = (accountUrl?: string): StoredAccount => ({
    privateKeyPem: '',
    directory: wanted.directory,
    ...(accountUrl === undefined ? {} : { accountUrl }),
  })
  const [unregistered, newest, oldest] = [at(), at('https://ca.test/2'), at('https://ca.test/1')]
  expect(accountFor([unregistered, newest, oldest], wanted)).toBe(newest)
  expect(accountFor([unregistered, at()], wanted)).toBe(unregistered)
})
