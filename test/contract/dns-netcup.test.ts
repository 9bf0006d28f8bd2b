import { expect, test } from 'vitest'
import { create, refusal } from '../support/dns/netcup.ts'
import { at } from '../support/dns-vendors.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')

test('a challenge at the top of the zone and one below it are told apart', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(at('_acme-challenge', 'v'))
  await provider.addTxt(at('_acme-challenge.a.b', 'v'))
  await provider.removeTxt(at('_acme-challenge', 'v'))
  expect(vendor.rows().map(({ name }) => name)).toEqual(['_acme-challenge.a.b'])
  const paths = vendor.requests.map(({ url }) => new URL(url).pathname)
  expect(paths.filter((path) => path.includes('/challenge/@/'))).toHaveLength(3)
})

test.each(['', 'shop', 'x._acme-challenge', '_acme-challenger'])(
  'the name "%s" is refused before anything is asked, with the reason',
  async (name) => {
    const vendor = create()
    const provider = await vendor.open()
    for (const refused of [provider.check?.(at(name, 'v')), provider.addTxt(at(name, 'v'))])
      await expect(refused).rejects.toMatchObject({
        code: 'REJECTED',
        message: expect.stringContaining('only names that begin with _acme-challenge'),
      })
    expect(vendor.requests).toEqual([])
  },
)

test('a domain that the older DNS serves is not said to be writable', async () => {
  const provider = await create(false).open()
  await expect(provider.check?.(ours)).rejects.toMatchObject({
    code: 'DNS_NO_ZONE',
    message: expect.stringContaining('by its older DNS'),
  })
})

test.each([200, 404])('a domain that is not there is DNS_NO_ZONE when that is said with %i', async (status) => {
  const vendor = create()
  vendor.fault({ method: 'GET', reply: refusal(status, 'resourceDoesNotExist', 'It does not exist') })
  await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})

test('a challenge that is shown as one and not as a list is there as well', async () => {
  const vendor = create()
  const provider = await vendor.open()
  await provider.addTxt(ours)
  const value = ours.value.padEnd(43, 'A')
  const result = { scope: 'shop', fqdn: ours.name, value, status: 'deployed' }
  vendor.fault({ method: 'GET', reply: { status: 200, body: { success: true, errors: [], result } } })
  await provider.addTxt(ours)
  expect(vendor.changes()).toBe(1)
})
