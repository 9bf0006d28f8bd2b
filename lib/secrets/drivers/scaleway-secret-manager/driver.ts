import * as v from 'valibot'
import { isFailure } from '../../../errors.ts'
import { apiOptions, type Driver, envReference, oneLine } from '../../../platform/driver.ts'
import type { Secret } from '../../../platform/secret.ts'
import type { Log, SecretStore } from '../../../ports.ts'
import { openScaleway } from '../../../vendors/scaleway/client.ts'
import { accessKeyOption } from '../../../vendors/scaleway/expiry.ts'
import { activated } from '../../stages.ts'
import { createSecretsApi, explain, type SecretsApi } from './api.ts'
import { foundSecrets } from './found.ts'
import { THIS } from './history.ts'
import { refuseEphemeral } from './secret.ts'
import { conflict, content, holds, type Look, move } from './versions.ts'

const REGIONS = ['fr-par', 'nl-ams', 'pl-waw'] as const

const options = v.strictObject({
  region: v.pipe(v.picklist(REGIONS), v.description('The region of the secrets, for example fr-par.')),
  projectId: v.pipe(
    v.string(),
    v.uuid('expected the UUID of a project'),
    v.description('The project that the secrets belong to.'),
  ),
  token: v.pipe(
    envReference,
    oneLine,
    v.description(
      'The secret key of an API key, as env:NAME, with the permission sets SecretManagerReadOnly, SecretManagerSecretAccess, SecretManagerSecretCreate, SecretManagerSecretWrite and SecretManagerSecretDelete.',
    ),
  ),
  accessKey: accessKeyOption,
  path: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,254})+$/, 'expected a path such as /newleaf/prod'),
      v.description('The folder of the secrets; /newleaf/ and the name of the environment if absent.'),
    ),
  ),
  ...apiOptions,
})

/** Secrets in Scaleway Secret Manager, for any number of runs anywhere. */
export const driver = {
  options,
  async open({ region, projectId, path, ...api }, context) {
    const { rest, expiresAt } = await openScaleway(api, context, explain)
    const secrets = createSecretsApi(rest, region, projectId)
    return { ...secretStore(secrets, path ?? `/newleaf/${context.environment}`, context.log), expiresAt }
  },
} satisfies Driver<SecretStore, typeof options>

const MOST_ATTEMPTS = 10

function secretStore(api: SecretsApi, folder: string, log: Log): SecretStore {
  const { look, lookOrCreate, onFound, forget, remove } = foundSecrets(folder, api)
  return {
    async read(name, stage) {
      let refused: number | undefined
      for (;;) {
        const here = await look(name)
        const entry = here?.history.stages[stage]
        if (here === undefined || entry === undefined) return undefined
        try {
          return { version: entry.version, value: await content(here, entry, api) }
        } catch (error) {
          // It was let go of after we had looked, or something is wrong with it: look again.
          if (!isFailure(error, 'NOT_FOUND', 'CONFLICT') || refused === here.history.seen) throw error
          refused = here.history.seen
          forget(name)
        }
      }
    },

    stage: (name, value) =>
      onFound(name, async () => {
        const here = await lookOrCreate(name)
        refuseEphemeral(name, here.secret)
        return stageAt(here, value, api, log)
      }),

    activate: (name, version, expected) =>
      onFound(name, async () => {
        let here = await look(name)
        for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
          const next = activated(name, here?.history.stages ?? {}, version, expected)
          if (here === undefined || next === undefined) return
          here = (await move(here, next, undefined, api, log)).here
        }
        throw conflict(name)
      }),

    remove,
  }
}

/** Resolves to the version that holds it: a new one only where none of the stages does. */
async function stageAt(look: Look, value: Secret, api: SecretsApi, log: Log): Promise<string> {
  let here = look
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { stages } = here.history
    const { current, pending, previous } = stages
    if (pending !== undefined && (await holds(here, pending, value, api))) return pending.version
    const known = await first([current, previous], (entry) => holds(here, entry, value, api))
    const moved = await move(here, { ...stages, pending: known ?? THIS }, known ? undefined : value, api, log)
    if (moved.happened) return known?.version ?? moved.version
    here = moved.here
  }
  throw conflict(look.name)
}

async function first<T>(items: readonly T[], fits: (item: T) => Promise<boolean>): Promise<T | undefined> {
  for (const item of items) if (await fits(item)) return item
  return undefined
}
