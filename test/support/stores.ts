import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as v from 'valibot'
import { isFailure } from '../../lib/errors.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, StateStore } from '../../lib/ports.ts'
import { driver as fileSecrets } from '../../lib/secrets/drivers/file.ts'
import { driver as fileState } from '../../lib/state/drivers/file.ts'

/** Removed when `finished` calls back. */
export async function temporaryFolder(finished: (remove: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-'))
  finished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const context = (folder: string): DriverContext => ({
  environment: 'test',
  folder,
  resolve: async ({ name }) => new Secret(name === 'SHORT' ? 'short' : `canary-token-${name} of the store`),
  rest: () => {
    throw new Error('a store of files speaks to nobody')
  },
  http: () => {
    throw new Error('a store of files speaks to nobody')
  },
  clock: systemClock,
  random: Math.random,
  log: createLog(silent, systemClock),
  timeLeft: () => 60_000,
})

/** With the store in `secrets` and the master key in `keys`, both below `folder`. */
export const openSecrets = (folder: string, options: object = { masterKey: 'keys/master.key' }): Promise<SecretStore> =>
  fileSecrets.open(v.parse(fileSecrets.options, { folder: 'secrets', ...options }), context(folder))

/** With the store in `state` below `folder`. */
export const openState = (folder: string): Promise<StateStore> =>
  fileState.open(v.parse(fileState.options, { folder: 'state' }), context(folder))

/** The code of the failure with which the work rejects; what it shows must hold no secret. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (!isFailure(error)) throw error
    const shown = `${inspect(error, { depth: 9, showHidden: true })} ${error.stack} ${JSON.stringify(error)}`
    return /canary-token|PRIVATE KEY/.test(shown) ? 'a failure that shows a secret' : error.code
  }
  return 'no failure'
}
