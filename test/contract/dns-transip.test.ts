import { expect, test } from 'vitest'
import { driver } from '../../lib/dns/drivers/transip.ts'
import { MINUTE } from '../../lib/platform/clock.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { create, options, PEM, refusal, SAVING } from '../support/dns/transip.ts'
import { at, row, TOKEN } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { describeRecordings } from '../support/recordings.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const twin = at(NAME, 'our-value_2')

const signedIn = (vendor: ReturnType<typeof create>) =>
  vendor.requests.filter(({ url }) => url.endsWith('/auth')).length

test('a run signs in once, and never sends the private key', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await Promise.all([provider.addTxt(ours), provider.addTxt(twin)])
  expect(signedIn(vendor)).toBe(1)
  expect(JSON.stringify(vendor.requests)).not.toContain(PEM.split('\n')[1])
})

/** TransIP that issues `token-1`, `token-2` and so on, and lets in whoever has a token that is among `taken`. */
async function issuing(taken: (token: string) => boolean = () => true) {
  const vendor = create()
  let now = Date.now()
  let issued = 0
  const { context } = contextOver(
    answering((request) => {
      if (request.url.endsWith('/auth')) return { status: 201, body: { token: `token-${++issued}` } }
      if (!taken(request.headers?.authorization?.replace('Bearer ', '') ?? ''))
        return refusal(401, 'Your access token is invalid.')
      return vendor.answer({ ...request, headers: { ...request.headers, authorization: `Bearer ${TOKEN}` } })
    }),
    PEM,
  )
  const clock = { ...context.clock, now: () => new Date(now) }
  const provider = await driver.open(options, { ...context, clock })
  const pass = (time: number) => {
    now += time
  }
  return { vendor, provider, issued: () => issued, pass }
}

test('a token is replaced by another one in the last of its thirty minutes', async () => {
  const { provider, issued, pass } = await issuing()
  await provider.addTxt(ours)
  pass(28 * MINUTE)
  await provider.addTxt(ours)
  expect(issued()).toBe(1)
  pass(MINUTE)
  await provider.addTxt(twin)
  expect(issued()).toBe(2)
})

test('a change that is refused because its token is not taken any more is sent once more with another token', async () => {
  const { vendor, provider, issued } = await issuing((token) => token !== 'token-1')
  await provider.addTxt(ours)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
  expect(issued()).toBe(2)
})

test('who is let in with no token is told so after the second', async () => {
  const { provider, issued } = await issuing(() => false)
  await expect(provider.addTxt(ours)).rejects.toMatchObject({
    code: 'DENIED',
    fields: { vendor: 'TransIP', status: 401 },
  })
  expect(issued()).toBe(2)
})

test.each(['GET', 'POST', 'DELETE'] as const)('%s while it saves the zone is done a little later', async (method) => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(twin)
  vendor.fault({ method, reply: SAVING })
  vendor.fault({ method, reply: SAVING })
  await provider.addTxt(ours)
  await provider.removeTxt(twin)
  expect(vendor.rows().map(({ value }) => value)).toEqual([ours.value])
})

test('a zone that is never saved is an error in the end', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  for (let times = 0; times < 10; times++) vendor.fault({ method: 'POST', reply: SAVING })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('an entry is removed with the expire that it has, whatever it is', async () => {
  const vendor = create()
  vendor.put({ ...row(NAME, ours.value), ttl: 300 })
  await (await vendor.open()).removeTxt(ours)
  expect(vendor.rows()).toEqual([])
})

test('an error that repeats the token is shown without it', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.fault({ method: 'GET', reply: refusal(403, `The token ${TOKEN} may not do this`) })
  const error: unknown = await provider.check?.(ours)?.catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'DENIED', message: expect.stringContaining('may not do this') })
  expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN)
})

test('what is no private key is said to be none, and not shown', async () => {
  const { context } = contextOver(
    answering(() => ({ status: 200 })),
    TOKEN,
  )
  const error: unknown = await driver.open(options, context).catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN)
})

describeRecordings('dns/transip', (conversations) => {
  test('of two values at a name it removes the same one as was removed then', async () => {
    const { exchanges = [] } = conversations.find(({ name }) => name === 'delete-one-value-leaves-others') ?? {}
    const last = exchanges.findIndex(({ request }) => request.method === 'DELETE')
    const { context, requests } = contextOver(
      answering(({ method, url }) => {
        const isSame = (each: (typeof exchanges)[number]) => each.request.method === method && each.request.url === url
        return exchanges.slice(0, last + 1).findLast(isSame)?.response ?? { status: 404 }
      }),
      PEM,
    )
    const provider = await driver.open(options, { ...context, resolve: async () => new Secret(PEM) })
    const name = '_acme-challenge.deleterecordinset'
    await provider.addTxt(at(name, 'challengetoken2', 'nuvius.nl'))
    await provider.removeTxt(at(name, 'challengetoken1', 'nuvius.nl'))
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'DELETE'])
    expect(JSON.parse(requests.at(-1)?.body ?? '')).toEqual(exchanges[last]?.request.body)
  })
})
