import { crc32 } from 'node:zlib'
import * as v from 'valibot'
import { Failure, type FailureCode } from '../../../errors.ts'
import { anyAnswer, type Explanation, numberId, type Rest, textId } from '../../../platform/rest.ts'
import { readProblem } from '../../../vendors/scaleway/problem.ts'
import type { Place } from './secret.ts'

/** Secret Manager of one region, https://www.scaleway.com/en/developers/api/secret-manager/. Objects keep the API's own words. */

export const secretAnswer = v.object({
  id: textId,
  name: v.string(),
  path: v.string(),
  /** With one, versions end on their own. */
  ephemeral_policy: v.nullish(v.unknown()),
})
export type SecretObject = v.InferOutput<typeof secretAnswer>

export const versionAnswer = v.object({
  /** Ten digits fit into a description. */
  revision: v.pipe(numberId, v.maxValue(9_999_999_999)),
  /** `enabled`, `disabled`, `scheduled_for_deletion` (for seven days), `deleted`. */
  status: v.string(),
  description: v.nullish(v.string(), ''),
})
export type VersionObject = v.InferOutput<typeof versionAnswer>

/** The checksum is there if one was sent. */
export const accessAnswer = v.object({
  data: v.pipe(v.string(), v.base64()),
  data_crc32: v.nullish(v.number()),
})

export const pageOf = <Item extends v.GenericSchema>(field: string, item: Item) =>
  v.pipe(
    v.object({ [field]: v.array(item), total_count: v.number() }),
    v.transform((page) => ({ items: page[field] as v.InferOutput<Item>[], total: page.total_count as number })),
  )

/** https://www.scaleway.com/en/docs/secret-manager/reference-content/secret-manager-capabilities-limits/ */
export const MOST_VERSIONS = 20
export const MOST_BYTES = 65_536
const MOST_PAGES = 100

export type SecretsApi = ReturnType<typeof createSecretsApi>

export function createSecretsApi(rest: Rest, region: string, project: string) {
  const root = `/secret-manager/v1beta1/regions/${region}/secrets`

  async function list<Item extends v.GenericSchema>(
    path: string,
    field: string,
    item: Item,
    filter: Readonly<Record<string, string>> = {},
  ): Promise<v.InferOutput<Item>[]> {
    const all: v.InferOutput<Item>[] = []
    const answer = pageOf(field, item)
    for (let page = 1; page <= MOST_PAGES; page++) {
      const query = new URLSearchParams({ ...filter, ...(page > 1 && { page: `${page}` }) })
      const asked = query.size === 0 ? '' : `?${query}`
      const { items, total } = await rest.call({ method: 'GET', path: `${root}${path}${asked}`, answer })
      all.push(...items)
      if (items.length === 0 || all.length >= total) return all
    }
    throw new Failure('ANSWER_INVALID', `Scaleway's list of ${field} has no end`)
  }

  return {
    /** The API lets two secrets have one name: the older one is meant, by everybody. */
    async find({ path, name }: Place, { scheduledForDeletion = false } = {}): Promise<SecretObject | undefined> {
      const secrets = await list('', 'secrets', secretAnswer, {
        name,
        path,
        project_id: project,
        order_by: 'created_at_asc',
        scheduled_for_deletion: `${scheduledForDeletion}`,
      })
      return secrets.find((each) => each.name === name && each.path === path)
    },
    create: ({ path, name }: Place): Promise<SecretObject> =>
      rest.call({
        method: 'POST',
        path: root,
        body: { project_id: project, name, path, type: 'opaque', tags: ['newleaf'], protected: false },
        answer: secretAnswer,
      }),
    remove: (id: string) => rest.call({ method: 'DELETE', path: `${root}/${id}`, answer: anyAnswer }),
    /** Newest first; those that are scheduled for deletion are among them. */
    versions: (id: string): Promise<VersionObject[]> => list(`/${id}/versions`, 'versions', versionAnswer),
    async access(id: string, revision: number): Promise<Buffer> {
      const path = `${root}/${id}/versions/${revision}/access`
      const { data, data_crc32 } = await rest.call({ method: 'GET', path, answer: accessAnswer })
      const bytes = Buffer.from(data, 'base64')
      if (data_crc32 === null || data_crc32 === undefined || data_crc32 === crc32(bytes)) return bytes
      throw new Failure('ANSWER_INVALID', `Scaleway answered GET ${path} with data that does not fit its checksum`)
    },
    /** Resolves to the revision: one more than any before. */
    async add(id: string, description: string, bytes: Buffer): Promise<number> {
      const body = { data: bytes.toString('base64'), description, data_crc32: crc32(bytes) }
      const path = `${root}/${id}/versions`
      return (await rest.call({ method: 'POST', path, body, answer: versionAnswer })).revision
    },
    removeVersion: (id: string, revision: number) =>
      rest.call({ method: 'DELETE', path: `${root}/${id}/versions/${revision}`, answer: anyAnswer }),
  }
}

const CODES: Readonly<Record<string, FailureCode>> = {
  denied_authentication: 'DENIED',
  permissions_denied: 'DENIED',
  not_found: 'NOT_FOUND',
  unknown_resource: 'NOT_FOUND',
  already_exists: 'CONFLICT',
  precondition_failed: 'CONFLICT',
  transient_state: 'UNAVAILABLE',
  locked: 'UNAVAILABLE',
  quotas_exceeded: 'STORE_FAILED',
  too_many_requests: 'RATE_LIMITED',
}

/** Only what Scaleway itself calls not found is absent; a page from something in between is not. */
export function explain(status: number, body: unknown): Explanation | undefined {
  const problem = readProblem(body, 'resource')
  if (problem === undefined) return status === 404 ? { code: 'ANSWER_INVALID' } : undefined
  const { type, reason } = problem
  const known = Object.hasOwn(CODES, type) ? CODES[type] : undefined
  const code = known ?? (status === 404 ? 'ANSWER_INVALID' : undefined)
  return { ...(code && { code }), ...(reason && { reason }) }
}
