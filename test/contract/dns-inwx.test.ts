import * as v from 'valibot'
import { expect, test } from 'vitest'
import { infoAnswer } from '../../lib/dns/drivers/inwx.ts'
import { create, said } from '../support/dns/inwx.ts'
import { at, TOKEN } from '../support/dns-vendors.ts'
import { type Conversation, describeRecordings } from '../support/recordings.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')
const twin = at('_acme-challenge.shop', 'our-value_2')

interface Rpc {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

const sent = (vendor: ReturnType<typeof create>) =>
  vendor.requests.map(({ body, headers = {} }) => ({ ...(JSON.parse(body ?? '') as Rpc), cookie: headers.cookie }))

test('it logs in once, and sends the password with nothing else', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await Promise.all([provider.addTxt(ours), provider.addTxt(twin)])
  const all = sent(vendor)
  expect(all.filter(({ method }) => method === 'account.login')).toHaveLength(1)
  expect(JSON.stringify(all.slice(1))).not.toContain(TOKEN)
  expect(all.slice(1).every(({ cookie }) => cookie?.startsWith('domrobot='))).toBe(true)
})

test('a wrong password is DENIED, and its refusal is not taken for a session', async () => {
  const vendor = create()
  vendor.fault({ method: 'POST', reply: said(2200, 'Authentication error', { reason: `not ${TOKEN}` }) })
  const provider = await vendor.open()
  const error: unknown = await provider.check?.(ours)?.catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'DENIED', message: expect.stringContaining('Authentication error (2200)') })
  expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN)
  await provider.addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

test.each(['GOOGLE-AUTH', 1])('a user with a second factor (%s) is refused with the way out', async (tfa) => {
  const provider = await create(tfa).open()
  await expect(provider.check?.(ours)).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('use a sub-user'),
  })
})

test('what the vendor cannot do just now is not said to be our mistake', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.check?.(ours)
  vendor.fault({ method: 'POST', reply: said(2400, 'Command failed') })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a record that somebody adds at the same moment is as good as ours', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.meanwhile?.(() => vendor.put({ name: '_acme-challenge.shop', type: 'TXT', value: ours.value }))
  await provider.addTxt(ours)
  expect(vendor.rows()).toHaveLength(1)
})

/** What XML-RPC says, as JSON says it. */
function fromXml(xml: string): unknown {
  const tokens = (xml.match(/<[^>]+>|[^<]+/g) ?? []).filter((each) => !/^<(\?|\/?(methodResponse|params?)>)/.test(each))
  const value = (): unknown => {
    tokens.shift() // <value>
    const kind = tokens.shift()
    if (kind === '<struct>') {
      const all: Record<string, unknown> = {}
      while (tokens.shift() === '<member>') {
        tokens.shift() // <name>
        const name = tokens.shift() ?? ''
        tokens.shift() // </name>
        all[name] = value()
        tokens.shift() // </member>
      }
      tokens.shift() // </value>
      return all
    }
    if (kind === '<array>') {
      const all: unknown[] = []
      tokens.shift() // <data>
      while (tokens[0] === '<value>') all.push(value())
      tokens.splice(0, 3) // </data></array></value>
      return all
    }
    const text = kind?.endsWith('/>') ? '' : (tokens.shift() ?? '')
    tokens.splice(0, kind?.endsWith('/>') ? 1 : 2)
    return kind === '<int>' ? Number(text) : text
  }
  return value()
}

describeRecordings('dns/inwx', (conversations: readonly Conversation[]) => {
  const exchanges = conversations.flatMap((each) => each.exchanges)
  const of = (method: string) => exchanges.filter(({ request }) => `${request.body}`.includes(`>${method}<`))
  const answers = (method: string) => of(method).map(({ response }) => fromXml(`${response.body}`))

  test('every list that was recorded can be read', () => {
    const lists = answers('nameserver.info').map((each) => v.safeParse(infoAnswer, each))
    expect(lists.length).toBeGreaterThan(4)
    expect(lists.filter(({ success }) => !success)).toEqual([])
    const records = lists.flatMap(({ output }) => (output as v.InferOutput<typeof infoAnswer>).resData.record)
    expect(records.map(({ content }) => content)).toContain('challengetoken2')
    expect(records.every(({ name, type }) => name.endsWith('lexicon-testrunner.com') && type === 'TXT')).toBe(true)
  })

  test('a record that is there already was refused with 200 and the code 2302', () => {
    const refused = answers('nameserver.createRecord').map((each) => (each as { code: number }).code)
    expect([...new Set(refused)].sort()).toEqual([1000, 2302])
    expect(of('nameserver.createRecord').every(({ response }) => response.status === 200)).toBe(true)
  })

  test('the parameters that are sent were sent then', async () => {
    const vendor = create()
    const provider = await vendor.open()
    await provider.addTxt(ours)
    await provider.removeTxt(ours)
    for (const { method, params } of sent(vendor).slice(1))
      for (const name of Object.keys(params))
        expect(
          of(method).some(({ request }) => `${request.body}`.includes(`<name>${name}</name>`)),
          name,
        ).toBe(true)
  })
})
