import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createListeners } from '../../sandbox/listeners.ts'
import { startScaleway } from '../../sandbox/scaleway/scaleway.ts'
import { practiceWorld, rawClient } from '../support/practice-world.ts'
import { describeRecordings, type Exchange } from '../support/recordings.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(() => practice.close())
beforeEach(() => void practice.world.scaleway.state.secrets.splice(0))

const ROOT = '/secret-manager/v1beta1/regions/fr-par'
const call = (method: string, path: string, body?: unknown) => practice.scaleway.call(method, ROOT + path, body)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const create = async (name: string, more: object = {}): Promise<string> =>
  (await call('POST', '/secrets', { project_id: practice.world.memory.scaleway.project, name, ...more })).body.id
const add = async (id: string, text: string, more: object = {}) =>
  (await call('POST', `/secrets/${id}/versions`, { data: base64(text), ...more })).body

describeRecordings('secrets/scaleway', (conversations) => {
  const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

  /** Every id as the number of its first appearance, and every time as such. */
  function plain(value: unknown, ids: string[]): unknown {
    if (typeof value === 'string' && TIME.test(value)) return '<time>'
    if (typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value)) {
      if (!ids.includes(value)) ids.push(value)
      return `<id ${ids.indexOf(value)}>`
    }
    if (Array.isArray(value)) return value.map((each) => plain(each, ids))
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(fields.map(([name, each]) => [name, plain(each, ids)]))
  }

  /** Says what was said then, about the secrets that stand in the place of those. */
  async function replayed(exchanges: readonly Exchange[]) {
    const { project } = practice.world.memory.scaleway
    const places = new Map<string, string>()
    const here = (text: string) =>
      text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => places.get(id) ?? project)
    const answers = []
    for (const { request, response } of exchanges) {
      const { pathname, search } = new URL(request.url)
      const body = request.body === undefined || request.body === null ? undefined : here(JSON.stringify(request.body))
      const answer = await practice.scaleway.call(request.method, here(pathname + search), body)
      const made = (response.body as { id?: string } | null)?.id
      if (request.method === 'POST' && pathname.endsWith('/secrets') && made) places.set(made, answer.body.id)
      answers.push(answer)
    }
    return answers
  }

  test.each(conversations)('the sandbox answers word for word as the vendor did: $name', async ({ exchanges }) => {
    const answers = await replayed(exchanges)
    const [then, now]: string[][] = [[], []]
    for (const [index, { request, response }] of exchanges.entries()) {
      const recorded = plain({ status: response.status, body: response.body || null }, then ?? [])
      const { status, body } = answers[index] ?? { status: 0, body: null }
      const what = `${request.method} ${request.url}`
      expect({ what, answer: plain({ status, body: body || null }, now ?? []) }).toEqual({ what, answer: recorded })
    }
  })
})

describe('the Secret Manager of the sandbox, where nobody recorded it', () => {
  test('a content is read by number, by "latest" and "latest_enabled", by id and by path, with the checksum it came with', async () => {
    const id = await create('shop', { path: '/newleaf/prod' })
    await add(id, 'one', { data_crc32: 2053932785 })
    await add(id, 'two')
    await call('POST', `/secrets/${id}/versions/2/disable`, {})
    const access = (revision: string) => call('GET', `/secrets/${id}/versions/${revision}/access`)
    const one = { secret_id: id, revision: 1, data: base64('one'), data_crc32: 2053932785, type: 'opaque' }
    expect((await access('1')).body).toEqual(one)
    expect((await access('latest_enabled')).body).toEqual(one)
    expect((await access('latest')).body).toMatchObject({ type: 'precondition_failed' })
    const place = `project_id=${practice.world.memory.scaleway.project}&secret_name=shop&secret_path=`
    const byPath = (path: string) =>
      call('GET', `/secrets-by-path/versions/1/access?${place}${encodeURIComponent(path)}`)
    expect((await byPath('/newleaf/prod')).body).toEqual(one)
    expect(await byPath('/')).toMatchObject({ status: 404, body: { type: 'not_found', resource: 'secret' } })
    await call('POST', `/secrets/${id}/versions/2/enable`, {})
    expect((await access('latest')).body).toMatchObject({ revision: 2, data: base64('two'), data_crc32: null })
  })

  test('what does not fit its checksum, is no base64 or has more than 64 KiB is refused', async () => {
    const id = await create('shop')
    const refused = async (body: object) => (await call('POST', `/secrets/${id}/versions`, body)).body
    expect(await refused({ data: base64('one'), data_crc32: 1 })).toMatchObject({ type: 'invalid_arguments' })
    expect(await refused({ data: 'no base64!' })).toMatchObject({ type: 'invalid_arguments' })
    expect(await refused({})).toMatchObject({ details: [{ argument_name: 'data', reason: 'required' }] })
    expect(await refused({ data: base64('x'.repeat(65_537)) })).toMatchObject({ type: 'invalid_arguments' })
    expect(await add(id, 'x'.repeat(65_536))).toMatchObject({ revision: 1 })
  })

  test('the 21st version is refused until one is deleted, and numbers are never given twice', async () => {
    const id = await create('shop')
    for (let count = 1; count <= 20; count++) await add(id, `${count}`)
    const full = await call('POST', `/secrets/${id}/versions`, { data: base64('21') })
    expect(full).toMatchObject({ status: 403, body: { type: 'quotas_exceeded' } })
    await call('DELETE', `/secrets/${id}/versions/20`)
    expect(await add(id, '21')).toMatchObject({ revision: 21, latest: true })
    const { body } = await call('GET', `/secrets/${id}/versions?page=2`)
    expect(body).toMatchObject({ total_count: 21, versions: [{ revision: 1 }] })
    expect((await call('GET', `/secrets/${id}/versions?status=scheduled_for_deletion`)).body.total_count).toBe(1)
  })

  test('a deleted secret is listed apart, can be restored, and is gone after seven days', async () => {
    const id = await create('shop')
    await add(id, 'one')
    await call('DELETE', `/secrets/${id}`)
    const count = async (scheduled: boolean) =>
      (await call('GET', `/secrets?name=shop&scheduled_for_deletion=${scheduled}`)).body.total_count
    expect([await count(false), await count(true)]).toEqual([0, 1])
    expect((await call('GET', `/secrets/${id}/versions/1/access`)).status).toBe(412)
    expect((await call('POST', `/secrets/${id}/versions`, { data: base64('two') })).status).toBe(412)
    await call('POST', `/secrets/${id}/restore`, {})
    expect([await count(false), await count(true)]).toEqual([1, 0])
    await call('DELETE', `/secrets/${id}`)
    const [secret] = practice.world.scaleway.state.secrets
    if (secret) secret.deletion_requested_at = new Date(Date.now() - 8 * 86_400_000).toISOString()
    expect(await call('GET', `/secrets/${id}`)).toMatchObject({ status: 404, body: { type: 'not_found' } })
  })

  test('each right is its own: to list, to read a content, to create, to write and to delete', async () => {
    const { memory, zones } = practice.world
    const id = await create('shop')
    await add(id, 'one')
    const calls = {
      'secret:read': ['GET', `/secrets/${id}/versions`],
      'secret:access': ['GET', `/secrets/${id}/versions/1/access`],
      'secret:write': ['POST', `/secrets/${id}/versions`, { data: base64('two') }],
      'secret:create': ['POST', '/secrets', { project_id: memory.scaleway.project, name: 'other' }],
      'secret:delete': ['DELETE', `/secrets/${id}/versions/1`],
    } as const
    const rights = Object.keys(calls) as (keyof typeof calls)[]
    const api = await startScaleway({
      tls: memory.tls,
      tokens: rights.map((right) => ({ token: `canary-token-${right}`, rights: [right] })),
      state: { ...memory.scaleway, frontends: [] },
      hosted: { zones: [], ids: {} },
      table: zones,
      listeners: createListeners({ addresses: ['127.0.0.1'] }),
      save: () => {},
    })
    const allowed: string[] = []
    for (const right of rights) {
      const client = rawClient(api.port, practice.world, { 'x-auth-token': `canary-token-${right}` })
      for (const [action, [method, path, body]] of Object.entries(calls)) {
        const { status, body: said } = await client.call(method, ROOT + path, body)
        if (status < 300) allowed.push(`${right} allows ${action}`)
        else expect(said).toMatchObject({ type: 'permissions_denied' })
      }
      await client.close()
    }
    await api.close()
    expect(allowed).toEqual(rights.map((right) => `${right} allows ${right}`))
  })

  test('a name or a path with other characters is refused', async () => {
    const { project } = practice.world.memory.scaleway
    for (const place of [{ name: 'a/b' }, { name: 'a b' }, { name: 'a', path: 'b' }, { name: 'a', path: '/b//c' }]) {
      const { body } = await call('POST', '/secrets', { project_id: project, ...place })
      expect(body).toMatchObject({ type: 'invalid_arguments' })
    }
  })

  test('what is kept in confidence stands in no log', async () => {
    const id = await create('shop')
    await add(id, 'canary-token-one')
    const [logged] = practice.world.scaleway.requests.filter(({ path }) => path === `${ROOT}/secrets/${id}/versions`)
    expect(logged?.body).toBe('<hidden>')
  })
})
