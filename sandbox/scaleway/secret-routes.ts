import type { ApiRequest, Route } from '../api.ts'
import { fieldsOf, invalidArgument, page, textField } from './refusals.ts'
import { type KeptSecret, type KeptVersion, now, type Secrets } from './secrets.ts'

const ROOT = '^/secret-manager/v1beta1/regions/(fr-par|nl-ams|pl-waw)'
const SECRETS = new RegExp(`${ROOT}/secrets$`)
const SECRET = new RegExp(`${ROOT}/secrets/([^/]+)$`)
const SECRET_VERB = new RegExp(`${ROOT}/secrets/([^/]+)/(protect|unprotect|restore)$`)
const VERSIONS = new RegExp(`${ROOT}/secrets/([^/]+)/versions$`)
const VERSION = new RegExp(`${ROOT}/secrets/([^/]+)/versions/([^/]+)$`)
const VERSION_VERB = new RegExp(`${ROOT}/secrets/([^/]+)/versions/([^/]+)/(enable|disable|restore)$`)
const ACCESS = new RegExp(`${ROOT}/secrets/([^/]+)/versions/([^/]+)/access$`)
const ACCESS_BY_PATH = new RegExp(`${ROOT}/secrets-by-path/versions/([^/]+)/access$`)

/** `secret-manager/v1beta1`, region by region. What it is told in confidence is not in its log: see `CONFIDENTIAL`. */
export function secretRoutes(secrets: Secrets, project: string, save: () => void): Route[] {
  const shown = (secret: KeptSecret) => shownSecret(secret, project)
  const secretOf = ({ params: [region, id] }: ApiRequest) => secrets.get(region, id)
  const versionOf = (request: ApiRequest) => {
    const secret = secretOf(request)
    return { secret, version: secrets.version(secret, request.params[2]) }
  }
  const changed = <T>(body: T) => {
    save()
    return { status: 200, body }
  }
  const gone = () => {
    save()
    return { status: 204 }
  }
  return [
    { method: 'POST', path: SECRETS, answer: (request) => changed(shown(create(secrets, request, project))) },
    { method: 'GET', path: SECRETS, answer: (request) => ({ status: 200, body: list(secrets, request, project) }) },
    { method: 'GET', path: SECRET, answer: (request) => ({ status: 200, body: shown(secretOf(request)) }) },
    {
      method: 'PATCH',
      path: SECRET,
      answer: (request) => changed(shown(secrets.change(secretOf(request), patchOf(request.body)))),
    },
    {
      method: 'DELETE',
      path: SECRET,
      answer(request) {
        secrets.remove(secretOf(request))
        return gone()
      },
    },
    {
      method: 'POST',
      path: SECRET_VERB,
      answer(request) {
        const [, , verb] = request.params
        const secret = secretOf(request)
        if (verb === 'restore') secret.deletion_requested_at = null
        else secret.protected = verb === 'protect'
        return changed(shown(secret))
      },
    },
    {
      method: 'GET',
      path: VERSIONS,
      answer(request) {
        const secret = secretOf(request)
        const asked = request.query.getAll('status')
        const all = secret.versions.filter(({ status }) => asked.length === 0 || asked.includes(status)).toReversed()
        const versions = page(all, request.query).map((each) => shownVersion(secret, each))
        return { status: 200, body: { versions, total_count: all.length } }
      },
    },
    {
      method: 'POST',
      path: VERSIONS,
      answer(request) {
        const secret = secretOf(request)
        const { description = '', data_crc32 = null } = fieldsOf(request.body)
        const [before, checksum] = [secret.versions.at(-1), checksumIn(data_crc32)]
        const version = secrets.add(secret, base64In(request.body), String(description), checksum)
        if (fieldsOf(request.body).disable_previous === true && before?.status === 'enabled') before.status = 'disabled'
        return changed(shownVersion(secret, version))
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
        return changed(shownVersion(secret, Object.assign(version, { description, updated_at: now() })))
      },
    },
    {
      method: 'DELETE',
      path: VERSION,
      answer(request) {
        secrets.removeVersion(versionOf(request).version)
        return gone()
      },
    },
    {
      method: 'POST',
      path: VERSION_VERB,
      answer(request) {
        const { secret, version } = versionOf(request)
        const status = request.params[3] === 'disable' ? 'disabled' : 'enabled'
        return changed(shownVersion(secret, Object.assign(version, { status, deletion_requested_at: null })))
      },
    },
    {
      method: 'GET',
      path: ACCESS,
      answer(request) {
        const { secret, version } = versionOf(request)
        return { status: 200, body: shownData(secret, secrets.read(secret, version)) }
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
        return { status: 200, body: shownData(found, secrets.read(found, secrets.version(found, revision))) }
      },
    },
  ]
}

/** Requests that carry the content of a secret. */
export const CONFIDENTIAL = VERSIONS

function create(secrets: Secrets, { params: [region = ''], body }: ApiRequest, project: string): KeptSecret {
  const { type = 'opaque', path = '/', description = '', tags, ephemeral_policy = null } = fieldsOf(body)
  if (textField(body, 'project_id') !== project) throw invalidArgument('project_id', 'constraint', 'no such project')
  return secrets.create(region, {
    name: textField(body, 'name'),
    path: String(path),
    type: String(type),
    description: String(description),
    tags: Array.isArray(tags) ? tags.map(String) : [],
    protected: fieldsOf(body).protected === true,
    ephemeral_policy,
  })
}

/** Filters by part of the name, as other lists of this vendor do, and by the exact path. */
function list(secrets: Secrets, { params: [region = ''], query }: ApiRequest, project: string) {
  const [name, path, type] = [query.get('name') ?? '', query.get('path'), query.get('type') ?? 'unknown_type']
  const isScheduled = query.get('scheduled_for_deletion') === 'true'
  const tags = query.getAll('tags')
  const found = secrets
    .all((query.get('project_id') ?? project) === project ? region : '')
    .filter((each) => each.name.includes(name) && (path === null || each.path === path))
    .filter((each) => type === 'unknown_type' || each.type === type)
    .filter((each) => tags.every((tag) => each.tags.includes(tag)))
    .filter((each) => (each.deletion_requested_at !== null) === isScheduled)
    .sort(orderOf(query.get('order_by') ?? 'name_asc'))
  return { secrets: page(found, query).map((each) => shownSecret(each, project)), total_count: found.length }
}

function orderOf(order: string): (one: KeptSecret, other: KeptSecret) => number {
  const [, field, way] = /^(name|created_at|updated_at)_(asc|desc)$/.exec(order) ?? []
  if (field === undefined) throw invalidArgument('order_by', 'constraint', 'unknown order')
  const of = (secret: KeptSecret) => secret[field as 'name' | 'created_at' | 'updated_at']
  const sign = way === 'desc' ? -1 : 1
  return (one, other) => sign * (of(one) < of(other) ? -1 : of(one) > of(other) ? 1 : 0)
}

function patchOf(body: unknown) {
  const { name, path, description, tags } = fieldsOf(body)
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof path === 'string' && { path }),
    ...(typeof description === 'string' && { description }),
    ...(Array.isArray(tags) && { tags: tags.map(String) }),
  }
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

const shownSecret = (secret: KeptSecret, project: string) => {
  const { versions, lastRevision: _, ...facts } = secret
  const more = { status: 'ready', managed: false, used_by: [], key_id: null }
  return { ...facts, ...more, project_id: project, version_count: versions.length }
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
