import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { Failure, isFailure } from '../../../errors.ts'
import type { Driver } from '../../../platform/driver.ts'
import { Secret } from '../../../platform/secret.ts'
import type { SecretStore, Stage } from '../../../ports.ts'
import { awsOptions, openAws } from '../../../vendors/aws/client.ts'
import { checkedName } from '../../names.ts'
import type { Label, Labels, SecretsManager } from './api.ts'

const options = v.strictObject({
  prefix: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][\w+=.@/-]{0,255}$/, 'expected a path such as newleaf/prod'),
      v.transform((prefix) => prefix.replace(/\/+$/, '')),
      v.description('The names of the secrets begin with it; newleaf/ and the environment if absent.'),
    ),
  ),
  ...awsOptions,
  kmsKey: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description('ID, alias or ARN of the KMS key of secrets that are created.')),
  ),
  tags: v.optional(
    v.pipe(
      v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(128)), v.pipe(v.string(), v.maxLength(256))),
      v.description('Tags of secrets that are created.'),
    ),
    {},
  ),
  create: v.optional(
    v.pipe(v.boolean(), v.description('Whether secrets that are missing are created; if not, create them empty.')),
    true,
  ),
})

/** AWS Secrets Manager: the stages are its version stages. */
export const driver = {
  options,
  async open({ prefix, create, ...given }, context) {
    const [aws, { createSecretsManager }] = await Promise.all([openAws(given, context), import('./api.ts')])
    return secretStore(createSecretsManager(aws, given), prefix ?? `newleaf/${context.environment}`, create)
  },
} satisfies Driver<SecretStore, typeof options>

const LABELS = { current: 'AWSCURRENT', pending: 'AWSPENDING', previous: 'AWSPREVIOUS' } as const satisfies Record<
  Stage,
  Label
>

/**
 * The first version of a secret becomes current, whatever label it is given
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html), so the first one says that
 * nothing is.
 */
const NOTHING = {
  version: 'newleaf-nothing-is-stored-here-yet',
  value: new Secret('{"newleaf":"nothing is stored here yet"}'),
}

function secretStore(api: SecretsManager, prefix: string, create: boolean): SecretStore {
  const idOf = (name: string) => `${prefix}/${checkedName(name)}`

  /** Sees to it that the secret is there and has a version; resolves to the labels that it had before. */
  async function prepared(id: string): Promise<Labels> {
    const labels = await api.labels(id)
    if (labels?.AWSCURRENT !== undefined) return labels
    if (labels !== undefined) await api.put(id, NOTHING.version, NOTHING.value, 'AWSCURRENT')
    else if (create) await api.create(id, NOTHING.version, NOTHING.value)
    else throw absent(id)
    return {}
  }

  return {
    async read(name, stage) {
      const stored = await api.read(idOf(name), LABELS[stage])
      return stored?.version === NOTHING.version ? undefined : stored
    },

    async stage(name, value) {
      const id = idOf(name)
      checkSize(id, value)
      const version = versionOf(id, value)
      return unlessRaced(id, async () => {
        const { AWSPENDING: from } = await prepared(id)
        if (from === version) return version
        const labels = await api.put(id, version, value, 'AWSPENDING')
        // A version that was there already got no label.
        if (!labels.includes('AWSPENDING')) await api.move(id, 'AWSPENDING', { from, to: version })
        return version
      })
    },

    async activate(name, version, expected) {
      const id = idOf(name)
      await unlessRaced(id, async () => {
        const labels = await api.labels(id)
        const { AWSCURRENT: current, AWSPENDING: pending, AWSPREVIOUS: previous } = labels ?? {}
        if (current !== version) {
          const known = version === pending || version === previous
          if (!known || current !== (expected ?? NOTHING.version)) throw conflict(id)
          await api.move(id, 'AWSCURRENT', { from: current, to: version })
          if (pending !== undefined) await api.move(id, 'AWSPENDING', { from: pending, to: undefined })
        } else if (pending === version) {
          await api.move(id, 'AWSPENDING', { from: pending, to: undefined })
        }
      })
    },

    remove: async (name) => ((await api.scheduleDeletion(idOf(name))) ? 'scheduled' : 'removed'),
  }
}

const RACES = 5

/** Works again from the first look when a label was no longer where it had been seen. */
async function unlessRaced<T>(id: string, work: () => Promise<T>): Promise<T> {
  for (let race = 1; race < RACES; race++) {
    try {
      return await work()
    } catch (error) {
      if (!isFailure(error, 'CONFLICT')) throw error
    }
  }
  throw conflict(id)
}

/**
 * The same for the same content. Who may list the versions of a secret can guess at a short text with it, at a private key
 * or a random token not.
 */
const versionOf = (id: string, value: Secret): string =>
  createHash('sha256').update(`${id}\0${value.reveal()}`).digest('hex')

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_BYTES = 65_536

function checkSize(id: string, value: Secret): void {
  const size = Buffer.byteLength(value.reveal())
  if (size > 0 && size <= MAX_BYTES) return
  throw new Failure('STORE_FAILED', `the secret ${id} would have ${size} bytes: 1 to ${MAX_BYTES} are possible`)
}

const conflict = (id: string) =>
  new Failure('SECRET_CONFLICT', `the secret ${id} was changed by another run: it must be looked at again`, {
    fields: { secret: id },
  })

const absent = (id: string) =>
  new Failure(
    'NOT_FOUND',
    `there is no secret ${id}, and \`create\` is off: create it with "aws secretsmanager create-secret --name ${id}"`,
    { fields: { secret: id } },
  )
