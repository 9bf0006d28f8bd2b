import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Http } from '../../lib/platform/http.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { explain, secretAnswer, versionAnswer } from '../../lib/secrets/drivers/scaleway-secret-manager/api.ts'
import { historyOf } from '../../lib/secrets/drivers/scaleway-secret-manager/history.ts'
import { pageOf } from '../../lib/vendors/scaleway/pages.ts'
import { httpTo, openScalewaySecrets } from '../support/practice-secrets.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { describeRecordings, isLikeARecordedOne, route, type Sent } from '../support/recordings.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let http: Http
beforeAll(async () => {
  practice = await practiceWorld()
  http = httpTo(practice.world)
})
afterAll(async () => {
  await http.close()
  await practice.close()
})

const SECRETS = '/secret-manager/v1beta1/regions/fr-par/secrets'

describeRecordings('secrets/scaleway', (conversations) => {
  const exchanges = conversations.flatMap((each) => each.exchanges)

  test('every recorded answer can be read', () => {
    const schemas: Readonly<Record<string, v.GenericSchema>> = {
      [`POST ${SECRETS}`]: secretAnswer,
      [`GET ${SECRETS}`]: pageOf('secrets', secretAnswer),
      [`GET ${SECRETS}/…`]: secretAnswer,
      [`GET ${SECRETS}/…/versions`]: pageOf('versions', versionAnswer),
      [`POST ${SECRETS}/…/versions`]: versionAnswer,
      [`GET ${SECRETS}/…/versions/…`]: versionAnswer,
    }
    const read = exchanges.flatMap(({ request, response }) => {
      const schema = response.status === 200 ? schemas[route(request)] : undefined
      return schema ? [{ call: route(request), ...v.safeParse(schema, response.body) }] : []
    })
    expect(new Set(read.map(({ call }) => call)).size).toBe(6)
    expect(read.length).toBeGreaterThan(30)
    expect(read.filter(({ success }) => !success)).toEqual([])
  })

  test('versions that nobody but people made are a secret with its newest enabled version current', () => {
    const lists = exchanges
      .filter(({ request, response }) => route(request) === `GET ${SECRETS}/…/versions` && response.status === 200)
      .map(({ response }) => v.parse(pageOf('versions', versionAnswer), response.body).items)
      .filter((versions) => versions.length === 2)
    const stages = lists.map((versions) => historyOf('shop', versions).stages)
    expect(stages.length).toBeGreaterThan(1)
    expect(stages.every(({ current, pending }) => current?.version === '2' && pending === undefined)).toBe(true)
  })

  test('every recorded refusal is understood', () => {
    const refusals = exchanges.filter(({ response }) => response.status > 299)
    expect(refusals.map(({ response }) => explain(response.status, response.body))).toEqual([
      { code: 'CONFLICT', reason: 'precondition is not respected; cannot delete a protected secret' },
    ])
  })

  /** Nobody recorded a content being read, or sent with its checksum; for both there is only the documentation. */
  const documented = (sent: Sent): Sent[] => {
    if (sent.url.endsWith('/access')) return []
    if (sent.method !== 'POST' || !sent.url.endsWith('/versions')) return [sent]
    const { data_crc32: _, ...body } = JSON.parse(sent.body ?? '') as { data_crc32: number }
    return [{ ...sent, body: JSON.stringify(body) }]
  }

  test('what the driver sends says nothing that a recorded request did not say in the same types', async () => {
    const { store, requests } = await openScalewaySecrets(practice.world, '/newleaf/recorded', http)
    const first = await store.stage('certificate/shop', new Secret('one'))
    await store.activate('certificate/shop', first, undefined)
    await store.activate('certificate/shop', await store.stage('certificate/shop', new Secret('two')), first)
    await store.stage('certificate/shop', new Secret('three'))
    await store.read('certificate/shop', 'previous')
    expect([...new Set(requests.map(route))].sort()).toEqual([
      `DELETE ${SECRETS}/…/versions/…`,
      `GET ${SECRETS}`,
      `GET ${SECRETS}/…/versions`,
      `GET ${SECRETS}/…/versions/…/access`,
      `POST ${SECRETS}`,
      `POST ${SECRETS}/…/versions`,
    ])
    expect(requests.flatMap(documented).filter((sent) => !isLikeARecordedOne(sent, conversations))).toEqual([])
  })
})
