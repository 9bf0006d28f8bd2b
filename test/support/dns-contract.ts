/** The promises of `DnsProvider` in lib/ports.ts, at whichever vendor. */
import { afterEach, expect, test } from 'vitest'
import { dnsDriver } from './dns-peers.ts'
import { at, type DnsPeer, row, TOKEN, type Vendor } from './dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const twin = at(NAME, 'our-value_2')
const elsewhere = at('_acme-challenge', 'our-value_1', 'elsewhere.test')

type Promises = Readonly<Record<string, (opened: Opened) => Promise<void>>>

interface Opened {
  /** The driver. */
  readonly kind: string
  readonly vendor: Vendor
  readonly provider: Awaited<ReturnType<Vendor['open']>>
  /** Of the TXT records in the zone. */
  values(): Promise<string[]>
}

/** Runs what a peer can promise; the others have a reason in `cannot`. */
export function dnsContract(kind: string, peer: DnsPeer): void {
  const running: Vendor[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map((vendor) => vendor.close()))
  })
  for (const [title, keep] of Object.entries(PROMISES)) {
    if (peer.cannot?.[title] !== undefined) continue
    test(title, async () => {
      const vendor = await peer.create()
      running.push(vendor)
      const values = async () => (await vendor.rows()).map(({ value }) => value)
      await keep({ kind, vendor, provider: await vendor.open(), values })
    })
  }
}

const ALWAYS: Promises = {
  'two values stand at one name, as an apex and its wildcard need': async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    expect((await values()).sort()).toEqual([ours.value, twin.value])
    expect((await vendor.rows()).every(({ name, type }) => name === NAME && type === 'TXT')).toBe(true)
  },

  'of two values one is removed and the other stays': async ({ provider, values }) => {
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    await provider.removeTxt(ours)
    expect(await values()).toEqual([twin.value])
    await provider.removeTxt(twin)
    expect(await values()).toEqual([])
  },

  'F-27: values of others are kept, by adding and by removing': async ({ vendor, provider }) => {
    const foreign = [row(NAME, 'foreign'), row(NAME, `${ours.value}-longer`), row('other', ours.value)]
    const rows = async () => (await vendor.rows()).map(({ name, value }) => `${name} ${value}`).sort()
    await vendor.put(...foreign)
    const before = await rows()
    await provider.addTxt(ours)
    expect(await rows()).toEqual([...before, `${NAME} ${ours.value}`].sort())
    await provider.removeTxt(ours)
    expect(await rows()).toEqual(before)
  },

  'adding what is there already changes nothing': async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    const changes = await vendor.changes()
    await provider.addTxt(ours)
    expect(await values()).toEqual([ours.value])
    expect(await vendor.changes()).toBe(changes)
  },

  'adding a value twice leaves it there once': async ({ provider, values }) => {
    for (const record of [ours, twin, ours]) await provider.addTxt(record)
    expect((await values()).sort()).toEqual([ours.value, twin.value])
  },

  'a value that stands there twice is removed twice': async ({ vendor, provider, values }) => {
    await vendor.put(row(NAME, ours.value), row(NAME, 'foreign'), row(NAME, ours.value))
    await provider.removeTxt(ours)
    expect(await values()).toEqual(['foreign'])
  },

  'removing what is gone succeeds': async ({ provider, values }) => {
    await provider.addTxt(ours)
    await provider.removeTxt(ours)
    await provider.removeTxt(ours)
    expect(await values()).toEqual([])
  },

  'removing what is gone changes nothing': async ({ vendor, provider }) => {
    await vendor.put(row(NAME, 'foreign'))
    const changes = await vendor.changes()
    await provider.removeTxt(ours)
    expect(await vendor.changes()).toBe(changes)
  },

  'a value is found on whatever page it stands': async ({ vendor, provider, values }) => {
    const foreign = Array.from({ length: 120 }, (_, index) => `foreign-${index}`)
    await vendor.put(...foreign.map((value) => row(`www-${value}`, value)))
    await vendor.put(...foreign.map((value) => row(NAME, value)))
    await provider.addTxt(ours)
    await provider.addTxt(ours)
    expect((await values()).sort()).toEqual([...foreign, ...foreign, ours.value].sort())
    await provider.removeTxt(ours)
    expect((await values()).sort()).toEqual([...foreign, ...foreign].sort())
  },

  'a name at the top of the zone is one like any other': async ({ vendor, provider }) => {
    await vendor.put(row('', 'ns0.example.net.', 'NS'), row('www', 'v'), row('', 'v=spf1 -all'))
    await provider.addTxt(at('', 'v'))
    await provider.addTxt(at('', 'v'))
    const holding = async () => (await vendor.rows()).filter(({ value }) => value === 'v')
    expect((await holding()).map(({ name }) => name).sort()).toEqual(['', 'www'])
    await provider.removeTxt(at('', 'v'))
    expect((await vendor.rows()).map(({ name, value }) => `${name} ${value}`).sort()).toEqual([' v=spf1 -all', 'www v'])
  },

  'a record of another type is neither ours nor in the way': async ({ vendor, provider, values }) => {
    await vendor.put(row(NAME, ours.value, 'SPF'))
    await provider.addTxt(ours)
    expect(await values()).toEqual([ours.value])
    await provider.removeTxt(ours)
    expect(await values()).toEqual([])
  },

  'what somebody else writes meanwhile is kept': async ({ vendor, provider, values }) => {
    vendor.meanwhile?.(() => vendor.put(row(NAME, 'meanwhile')))
    await provider.addTxt(ours)
    vendor.meanwhile?.(() => vendor.put(row(NAME, 'later')))
    await provider.removeTxt(ours)
    expect((await values()).sort()).toEqual(vendor.meanwhile ? ['later', 'meanwhile'] : [])
    if (vendor.meanwhile === undefined) return
    const other = await vendor.open()
    await provider.addTxt(ours)
    await Promise.all([provider.removeTxt(ours), other.addTxt(twin), other.addTxt(at(NAME, 'their-value'))])
    expect((await values()).sort()).toEqual(['later', 'meanwhile', twin.value, 'their-value'].sort())
  },

  'a value lives as long as the documentation says': async ({ kind, vendor, provider }) => {
    const { facts } = await dnsDriver(kind)
    await provider.addTxt(ours)
    const written = (await vendor.rows()).map(({ ttl }) => ttl)
    if (written.some((ttl) => ttl !== undefined)) expect(written).toEqual([facts.ttl])
    expect(facts.ttl ?? 0).toBeLessThanOrEqual(3600)
  },

  'a zone that is not there is DNS_NO_ZONE, by adding and by removing': async ({ provider }) => {
    for (const _ of [1, 2]) {
      await expect(provider.addTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
      await expect(provider.removeTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
    }
  },

  'a zone is checked with reads alone': async ({ vendor, provider, values }) => {
    await provider.addTxt(twin)
    const changes = await vendor.changes()
    expect(await provider.check?.(ours)).toBe(undefined)
    await expect(provider.check?.(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
    expect([await vendor.changes(), await values()]).toEqual([changes, [twin.value]])
  },
}

/** What is promised when a request goes wrong. */
const IN_TROUBLE: Promises = {
  'a check that is denied is an error': async ({ vendor, provider }) => {
    vendor.trouble('denied')
    await expect(provider.check?.(ours)).rejects.toMatchObject({ code: 'DENIED' })
  },

  'F-21: being denied is an error, and never an empty list': async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    for (const on of [undefined, 'change'] as const) {
      vendor.trouble('denied', on)
      await expect(provider.addTxt(twin)).rejects.toMatchObject({ code: 'DENIED' })
      vendor.trouble('denied', on)
      await expect(provider.removeTxt(ours)).rejects.toMatchObject({ code: 'DENIED' })
    }
    expect(await values()).toEqual([ours.value])
  },

  'a request that comes too soon is RATE_LIMITED until the vendor’s own time': async ({ vendor, provider }) => {
    const changes = await vendor.changes()
    vendor.trouble('rate limited')
    const error = await provider.addTxt(ours).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Date) })
    expect(error.retryAfter.getTime() - Date.now()).toBeGreaterThan(60_000)
    expect(error.retryAfter.getTime() - Date.now()).toBeLessThanOrEqual(120_000)
    await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect([await vendor.rows(), (await vendor.changes()) - changes <= 1]).toEqual([[], true])
  },

  'F-20: adding again after a lost answer leaves the value there once': async ({ vendor, provider, values }) => {
    vendor.trouble('lost answer', 'change')
    // What may be sent again is sent again at once.
    await provider.addTxt(ours).catch((error) => expect(error).toMatchObject({ code: 'UNREACHABLE' }))
    await provider.addTxt(ours)
    expect(await values()).toEqual([ours.value])
  },

  'F-20: removing again after a lost answer removes it alone': async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    vendor.trouble('lost answer', 'change')
    await provider.removeTxt(ours).catch(() => provider.removeTxt(ours)) // a DELETE is sent again by itself
    expect(await values()).toEqual([twin.value])
  },

  'no error holds the token': async ({ vendor, provider }) => {
    vendor.trouble('rejected')
    const error: unknown = await provider.addTxt(ours).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'REJECTED' })
    expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN)
  },
}

export const PROMISES: Promises = { ...ALWAYS, ...IN_TROUBLE }

/** For `cannot`, where nothing can be made to go wrong. */
export const withoutTrouble = (reason: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(IN_TROUBLE).map((title) => [title, reason]))
