import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Refusal } from '../api.ts'
import { invalidArgument, missing, quotaExceeded } from './refusals.ts'

export interface KeptSecret {
  readonly id: string
  readonly region: string
  readonly created_at: string
  updated_at: string
  name: string
  path: string
  type: string
  description: string
  tags: string[]
  protected: boolean
  /** As it was sent; null without one. */
  readonly ephemeral_policy: unknown
  deletion_requested_at: string | null
  /** In the order of their revisions. */
  versions: KeptVersion[]
  /** Of the newest version there ever was: no number is given twice. */
  lastRevision: number
}

export interface KeptVersion {
  readonly revision: number
  readonly created_at: string
  updated_at: string
  status: 'enabled' | 'disabled' | 'scheduled_for_deletion'
  description: string
  deletion_requested_at: string | null
  /** In base64. */
  readonly data: string
  readonly data_crc32: number | null
}

const TYPES = ['opaque', 'certificate', 'key_value', 'basic_credentials', 'database_credentials', 'ssh_key']
const MOST_SECRETS = 250
const MOST_VERSIONS = 20
const MOST_BYTES = 65_536
/** What is scheduled for deletion is gone after seven days (scw-docs, secret-manager/concepts, "Scheduled deletion"). */
const KEPT_FOR = 7 * 86_400_000
const NAME = /^[A-Za-z0-9_.-]{1,255}$/

export const now = () => new Date().toISOString()

/** The rules of Secret Manager, without its shapes. */
export function createSecrets(secrets: KeptSecret[]) {
  const isGone = ({ deletion_requested_at: at }: { readonly deletion_requested_at: string | null }) =>
    at !== null && Date.parse(at) + KEPT_FOR <= Date.now()

  function tidyUp(): void {
    for (const secret of secrets) secret.versions = secret.versions.filter((each) => !isGone(each))
    secrets.splice(0, secrets.length, ...secrets.filter((each) => !isGone(each)))
  }

  return {
    all(region: string): readonly KeptSecret[] {
      tidyUp()
      return secrets.filter((each) => each.region === region)
    },

    get(region = '', id = ''): KeptSecret {
      tidyUp()
      const found = secrets.find((each) => each.id === id && each.region === region)
      if (found === undefined) throw missing('secret', id)
      return found
    },

    /** Two of them may have one name. */
    create(
      region: string,
      fields: Pick<KeptSecret, 'name' | 'path' | 'type' | 'description' | 'tags' | 'protected' | 'ephemeral_policy'>,
    ) {
      checkPlace(fields)
      if (!TYPES.includes(fields.type)) throw invalidArgument('type', 'constraint', 'unknown type')
      if (secrets.length >= MOST_SECRETS) throw quotaExceeded('secrets', MOST_SECRETS, secrets.length)
      const at = now()
      const secret: KeptSecret = {
        ...{ id: randomUUID(), region, created_at: at, updated_at: at, ...fields },
        ...{ deletion_requested_at: null, versions: [], lastRevision: 0 },
      }
      secrets.push(secret)
      return secret
    },

    change(
      secret: KeptSecret,
      fields: Partial<Pick<KeptSecret, 'name' | 'path' | 'description' | 'tags' | 'protected'>>,
    ) {
      checkPlace({ ...secret, ...fields })
      return Object.assign(secret, fields, { updated_at: now() })
    },

    /** Protects the secret, but not its versions. */
    remove(secret: KeptSecret): void {
      if (secret.protected) throw precondition('protected_resource', 'cannot delete a protected secret')
      refuseDeleted(secret)
      const at = now()
      Object.assign(secret, { deletion_requested_at: at, updated_at: at })
    },
  }
}

/** What may be done with the versions of a secret. */
export const secretVersions = {
  add(secret: KeptSecret, data: string, description: string, checksum: number | null): KeptVersion {
    refuseDeleted(secret)
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length > MOST_BYTES) throw invalidArgument('data', 'constraint', `data is limited to ${MOST_BYTES} bytes`)
    if (checksum !== null && checksum !== crc32(bytes)) {
      throw invalidArgument('data_crc32', 'constraint', 'the checksum does not match the data')
    }
    const held = secret.versions.filter(({ status }) => status !== 'scheduled_for_deletion')
    if (held.length >= MOST_VERSIONS) throw quotaExceeded('secret_versions', MOST_VERSIONS, held.length)
    const at = now()
    const version: KeptVersion = {
      ...{ revision: ++secret.lastRevision, created_at: at, updated_at: at, status: 'enabled', description },
      ...{ deletion_requested_at: null, data, data_crc32: checksum },
    }
    secret.versions.push(version)
    return version
  },

  /** A number, `latest` or `latest_enabled`. */
  version({ id, versions }: KeptSecret, revision = ''): KeptVersion {
    const enabled = versions.filter(({ status }) => status === 'enabled')
    const found =
      revision === 'latest'
        ? versions.at(-1)
        : revision === 'latest_enabled'
          ? enabled.at(-1)
          : versions.find((each) => `${each.revision}` === revision)
    if (found === undefined) throw missing('secret_version', `${id}/${revision}`)
    return found
  },

  removeVersion(version: KeptVersion): void {
    if (version.status === 'scheduled_for_deletion') throw notUsable('the version is scheduled for deletion')
    Object.assign(version, { status: 'scheduled_for_deletion', deletion_requested_at: now() })
  },

  read(secret: KeptSecret, version: KeptVersion): KeptVersion {
    refuseDeleted(secret)
    if (version.status !== 'enabled') throw notUsable(`the version is ${version.status.replaceAll('_', ' ')}`)
    return version
  },
}

export type Secrets = ReturnType<typeof createSecrets>

function checkPlace({ name, path }: Pick<KeptSecret, 'name' | 'path'>): void {
  if (!NAME.test(name)) throw invalidArgument('name', 'constraint', 'a name has 1 to 255 letters, digits and . _ -')
  const parts = path === '/' ? [] : path.split('/').slice(1)
  if (!path.startsWith('/') || !parts.every((part) => NAME.test(part))) {
    throw invalidArgument('path', 'constraint', 'a path begins with a slash, its parts are like names')
  }
}

function refuseDeleted({ deletion_requested_at }: KeptSecret): void {
  if (deletion_requested_at !== null) throw notUsable('the secret is scheduled for deletion')
}

const notUsable = (help: string) => precondition('resource_not_usable', help)

/** As recorded for `protected_resource`. */
export const precondition = (name: string, help_message: string) =>
  new Refusal(412, {
    help_message,
    message: 'precondition is not respected',
    precondition: name,
    type: 'precondition_failed',
  })
