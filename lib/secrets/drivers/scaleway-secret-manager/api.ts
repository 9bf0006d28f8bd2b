import { crc32 } from 'node:zlib'
import * as v from 'valibot'
import { Failure } from '../../../errors.ts'
import { anyAnswer, type Explanation, numberId, type Rest, textId } from '../../../platform/rest.ts'
import { everyPage } from '../../../vendors/scaleway/pages.ts'
import { explainWith } from '../../../vendors/scaleway/problem.ts'
import type { SecretPath } from './secret.ts'

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

/** https://www.scaleway.com/en/docs/secret-manager/reference-content/secret-manager-capabilities-limits/ */
export const MOST_VERSIONS = 20
export const MOST_BYTES = 65_536

export type SecretsApi = ReturnType<typeof createSecretsApi>

export function createSecretsApi(rest: Rest, region: string, project: string) {
  const root = `/secret-manager/v1beta1/regions/${region}/secrets`

  /** As the vendor's own clients ask for it. */
  const list = <Item extends v.GenericSchema>(
    path: string,
    field: string,
    item: Item,
    query: Readonly<Record<string, string>> = {},
  ) => everyPage({ path: root + path, field, item, query, plainFirstPage: true }, rest)

  return {
    /** The API lets two secrets have one name: the older one is meant, by everybody. */
    async find({ path, name }: SecretPath, { scheduledForDeletion = false } = {}): Promise<SecretObject | undefined> {
      const secrets = await list('', 'secrets', secretAnswer, {
        name,
        path,
        project_id: project,
        order_by: 'created_at_asc',
        scheduled_for_deletion: `${scheduledForDeletion}`,
      })
      return secrets.find((each) => each.name === name && each.path === path)
    },
    create: ({ path, name }: SecretPath): Promise<SecretObject> =>
      rest.call({
        method: 'POST',
        path: root,
        body: { project_id: project, name, path, type: 'opaque', tags: ['newleaf'], protected: false },
        answer: secretAnswer,
      }),
    remove: (id: string) => rest.call({ method: 'DELETE', path: `${root}/${id}`, answer: anyAnswer }),
    /** Newest first; those that are scheduled for deletion are among them. */
    versions: (id: string): Promise<readonly VersionObject[]> => list(`/${id}/versions`, 'versions', versionAnswer),
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

/** A quota of secrets or versions is the store's own trouble. */
const said = explainWith({ quotas_exceeded: 'STORE_FAILED' })

/** Only what Scaleway itself calls not found is absent; a page from something in between is not. */
export function explain(status: number, body: unknown): Explanation | undefined {
  const explanation = said(status, body)
  if (status !== 404 || explanation?.code !== undefined) return explanation
  return { ...explanation, code: 'ANSWER_INVALID' }
}
