import * as v from 'valibot'
import { afterEach, expect, test } from 'vitest'
import { configAnswer, nodeBalancerAnswer } from '../../lib/balancers/drivers/linode/answers.ts'
import * as linode from '../../lib/balancers/drivers/linode/driver.ts'
import { certificateAnswer, frontendAnswer, loadBalancerAnswer } from '../../lib/balancers/drivers/scaleway/api.ts'
import * as scaleway from '../../lib/balancers/drivers/scaleway/driver.ts'
import { changedSettings, isSameUpdate } from '../../lib/balancers/drivers/scaleway/frontend.ts'
import { heldBy } from '../../lib/balancers/drivers/scaleway/held.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { pageOf as pageOfLinode } from '../../lib/vendors/linode/pages.ts'
import { pageOf } from '../../lib/vendors/scaleway/pages.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { type Practice, practiceLinode, practiceScaleway } from '../support/practice-balancers.ts'
import { type Conversation, describeRecordings, isLikeARecordedOne, route, type Sent } from '../support/recordings.ts'

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

/** Every answer that succeeded on one of these routes. */
const readWith = (schemas: Readonly<Record<string, v.GenericSchema>>, conversations: readonly Conversation[]) =>
  conversations.flatMap(({ exchanges }) =>
    exchanges.flatMap(({ request, response }) => {
      const schema = schemas[route(request)]
      if (schema === undefined || response.status > 299) return []
      return [{ url: request.url, result: v.safeParse(schema, response.body) }]
    }),
  )

/** Everything that a driver sends to serve one version, then another, also where there was none, to list and to retire. */
async function sentBy(create: () => Promise<Practice>): Promise<readonly HttpRequest[]> {
  const practice = await create()
  running.push(practice)
  const { balancer, listener, aliases, bare, version, requests } = practice
  const [one, other] = [await version(), await version()]
  await balancer.swap(listener, one)
  for (const each of aliases) await balancer.swap(each, other)
  await balancer.attachFirst(await bare(), other)
  await balancer.inspect(listener, other)
  await balancer.list(listener)
  await balancer.deleteUnused(listener, [one.name])
  return requests
}

const routesOf = (requests: readonly Sent[]) => [...new Set(requests.map(route))].sort()
const token = { from: 'env', name: 'TOKEN' } as const

/** Answers as was answered then; the last one where it was asked more than once. */
const replay = (conversations: readonly Conversation[], name: string) =>
  contextOver(
    answering(({ method, url }) => {
      const known = conversations.find((each) => each.name === name)?.exchanges ?? []
      const same = known.filter(({ request }) => request.method === method && request.url === url)
      return same.find(({ response }) => response.status === 200)?.response ?? same.at(-1)?.response ?? { status: 500 }
    }),
    'canary-token-balancers',
  ).context

describeRecordings('balancers/scaleway', (conversations) => {
  const LBS = '/lb/v1/zones/fr-par-1'

  test('every recorded answer can be read', () => {
    const answers = readWith(
      {
        [`GET ${LBS}/lbs`]: pageOf('lbs', loadBalancerAnswer),
        [`GET ${LBS}/lbs/…`]: loadBalancerAnswer,
        [`POST ${LBS}/lbs`]: loadBalancerAnswer,
        [`PUT ${LBS}/lbs/…`]: loadBalancerAnswer,
        [`GET ${LBS}/frontends/…`]: frontendAnswer,
        [`PUT ${LBS}/frontends/…`]: frontendAnswer,
        [`POST ${LBS}/lbs/…/frontends`]: frontendAnswer,
        [`POST ${LBS}/lbs/…/certificates`]: certificateAnswer,
        [`GET ${LBS}/certificates/…`]: certificateAnswer,
        [`PUT ${LBS}/certificates/…`]: certificateAnswer,
      },
      conversations,
    )
    expect(new Set(answers.map(({ url }) => route({ method: '', url }))).size).toBe(6)
    expect(answers.length).toBeGreaterThan(50)
    expect(answers.filter(({ result }) => !result.success)).toEqual([])
  })

  /** Two recorded PUTs together show all that one of ours says: one has certificates, the other a timeout. */
  const halves = (request: HttpRequest): Sent[] => {
    if (request.method !== 'PUT') return [request]
    const { timeout_client: _, ...withIds } = JSON.parse(request.body ?? '') as { timeout_client: number }
    const withTimeout = { ...JSON.parse(request.body ?? ''), certificate_ids: [] }
    return [withIds, withTimeout].map((body) => ({ ...request, body: JSON.stringify(body) }))
  }

  test('every request has the shape of a recorded one that succeeded; two lists are known from the documentation only', async () => {
    const sent = (await sentBy(practiceScaleway)).flatMap(halves)
    expect(sent.length).toBeGreaterThan(20)
    const others = sent.filter((request) => !isLikeARecordedOne(request, conversations))
    expect(routesOf(others)).toEqual([`GET ${LBS}/lbs/…/certificates`, `GET ${LBS}/lbs/…/frontends`])
    const recorded = conversations.flatMap(({ exchanges }) => exchanges.map(({ request }) => request.url))
    const asked = [...new URL(others[0]?.url ?? '').searchParams.keys()].sort()
    expect(asked).toContain('page_size') // which was recorded of no list
    const paging = asked.filter((each) => each !== 'page_size')
    expect(recorded.map((url) => [...new URL(url).searchParams.keys()].sort())).toContainEqual(paging)
  })

  test('a recorded frontend is found, with the address of its load balancer', async () => {
    const recorded = replay(conversations, 'frontend-certificate')
    // What it holds was not recorded.
    const rest: DriverContext['rest'] = (options) => ({
      call: async (request) =>
        request.path.includes('/certificates?') ? { items: [], total: 0 } : recorded.rest(options).call(request),
    })
    const balancer = await scaleway.driver.open({ zone: 'fr-par-1', token }, { ...recorded, rest })
    const ids = {
      loadBalancer: '9a8dfdb0-a71a-4ff4-8579-9a0708792d04',
      frontend: '8c3b8201-41f0-4239-a248-4b55abeb8277',
    }
    expect(await balancer.inspect(ids, undefined)).toEqual({
      resource: `scaleway:fr-par-1/${ids.loadBalancer}/${ids.frontend}`,
      serves: false,
      endpoints: [{ address: '212.47.237.78', port: 443 }],
      quota: { held: 0, limit: 200, room: 200 },
      managed: [],
    })
  })

  const certificates = conversations.flatMap(({ exchanges }) =>
    exchanges.flatMap(({ response: { body } }) => {
      const read = v.safeParse(
        v.looseObject({ ...certificateAnswer.entries, type: v.string(), lb: loadBalancerAnswer }),
        body,
      )
      return read.success ? [read.output] : []
    }),
  )

  test('recorded certificates are listed as foreign, with all names, and with an end as soon as Scaleway has one', () => {
    const held = certificates.flatMap((each) => heldBy(each.lb, [], [each], 'prod'))
    expect(new Set(held.map(({ covers }) => covers.length))).toEqual(new Set([1, 2, 3]))
    expect(held.filter(({ managed }) => managed !== false)).toEqual([])
    const pending = certificates.flatMap(({ status }, index) => (status === 'pending' ? [held[index]?.notAfter] : []))
    expect(pending.length).toBeGreaterThan(3)
    expect(pending.filter((end) => end !== undefined)).toEqual([])
    const bought = held.find(({ name }) => name === 'test-custom-cert')
    expect(bought).toMatchObject({
      loadBalancer: 'test-lb',
      covers: ['myserver.mydomain.com', 'otherserver.otherdomain.com'],
      notAfter: new Date('2036-07-18T10:33:06Z'),
    })
  })

  test('what a recorded update answers and what is read after it tell the same time, and differ in nothing that is set', () => {
    const exchanges = conversations.flatMap((each) => each.exchanges)
    const updates = exchanges.flatMap(({ request, response }, index) => {
      if (route(request) !== `PUT ${LBS}/frontends/…`) return []
      const after = exchanges
        .slice(index + 1)
        .find((each) => each.request.method === 'GET' && each.request.url === request.url)
      return [[v.parse(frontendAnswer, response.body), v.parse(frontendAnswer, after?.response.body)] as const]
    })
    expect(updates).toHaveLength(3)
    for (const [answer, now] of updates) {
      expect(isSameUpdate(answer, now)).toBe(true)
      expect(changedSettings(answer, now)).toEqual([])
    }
  })

  test('a recorded "not Found" is a listener that is missing', async () => {
    const gone = conversations.map((each) => ({
      ...each,
      exchanges: each.exchanges.filter(({ response }) => response.status === 404),
    }))
    const context = replay(gone, 'lb-private')
    const balancer = await scaleway.driver.open({ zone: 'fr-par-1', token }, context)
    const looking = balancer.inspect({ loadBalancer: 'f39636c5-fc2f-4b25-922f-6f3517c4833a', frontend: 'x' }, undefined)
    await expect(looking).rejects.toMatchObject({ code: 'TARGET_MISSING' })
  })
})

describeRecordings('balancers/linode', (conversations) => {
  test('every recorded answer can be read', () => {
    const answers = readWith(
      {
        'GET /v4/nodebalancers': pageOfLinode(nodeBalancerAnswer),
        'GET /v4/nodebalancers/…': nodeBalancerAnswer,
        'POST /v4/nodebalancers': nodeBalancerAnswer,
        'GET /v4/nodebalancers/…/configs': pageOfLinode(configAnswer),
        'POST /v4/nodebalancers/…/configs': configAnswer,
        'PUT /v4/nodebalancers/…/configs/…': configAnswer,
      },
      conversations,
    )
    expect(answers.length).toBeGreaterThan(6)
    expect(answers.filter(({ result }) => !result.success)).toEqual([])
  })

  test('every request has the shape of a recorded one that succeeded; an update with a certificate was never recorded', async () => {
    const sent = await sentBy(practiceLinode)
    expect(sent.length).toBeGreaterThan(6)
    const others = sent.filter((request) => !isLikeARecordedOne(request, conversations))
    expect(routesOf(others)).toEqual(['PUT /v4/nodebalancers/…/configs/…'])
  })

  test('a recorded port that does not speak https is refused', async () => {
    const list = conversations.find(({ name }) => name === 'TestNodeBalancers_List')
    const configs = conversations.find(({ name }) => name === 'TestNodeBalancerConfigs_List')
    const exchanges = [...(list?.exchanges ?? []), ...(configs?.exchanges ?? [])]
    const { context } = contextOver(
      answering((request) => {
        const same = exchanges.find((each) => route(each.request) === route(request))
        return same?.response ?? { status: 500 }
      }),
      'canary-token-balancers',
    )
    const balancer = await linode.driver.open({ token }, context)
    const looking = balancer.inspect({ nodeBalancer: 'go-test-def', port: 80 }, undefined)
    await expect(looking).rejects.toMatchObject({ code: 'TARGET_REFUSED' })
  })
})
