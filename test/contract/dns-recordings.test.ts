import * as v from 'valibot'
import { expect, test } from 'vitest'
import { dnsDriver, dnsPeers } from '../support/dns-peers.ts'
import { at, type DnsPeer, type HttpVendor, type Played, type Removal, TOKEN } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import {
  type Conversation,
  describeRecordings,
  type Exchange,
  isLikeARecordedOne,
  route,
} from '../support/recordings.ts'

/** Every recorded answer of which the driver reads something, as it reads it. */
const readable = (conversations: readonly Conversation[], { answers }: Played) =>
  conversations.flatMap(({ exchanges }) =>
    exchanges.flatMap(({ request, response }) => {
      const schema = answers[route(request)]
      if (schema === undefined || response.status > 299) return []
      return [{ route: route(request), url: request.url, result: v.safeParse(schema, response.body) }]
    }),
  )

/** Everything that a driver sends for two values, one of them added again, and both removed. */
async function sentBy(peer: DnsPeer) {
  const vendor = (await peer.create()) as HttpVendor
  const provider = await vendor.open()
  for (const value of ['one', 'two', 'two']) await provider.addTxt(at('_acme-challenge', value))
  for (const value of ['one', 'two']) await provider.removeTxt(at('_acme-challenge', value))
  await vendor.close()
  return vendor.requests
}

/** Plays a conversation up to its last exchange of this method: what was last read then is read again. */
async function replay(name: string, exchanges: readonly Exchange[], { method, options }: Removal) {
  const end = exchanges.findLastIndex(({ request }) => request.method === method)
  const last = exchanges[end] as Exchange
  const page = (url: string) => new URL(url).searchParams.get('page') ?? '1'
  const { context, requests: sent } = contextOver(
    answering((request) => {
      const isSame = (each: Exchange) =>
        route(each.request) === route(request) && page(each.request.url) === page(request.url)
      const read = exchanges.slice(0, end).findLast(isSame)
      // Of what was not done then, nothing is known but that it can succeed.
      const otherwise = { status: request.method === 'GET' ? 404 : 204 }
      return (request.method === method ? last : read)?.response ?? otherwise
    }),
    TOKEN,
  )
  return { provider: await (await dnsDriver(name)).open(options, context), sent, last }
}

const played = [...dnsPeers].flatMap(([name, { recording, ...peer }]) =>
  recording === undefined ? [] : [{ name, peer, recording }],
)

test.each([...dnsPeers])(
  '%s names a recording among its evidence where one is played',
  (_name, { evidence, recording }) => {
    if (recording !== undefined) expect(evidence.recording).not.toBe(undefined)
  },
)

for (const { name, peer, recording } of played) {
  const { folder, zone, answers, removal, unrecorded = {} } = recording
  describeRecordings(folder, (conversations) => {
    test(`${name}: every recorded answer can be read, of each list that it reads`, () => {
      const read = readable(conversations, recording)
      expect(read.filter(({ result }) => !result.success)).toEqual([])
      expect([...new Set(read.map((each) => each.route))].sort()).toEqual(Object.keys(answers).sort())
    })

    test(`${name}: every request has the shape of a recorded one that succeeded, but for those with another source`, async () => {
      const sent = await sentBy(peer)
      expect(sent.length).toBeGreaterThan(4)
      const unlike = sent.filter((request) => !isLikeARecordedOne(request, conversations))
      expect([...new Set(unlike.map(route))].sort()).toEqual(Object.keys(unrecorded).sort())
    })

    if (removal === undefined) return
    const exchanges = conversations.find((each) => each.name === removal.conversation)?.exchanges ?? []
    const [gone, stayed] = removal.values
    const value = (each: string) => at('_acme-challenge.deleterecordinset', each, zone)

    test(`${name}: of two values at a name it removes the same one as was removed then`, async () => {
      const { provider, sent, last } = await replay(name, exchanges, removal)
      await provider.removeTxt(value(gone))
      const { url, method, body } = sent.findLast((each) => each.method === removal.method) ?? {}
      expect({ url, method }).toEqual({ url: last.request.url, method: last.request.method })
      const recorded = (last.request.body ?? {}) as object
      expect(body === undefined ? {} : JSON.parse(body)).toMatchObject(recorded)
    })

    test(`${name}: a value that a recorded answer shows is not added again`, async () => {
      const { provider, sent } = await replay(name, exchanges, removal)
      await provider.addTxt(value(removal.shown ?? stayed))
      expect(sent.filter(({ method }) => method !== 'GET')).toEqual([])
    })
  })
}
