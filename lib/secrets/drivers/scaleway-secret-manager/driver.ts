import * as v from 'valibot'
import { Failure, isFailure } from '../../../errors.ts'
import { apiOptions, type Driver, envReference } from '../../../platform/driver.ts'
import { Secret } from '../../../platform/secret.ts'
import type { Log, SecretStore } from '../../../ports.ts'
import { openScaleway } from '../../../vendors/scaleway/client.ts'
import { promoted, type Stages } from '../../stages.ts'
import { createSecretsApi, explain, MOST_BYTES, MOST_VERSIONS, type SecretObject, type SecretsApi } from './api.ts'
import {
  type Entry,
  type History,
  hasGap,
  hasHappened,
  historyOf,
  isEnabled,
  isHeld,
  isUnmanaged,
  nextMove,
  spent,
  THIS,
  unreadable,
} from './history.ts'
import { createSecret, findSecret, pathOf, refuseEphemeral } from './secret.ts'

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

/** Of one moment. */
interface Look {
  readonly secret: SecretObject
  readonly history: History
}

const MOST_ATTEMPTS = 10
const MOST_LOOKS = 3

function secretStore(api: SecretsApi, folder: string, log: Log): SecretStore {
  const lookInto = async (name: string, secret: SecretObject): Promise<Look> => ({
    secret,
    history: historyOf(name, await api.versions(secret.id)),
  })

  async function look(name: string): Promise<Look | undefined> {
    const secret = await findSecret(name, pathOf(folder, name), api)
    return secret && lookInto(name, secret)
  }

  /** Its number after `here`; it may turn out that another one came first. */
  async function move(name: string, here: Look, stages: Stages<Entry>, value?: Secret) {
    const { secret, history } = here
    const description = nextMove(history, stages)
    const bytes = Buffer.from(`${description}\n${value?.reveal() ?? ''}`)
    refuseTooMuch(name, history, bytes)
    for (const revision of spent(history)) await discard(name, secret, revision)
    const revision = await api.add(secret.id, description, bytes)
    const next = await lookBack(name, here, revision)
    const happened = hasHappened(next.history, revision)
    if (happened === undefined) throw conflict(name)
    if (!happened) await discard(name, secret, revision)
    return { happened, here: next, version: `${revision}` }
  }

  /** What arrived before may show a moment later. A gap that stays is of versions that are long gone. */
  async function lookBack(name: string, { secret, history: { seen } }: Look, revision: number): Promise<Look> {
    let next = await lookInto(name, secret)
    for (let looks = 1; looks < MOST_LOOKS && hasGap(next.history, seen, revision); looks++) {
      next = await lookInto(name, secret)
    }
    return next
  }

  /** What cannot be deleted is in nobody's way until there is no room left. */
  async function discard(name: string, { id }: SecretObject, revision: number): Promise<void> {
    try {
      await api.removeVersion(id, revision)
    } catch (error) {
      if (isFailure(error, 'NOT_FOUND')) return
      if (!isFailure(error, 'DENIED', 'CONFLICT', 'REJECTED')) throw error
      log.warn('a version that is of no more use was not deleted', { secret: name, revision, reason: error.message })
    }
  }

  /** What is damaged or was just let go of is not the same; whoever needs it is told by `read`. */
  async function holds(name: string, here: Look, entry: Entry | undefined, value: Secret): Promise<boolean> {
    try {
      return entry !== undefined && (await content(name, here, entry, api)).reveal() === value.reveal()
    } catch (error) {
      if (isFailure(error, 'STORE_UNREADABLE', 'NOT_FOUND', 'CONFLICT')) return false
      throw error
    }
  }

  return {
    async read(name, stage) {
      let refused: number | undefined
      for (;;) {
        const here = await look(name)
        const entry = here?.history.stages[stage]
        if (here === undefined || entry === undefined) return undefined
        try {
          return { version: entry.version, value: await content(name, here, entry, api) }
        } catch (error) {
          // It was let go of after we had looked, or something is wrong with it: look again.
          if (!isFailure(error, 'NOT_FOUND', 'CONFLICT') || refused === here.history.seen) throw error
          refused = here.history.seen
        }
      }
    },

    async stage(name, value) {
      let here = (await look(name)) ?? (await lookInto(name, await createSecret(pathOf(folder, name), api)))
      refuseEphemeral(name, here.secret)
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { stages } = here.history
        const { current, pending, previous } = stages
        if (pending !== undefined && (await holds(name, here, pending, value))) return pending.version
        const known = await first([current, previous], (entry) => holds(name, here, entry, value))
        const moved = await move(name, here, { ...stages, pending: known ?? THIS }, known ? undefined : value)
        if (moved.happened) return known?.version ?? moved.version
        here = moved.here
      }
      throw conflict(name)
    },

    async promote(name, version, expected) {
      let here = await look(name)
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const next = promoted(name, here?.history.stages ?? {}, version, expected)
        if (here === undefined || next === undefined) return
        here = (await move(name, here, next)).here
      }
      throw conflict(name)
    },
  }
}

async function first<T>(items: readonly T[], fits: (item: T) => Promise<boolean>): Promise<T | undefined> {
  for (const item of items) if (await fits(item)) return item
  return undefined
}

/** Below its own description, in a version of ours: whatever was edited or moved about is found out. */
async function content(name: string, { secret, history }: Look, { version }: Entry, api: SecretsApi): Promise<Secret> {
  const found = history.versions.find(({ revision }) => `${revision}` === version)
  if (found === undefined || !isEnabled(found)) {
    throw unreadable(name, version, `is needed and ${found?.status ?? 'gone'}: enable or restore it at Scaleway`)
  }
  const { description } = found
  const text = (await api.access(secret.id, found.revision)).toString('utf8')
  if (isUnmanaged(description) && isUnmanaged(text)) return new Secret(text)
  if (text.startsWith(`${description}\n`)) return new Secret(text.slice(description.length + 1))
  throw unreadable(name, version, 'has another description than newleaf gave it')
}

function refuseTooMuch(name: string, history: History, bytes: Buffer): void {
  if (bytes.length > MOST_BYTES) {
    throw new Failure(
      'STORE_FAILED',
      `the secret ${name} would have ${bytes.length} bytes: up to ${MOST_BYTES} are possible`,
    )
  }
  if (history.versions.filter(isHeld).length - spent(history).length >= MOST_VERSIONS) {
    throw new Failure(
      'STORE_FAILED',
      `the secret ${name} holds ${MOST_VERSIONS} versions, as many as Scaleway takes: delete some of those that newleaf did not make`,
      { fields: { secret: name } },
    )
  }
}

const conflict = (name: string) =>
  new Failure(
    'SECRET_CONFLICT',
    `the secret ${name} was changed by others at the same time: it must be looked at again`,
    { fields: { secret: name } },
  )
