import * as v from 'valibot'
import { expect, test } from 'vitest'
import * as linode from '../../lib/dns/drivers/linode.ts'
import * as scaleway from '../../lib/dns/drivers/scaleway.ts'
import { inZone } from '../../lib/dns/zone-record.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { pageOf as linodePageOf } from '../../lib/vendors/linode/pages.ts'
import { pageOf as scalewayPageOf } from '../../lib/vendors/scaleway/pages.ts'
import { at, fakes } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import {
  type Conversation,
  describeRecordings,
  type Exchange,
  isLikeARecordedOne,
  route,
} from '../support/recordings.ts'

const SCALEWAY_RECORDS = 'GET /domain/v2beta1/dns-zones/…/records'
const pages = {
  [SCALEWAY_RECORDS]: scalewayPageOf('records', scaleway.recordAnswer),
  'GET /v4/domains': linodePageOf(linode.domainAnswer),
  'GET /v4/domains/…/records': linodePageOf(linode.recordAnswer),
}

const readable = (conversations: readonly Conversation[]) =>
  conversations.flatMap(({ exchanges }) =>
    exchanges.flatMap(({ request, response }) => {
      const schema = Object.entries(pages).find(([known]) => known === route(request))?.[1]
      return schema === undefined ? [] : [{ url: request.url, result: v.safeParse(schema, response.body) }]
    }),
  )

/** Everything that a driver sends for two values, one of them added again, and both removed. */
async function sentBy(driver: 'scaleway' | 'linode'): Promise<readonly HttpRequest[]> {
  const vendor = fakes[driver]()
  const provider = await vendor.open()
  const record = at('_acme-challenge', 'one')
  for (const value of ['one', 'two', 'two']) await provider.addTxt({ ...record, value })
  for (const value of ['one', 'two']) await provider.removeTxt({ ...record, value })
  return vendor.requests
}

/** Plays a conversation up to its last exchange of this method: what was last read then is read again. */
function replay(
  exchanges: readonly Exchange[],
  method: string,
): { context: DriverContext; sent: HttpRequest[]; last: Exchange } {
  const end = exchanges.findLastIndex(({ request }) => request.method === method)
  const last = exchanges[end] as Exchange
  const page = (url: string) => new URL(url).searchParams.get('page') ?? '1'
  const { context, requests: sent } = contextOver(
    answering((request) => {
      const isSame = (each: Exchange) =>
        route(each.request) === route(request) && page(each.request.url) === page(request.url)
      const read = exchanges.slice(0, end).findLast(isSame)
      return (request.method === method ? last : read)?.response ?? { status: 404 }
    }),
    'canary-token-dns',
  )
  return { context, sent, last }
}

const token = { from: 'env', name: 'TOKEN' } as const
const named = (conversations: readonly Conversation[], name: string) =>
  conversations.find((each) => each.name === name)?.exchanges ?? []

describeRecordings('dns/scaleway', (conversations) => {
  test('every recorded answer can be read', () => {
    const answers = readable(conversations)
    expect(answers.length).toBeGreaterThan(20)
    expect(answers.filter(({ result }) => !result.success)).toEqual([])
  })

  test('every request has the shape of a recorded one that succeeded', async () => {
    const sent = await sentBy('scaleway')
    expect(sent.length).toBeGreaterThan(5)
    expect(sent.filter((request) => !isLikeARecordedOne(request, conversations))).toEqual([])
  })

  test('of two values at a name it removes the same record as was removed then', async () => {
    const { context, sent, last } = replay(named(conversations, 'delete-one-value-leaves-others'), 'PATCH')
    const provider = await scaleway.driver.open({ token }, context)
    const name = '_acme-challenge.deleterecordinset.example.com'
    await provider.removeTxt(inZone({ name, value: 'challengetoken1', zone: 'example.com', provider: 'main' }))
    expect(JSON.parse(sent.at(-1)?.body ?? '')).toMatchObject(last.request.body as object)
  })

  test('a value that a recorded answer shows is not added again', async () => {
    const { context, sent } = replay(named(conversations, 'delete-one-value-leaves-others'), 'PATCH')
    const provider = await scaleway.driver.open({ token }, context)
    const name = '_acme-challenge.deleterecordinset.example.com'
    await provider.addTxt(inZone({ name, value: 'challengetoken2', zone: 'example.com', provider: 'main' }))
    expect(sent.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})

describeRecordings('dns/linode', (conversations) => {
  test('every recorded answer can be read', () => {
    const answers = readable(conversations)
    expect(answers.length).toBeGreaterThan(10)
    expect(answers.filter(({ result }) => !result.success)).toEqual([])
  })

  test('every request has the shape of a recorded one that succeeded', async () => {
    const sent = await sentBy('linode')
    expect(sent.length).toBeGreaterThan(5)
    expect(sent.filter((request) => !isLikeARecordedOne(request, conversations))).toEqual([])
  })

  test('of two values at a name it removes the same record as was removed then', async () => {
    const { context, sent, last } = replay(named(conversations, 'delete-one-value-leaves-others'), 'DELETE')
    const provider = await linode.driver.open({ token }, context)
    const zone = 'lexicon-test.com'
    const name = `_acme-challenge.deleterecordinset.${zone}`
    await provider.removeTxt(inZone({ name, value: 'challengetoken1', zone, provider: 'main' }))
    expect(sent.at(-1)).toMatchObject({ method: 'DELETE', url: last.request.url })
  })
})
