import { afterEach, describe, expect, test } from 'vitest'
import { sandboxed } from '../support/dns-sandbox.ts'
import { at, fakes, row, TOKEN, type Vendor } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const twin = at(NAME, 'our-value_2')

/** Each driver over the sandbox where there is one, and over a fake that is careless about pages and filters. */
const vendors: [driver: string, over: string, create: () => Vendor | Promise<Vendor>][] = [
  ...Object.entries(fakes).map(([name, create]): [string, string, () => Vendor] => [name, 'a fake', create]),
  ...Object.entries(sandboxed).map(([name, create]): [string, string, () => Promise<Vendor>] => [
    name,
    'the sandbox',
    create,
  ]),
]

const running: Vendor[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((vendor) => vendor.close()))
})

describe.each(vendors)('a DNS provider: %s over %s', (kind, _over, create) => {
  async function opened() {
    const vendor = await create()
    running.push(vendor)
    return { vendor, provider: await vendor.open(), values: () => vendor.rows().map(({ value }) => value) }
  }

  test('two values stand at one name, as an apex and its wildcard need', async () => {
    const { vendor, provider, values } = await opened()
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    expect(values()).toEqual([ours.value, twin.value])
    expect(vendor.rows().every(({ name, type }) => name === NAME && type === 'TXT')).toBe(true)
  })

  test('F-27: values of others at the same name are kept, by adding and by removing', async () => {
    const { vendor, provider, values } = await opened()
    vendor.put(row(NAME, 'foreign'), row(NAME, `${ours.value}-longer`), row('other', ours.value))
    await provider.addTxt(ours)
    expect(values()).toEqual(['foreign', `${ours.value}-longer`, ours.value, ours.value])
    await provider.removeTxt(ours)
    expect(vendor.rows().map(({ name, value }) => [name, value])).toEqual([
      [NAME, 'foreign'],
      [NAME, `${ours.value}-longer`],
      ['other', ours.value],
    ])
  })

  test('adding what is there already changes nothing', async () => {
    const { provider, values } = await opened()
    await provider.addTxt(ours)
    await provider.addTxt(ours)
    expect(values()).toEqual([ours.value])
  })

  test('removing what is gone succeeds', async () => {
    const { provider, values } = await opened()
    await provider.addTxt(ours)
    await provider.removeTxt(ours)
    await provider.removeTxt(ours)
    expect(values()).toEqual([])
  })

  test('a value is found on whatever page it stands', async () => {
    const { vendor, provider, values } = await opened()
    const foreign = Array.from({ length: 120 }, (_, index) => `foreign-${index}`)
    vendor.put(...foreign.map((value) => row(NAME, value)))
    await provider.addTxt(ours)
    await provider.addTxt(ours)
    expect(values()).toEqual([...foreign, ours.value])
    await provider.removeTxt(ours)
    expect(values()).toEqual(foreign)
  })

  test('F-21: being denied is an error, by adding and by removing, and never an empty list', async () => {
    const { vendor, provider, values } = await opened()
    await provider.addTxt(ours)
    for (const status of [401, 403]) {
      const method = kind === 'httpreq' ? 'POST' : 'GET'
      for (const _call of ['add', 'remove']) vendor.fault({ method, reply: { status } })
      await expect(provider.addTxt(twin)).rejects.toMatchObject({ code: 'DENIED' })
      await expect(provider.removeTxt(ours)).rejects.toMatchObject({ code: 'DENIED' })
    }
    expect(values()).toEqual([ours.value])
  })

  test('F-20: adding again after a lost answer leaves the value there once', async () => {
    const { vendor, provider, values } = await opened()
    vendor.fault({ method: kind === 'scaleway' ? 'PATCH' : 'POST' })
    await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'UNREACHABLE' })
    await provider.addTxt(ours)
    expect(values()).toEqual([ours.value])
  })

  test('no error holds the token', async () => {
    const { vendor, provider } = await opened()
    const reply = { status: 400, body: { message: 'bad', errors: [{ reason: 'bad', field: 'target' }] } }
    vendor.fault({ method: kind === 'httpreq' ? 'POST' : 'GET', reply })
    const error: unknown = await provider.addTxt(ours).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'REJECTED' })
    expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN)
  })
})
