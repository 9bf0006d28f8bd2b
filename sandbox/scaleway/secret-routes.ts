import type { ApiRequest, Route } from '../api.ts'
import { fieldsOf, invalidArgument, page, textField } from './refusals.ts'
import type { KeptSecret, Secrets } from './secrets.ts'

export const ROOT = '^/secret-manager/v1beta1/regions/(fr-par|nl-ams|pl-waw)'
const SECRETS = new RegExp(`${ROOT}/secrets$`)
const SECRET = new RegExp(`${ROOT}/secrets/([^/]+)$`)
const SECRET_VERB = new RegExp(`${ROOT}/secrets/([^/]+)/(protect|unprotect|restore)$`)

/** `secret-manager/v1beta1`, region by region: the secrets; `secretVersionRoutes` has their versions. */
export function secretRoutes(secrets: Secrets, project: string, save: () => void): Route[] {
  const shown = (secret: KeptSecret) => shownSecret(secret, project)
  const secretOf = ({ params: [region, id] }: ApiRequest) => secrets.get(region, id)
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
  ]
}

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

const shownSecret = (secret: KeptSecret, project: string) => {
  const { versions, lastRevision: _, ...facts } = secret
  const more = { status: 'ready', managed: false, used_by: [], key_id: null }
  return { ...facts, ...more, project_id: project, version_count: versions.length }
}
