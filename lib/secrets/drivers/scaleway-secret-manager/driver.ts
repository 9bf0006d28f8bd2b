import * as v from 'valibot'
import { isFailure } from '../../../errors.ts'
import { apiOptions, type Driver, envReference, oneLine } from '../../../platform/driver.ts'
import type { Secret } from '../../../platform/secret.ts'
import type { Log, SecretStore } from '../../../ports.ts'
import { openScaleway } from '../../../vendors/scaleway/client.ts'
import { activated } from '../../stages.ts'
import { createSecretsApi, explain, type SecretObject, type SecretsApi } from './api.ts'
import { THIS } from './history.ts'
import { createSecret, findSecret, pathOf, refuseEphemeral, removeSecret } from './secret.ts'
import { conflict, content, holds, type Look, lookInto, move } from './versions.ts'

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
    const secrets = createSecretsApi(await openScaleway(api, context, explain), region, projectId)
    return secretStore(secrets, path ?? `/newleaf/${context.environment}`, context.log)
  },
} satisfies Driver<SecretStore, typeof options>

const MOST_ATTEMPTS = 10

function secretStore(api: SecretsApi, folder: string, log: Log): SecretStore {
  /** By name, so that each is looked for once in a run. */
  const found = new Map<string, SecretObject>()

  async function look(name: string): Promise<Look | undefined> {
    const known = found.get(name)
    const here = known && (await lookInto(name, known, api).catch(unlessGone))
    if (here !== undefined && here.history.seen > 0) return here
    found.delete(name)
    const secret = await findSecret(name, pathOf(folder, name), api)
    return secret && lookIntoFound(name, secret)
  }

  /** Once more, with what is found anew, where that may not be there any more. */
  async function onFound<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!isFailure(error, 'NOT_FOUND', 'CONFLICT') || !found.delete(name)) throw error
      return work()
    }
  }

  async function lookIntoFound(name: string, secret: SecretObject): Promise<Look> {
    const here = await lookInto(name, secret, api)
    found.set(name, secret)
    return here
  }

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
          found.delete(name)
        }
      }
    },

    stage: (name, value) =>
      onFound(name, async () => {
        const here = (await look(name)) ?? (await lookIntoFound(name, await createSecret(pathOf(folder, name), api)))
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

    remove(name) {
      found.delete(name)
      return removeSecret(pathOf(folder, name), api)
    },
  }
}

const unlessGone = (error: unknown): undefined => {
  if (!isFailure(error, 'NOT_FOUND')) throw error
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
