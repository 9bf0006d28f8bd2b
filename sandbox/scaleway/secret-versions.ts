import type { ApiRequest, Route } from '../api.ts'
import { fieldsOf, invalidArgument, page, textField } from './refusals.ts'
import { ROOT } from './secret-routes.ts'
import { type KeptSecret, type KeptVersion, now, type Secrets, secretVersions } from './secrets.ts'

const VERSIONS = new RegExp(`${ROOT}/secrets/([^/]+)/versions$`)
const VERSION = new RegExp(`${ROOT}/secrets/([^/]+)/versions/([^/]+)$`)
const VERSION_VERB = new RegExp(`${ROOT}/secrets/([^/]+)/versions/([^/]+)/(enable|disable|restore)$`)
const ACCESS = new RegExp(`${ROOT}/secrets/([^/]+)/versions/([^/]+)/access$`)
const ACCESS_BY_PATH = new RegExp(`${ROOT}/secrets-by-path/versions/([^/]+)/access$`)

/** Requests that carry the content of a secret: what is told in confidence is not in the log. */
export const CONFIDENTIAL = VERSIONS

/** The versions of the secrets of `secretRoutes`. */
export function secretVersionRoutes(secrets: Secrets, save: () => void): Route[] {
  const secretOf = ({ params: [region, id] }: ApiRequest) => secrets.get(region, id)
  const versionOf = (request: ApiRequest) => versionIn(secretOf(request), request.params[2])
  const changed = (secret: KeptSecret, version: KeptVersion) => {
    save()
    return { status: 200, body: shownVersion(secret, version) }
  }
  return [
    {
      method: 'GET',
      path: VERSIONS,
      answer: (request) => ({ status: 200, body: list(secretOf(request), request.query) }),
    },
    {
      method: 'POST',
      path: VERSIONS,
      answer(request) {
        const secret = secretOf(request)
        return changed(secret, add(secret, request.body))
      },
    },
    {
      method: 'GET',
      path: VERSION,
      answer(request) {
        const { secret, version } = versionOf(request)
        return { status: 200, body: shownVersion(secret, version) }
      },
    },
    {
      method: 'PATCH',
      path: VERSION,
      answer(request) {
        const { secret, version } = versionOf(request)
        const { description = version.description } = fieldsOf(request.body)
        return changed(secret, Object.assign(version, { description, updated_at: now() }))
      },
    },
    {
      method: 'DELETE',
      path: VERSION,
      answer(request) {
        secretVersions.removeVersion(versionOf(request).version)
        save()
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: VERSION_VERB,
      answer(request) {
        const { secret, version } = versionOf(request)
        const status = request.params[3] === 'disable' ? 'disabled' : 'enabled'
        return changed(secret, Object.assign(version, { status, deletion_requested_at: null }))
      },
    },
  ]
}

export function secretAccessRoutes(secrets: Secrets): Route[] {
  return [
    {
      method: 'GET',
      path: ACCESS,
      answer({ params }) {
        const { secret, version } = versionIn(secrets.get(params[0], params[1]), params[2])
        return { status: 200, body: shownData(secret, secretVersions.read(secret, version)) }
      },
    },
    {
      method: 'GET',
      path: ACCESS_BY_PATH,
      answer({ params: [region = '', revision], query }) {
        const secret = secrets
          .all(region)
          .find(({ name, path }) => name === query.get('secret_name') && path === (query.get('secret_path') ?? '/'))
        const found = secrets.get(region, secret?.id)
        return {
          status: 200,
          body: shownData(found, secretVersions.read(found, secretVersions.version(found, revision))),
        }
      },
    },
  ]
}

const versionIn = (secret: KeptSecret, revision: string | undefined) => ({
  secret,
  version: secretVersions.version(secret, revision),
})

/** The newest first. */
function list(secret: KeptSecret, query: URLSearchParams) {
  const asked = query.getAll('status')
  const all = secret.versions.filter(({ status }) => asked.length === 0 || asked.includes(status)).toReversed()
  return { versions: page(all, query).map((each) => shownVersion(secret, each)), total_count: all.length }
}

function add(secret: KeptSecret, body: unknown): KeptVersion {
  const { description = '', data_crc32 = null, disable_previous } = fieldsOf(body)
  const [before, checksum] = [secret.versions.at(-1), checksumIn(data_crc32)]
  const version = secretVersions.add(secret, base64In(body), String(description), checksum)
  if (disable_previous === true && before?.status === 'enabled') before.status = 'disabled'
  return version
}

function base64In(body: unknown): string {
  const data = textField(body, 'data')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data)) {
    throw invalidArgument('data', 'format', 'data must be base64')
  }
  return data
}

function checksumIn(value: unknown): number | null {
  if (value === null || (typeof value === 'number' && Number.isInteger(value) && value >= 0)) return value
  throw invalidArgument('data_crc32', 'format', 'data_crc32 must be a whole number')
}

const shownVersion = ({ id, region, lastRevision }: KeptSecret, version: KeptVersion) => {
  const { data: _data, data_crc32: _crc32, ...facts } = version
  const more = { deleted_at: null, ephemeral_properties: null, region }
  return { ...facts, ...more, secret_id: id, latest: version.revision === lastRevision }
}

const shownData = ({ id, type }: KeptSecret, { revision, data, data_crc32 }: KeptVersion) => ({
  secret_id: id,
  revision,
  data,
  data_crc32,
  type,
})
