import { expect, test } from 'vitest'
import { account, create, openWith } from '../support/dns/acme-dns.ts'
import { at, TOKEN } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'

const NAME = '_acme-challenge.shop'
const [one, two, three] = ['one', 'two', 'three'].map((value) => at(NAME, value)) as [
  ReturnType<typeof at>,
  ReturnType<typeof at>,
  ReturnType<typeof at>,
]
const values = (vendor: ReturnType<typeof create>) =>
  vendor
    .rows()
    .map(({ value }) => value)
    .sort()

test('a third value is refused while two are needed, and takes the place of one that is not any more', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(one)
  await provider.addTxt(two)
  await expect(provider.addTxt(three)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(values(vendor)).toEqual(['one', 'two'])
  await provider.removeTxt(one)
  await provider.addTxt(three)
  expect(values(vendor)).toEqual(['three', 'two'])
})

test('an account has room for two values', async () => {
  const provider = await create().open()
  const { value: _any, ...location } = one
  expect(await provider.capacity?.(location)).toEqual({ key: one.name, most: 2 })
})

test('what is there already is not sent again, where it would take the place of the other value', async () => {
  const vendor = create()
  const provider = await vendor.open()
  for (const record of [one, two, two, two]) await provider.addTxt(record)
  expect(vendor.requests).toHaveLength(2)
  expect(values(vendor)).toEqual(['one', 'two'])
})

test('a value that is sent again because its answer got lost leaves the other one there', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(one)
  vendor.trouble('lost answer')
  await expect(provider.addTxt(two)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  await provider.addTxt(two)
  expect(values(vendor)).toEqual(['one', 'two'])
})

test('being denied is an error, and leaves room for two values', async () => {
  const vendor = create()
  const provider = await vendor.open()
  vendor.trouble('denied')
  await expect(provider.addTxt(three)).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('forbidden'),
  })
  await provider.addTxt(one)
  await provider.addTxt(two)
  expect(values(vendor)).toEqual(['one', 'two'])
})

test('the account is that of the name, and is sent in headers alone', async () => {
  const { context, requests } = contextOver(
    answering(() => ({ status: 200, body: { txt: 'x' } })),
    'unused',
  )
  const other = {
    ...account,
    fulldomain: 'Other.example.com',
    subdomain: 'other',
    username: 'another',
    password: 'p-2',
  }
  const provider = await openWith(JSON.stringify({ a: account, b: other }), context)
  await provider.addTxt(at('other', 'x'))
  await provider.addTxt(one)
  const sent = requests.map(({ headers = {}, body }) => [headers['x-api-user'], headers['x-api-key'], body])
  expect(sent).toEqual([
    ['another', 'p-2', '{"subdomain":"other","txt":"x"}'],
    [account.username, TOKEN, `{"subdomain":"${account.subdomain}","txt":"one"}`],
  ])
})

const opened = (accounts: string) =>
  openWith(
    accounts,
    contextOver(
      answering(() => ({ status: 200 })),
      'unused',
    ).context,
  )

test('what /register answered is an account by itself', async () => {
  await expect((await opened(JSON.stringify(account))).check?.(one)).resolves.toBeUndefined()
})

test.each(['', 'null', `{"password":"${TOKEN}"}`, JSON.stringify([{ ...account, password: `a\n${TOKEN}` }]), TOKEN])(
  'accounts that cannot be read are a mistake in the configuration, and are not repeated: %#',
  async (text) => {
    const error: Error = await opened(text).then(
      () => new Error('it opened'),
      (thrown) => thrown,
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(error.message).not.toContain(TOKEN)
  },
)
