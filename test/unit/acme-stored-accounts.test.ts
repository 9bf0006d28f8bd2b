import { expect, test } from 'vitest'
import { findAccount, type StoredAccount } from '../../lib/acme/stored-accounts.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
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
