import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { registry } from '../../lib/dns/registry.ts'
import { dnsDriver, dnsPeers, evidenceOf } from '../support/dns-peers.ts'
import { sandboxed } from '../support/dns-sandbox.ts'
import { at, type DnsPeer, row, TOKEN, type Vendor } from '../support/dns-vendors.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const twin = at(NAME, 'our-value_2')
const elsewhere = at('_acme-challenge', 'our-value_1', 'elsewhere.test')

test('each driver has a peer, and each peer stands for a driver', () => {
  expect([...dnsPeers.keys()].sort()).toEqual(Object.keys(registry).sort())
})

/** Each driver over its own peer, and over the sandbox where there is one. */
const sites: [driver: string, over: string, peer: DnsPeer][] = [...dnsPeers].flatMap(([name, peer]) => {
  const sandbox = sandboxed[name]
  const own: [string, string, DnsPeer] = [name, 'its peer', peer]
  return sandbox === undefined ? [own] : [own, [name, 'the sandbox', sandbox]]
})

const running: Vendor[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((vendor) => vendor.close()))
})

/** What was not promised, by peer; it is printed in the end. */
const cannot = new Set<string>()
const promises = new Set<string>()

interface Opened {
  readonly vendor: Vendor
  readonly provider: Awaited<ReturnType<Vendor['open']>>
  values(): string[]
}

describe.each(sites)('a DNS provider: %s over %s', (kind, _over, peer) => {
  async function opened(): Promise<Opened> {
    const vendor = await peer.create()
    running.push(vendor)
    return { vendor, provider: await vendor.open(), values: () => vendor.rows().map(({ value }) => value) }
  }

  function promise(title: string, run: (opened: Opened) => Promise<void>) {
    promises.add(title)
    const reason = peer.cannot?.[title]
    if (reason === undefined) return test(title, async () => run(await opened()))
    cannot.add(`${kind}: not "${title}": ${reason}`)
  }

  promise('two values stand at one name, as an apex and its wildcard need', async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    expect(values().sort()).toEqual([ours.value, twin.value])
    expect(vendor.rows().every(({ name, type }) => name === NAME && type === 'TXT')).toBe(true)
  })

  promise('of two values one is removed and the other stays', async ({ provider, values }) => {
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    await provider.removeTxt(ours)
    expect(values()).toEqual([twin.value])
    await provider.removeTxt(twin)
    expect(values()).toEqual([])
  })

  promise('F-27: values of others are kept, by adding and by removing', async ({ vendor, provider }) => {
    const foreign = [row(NAME, 'foreign'), row(NAME, `${ours.value}-longer`), row('other', ours.value)]
    const rows = () => vendor.rows().map(({ name, value }) => `${name} ${value}`)
    vendor.put(...foreign)
    const before = rows().sort()
    await provider.addTxt(ours)
    expect(rows().sort()).toEqual([...before, `${NAME} ${ours.value}`].sort())
    await provider.removeTxt(ours)
    expect(rows().sort()).toEqual(before)
  })

  promise('adding what is there already changes nothing', async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    const changes = vendor.changes()
    await provider.addTxt(ours)
    expect(values()).toEqual([ours.value])
    expect(vendor.changes()).toBe(changes)
  })

  promise('adding a value twice leaves it there once', async ({ provider, values }) => {
    for (const record of [ours, twin, ours]) await provider.addTxt(record)
    expect(values().sort()).toEqual([ours.value, twin.value])
  })

  promise('removing what is gone succeeds', async ({ provider, values }) => {
    await provider.addTxt(ours)
    await provider.removeTxt(ours)
    await provider.removeTxt(ours)
    expect(values()).toEqual([])
  })

  promise('removing what is gone changes nothing', async ({ vendor, provider }) => {
    vendor.put(row(NAME, 'foreign'))
    const changes = vendor.changes()
    await provider.removeTxt(ours)
    expect(vendor.changes()).toBe(changes)
  })

  promise('a value is found on whatever page it stands', async ({ vendor, provider, values }) => {
    const foreign = Array.from({ length: 120 }, (_, index) => `foreign-${index}`)
    vendor.put(...foreign.map((value) => row(`www-${value}`, value)))
    vendor.put(...foreign.map((value) => row(NAME, value)))
    await provider.addTxt(ours)
    await provider.addTxt(ours)
    expect(values().sort()).toEqual([...foreign, ...foreign, ours.value].sort())
    await provider.removeTxt(ours)
    expect(values().sort()).toEqual([...foreign, ...foreign].sort())
  })

  promise('a name at the top of the zone is one like any other', async ({ vendor, provider }) => {
    vendor.put(row('', 'ns0.example.net.', 'NS'), row('www', 'v'), row('', 'v=spf1 -all'))
    await provider.addTxt(at('', 'v'))
    await provider.addTxt(at('', 'v'))
    const holding = () => vendor.rows().filter(({ value }) => value === 'v')
    expect(
      holding()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['', 'www'])
    await provider.removeTxt(at('', 'v'))
    expect(
      vendor
        .rows()
        .map(({ name, value }) => `${name} ${value}`)
        .sort(),
    ).toEqual([' v=spf1 -all', 'www v'])
  })

  promise('a record of another type is neither ours nor in the way', async ({ vendor, provider, values }) => {
    vendor.put(row(NAME, ours.value, 'SPF'))
    await provider.addTxt(ours)
    expect(values()).toEqual([ours.value])
    await provider.removeTxt(ours)
    expect(values()).toEqual([])
  })

  promise('what somebody else writes meanwhile is kept', async ({ vendor, provider, values }) => {
    vendor.meanwhile?.(() => vendor.put(row(NAME, 'meanwhile')))
    await provider.addTxt(ours)
    vendor.meanwhile?.(() => vendor.put(row(NAME, 'later')))
    await provider.removeTxt(ours)
    expect(values().sort()).toEqual(vendor.meanwhile ? ['later', 'meanwhile'] : [])
  })

  promise('a value lives as long as the documentation says', async ({ vendor, provider }) => {
    const { facts } = await dnsDriver(kind)
    await provider.addTxt(ours)
    const written = vendor.rows().map(({ ttl }) => ttl)
    if (written.some((ttl) => ttl !== undefined)) expect(written).toEqual([facts.ttl])
    expect(facts.ttl ?? 0).toBeLessThanOrEqual(3600)
  })

  promise('a zone that is not there is DNS_NO_ZONE, by adding and by removing', async ({ provider }) => {
    for (const _ of [1, 2]) {
      await expect(provider.addTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
      await expect(provider.removeTxt(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
    }
  })

  promise('a zone is checked with reads alone', async ({ vendor, provider, values }) => {
    await provider.addTxt(twin)
    const changes = vendor.changes()
    expect(await provider.check?.(ours)).toBe(undefined)
    await expect(provider.check?.(elsewhere)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
    expect([vendor.changes(), values()]).toEqual([changes, [twin.value]])
    vendor.trouble('denied')
    await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({ code: 'DENIED' })
  })

  promise('F-21: being denied is an error, and never an empty list', async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    for (const on of [undefined, 'change'] as const) {
      vendor.trouble('denied', on)
      await expect(provider.addTxt(twin)).rejects.toMatchObject({ code: 'DENIED' })
      vendor.trouble('denied', on)
      await expect(provider.removeTxt(ours)).rejects.toMatchObject({ code: 'DENIED' })
    }
    expect(values()).toEqual([ours.value])
  })

  promise('a request that comes too soon is RATE_LIMITED until the vendor’s own time', async ({ vendor, provider }) => {
    const changes = vendor.changes()
    vendor.trouble('rate limited')
    const error = await provider.addTxt(ours).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Date) })
    expect(error.retryAfter.getTime() - Date.now()).toBeGreaterThan(60_000)
    expect(error.retryAfter.getTime() - Date.now()).toBeLessThanOrEqual(120_000)
    await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect([vendor.rows(), vendor.changes() - changes <= 1]).toEqual([[], true])
  })

  promise(
    'F-20: adding again after a lost answer leaves the value there once',
    async ({ vendor, provider, values }) => {
      vendor.trouble('lost answer', 'change')
      await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'UNREACHABLE' })
      await provider.addTxt(ours)
      expect(values()).toEqual([ours.value])
    },
  )

  promise('F-20: removing again after a lost answer removes it alone', async ({ vendor, provider, values }) => {
    await provider.addTxt(ours)
    await provider.addTxt(twin)
    vendor.trouble('lost answer', 'change')
    await provider.removeTxt(ours).catch(() => provider.removeTxt(ours)) // a DELETE is sent again by itself
    expect(values()).toEqual([twin.value])
  })

  promise('no error holds the token', async ({ vendor, provider }) => {
    vendor.trouble('rejected')
    const error: unknown = await provider.addTxt(ours).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'REJECTED' })
    expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN)
  })
})

test('what a peer cannot do is a promise of this contract', () => {
  const titles = [...dnsPeers].flatMap(([name, { cannot = {} }]) =>
    Object.keys(cannot).map((title) => `${name}: ${title}`),
  )
  expect(titles.filter((each) => !promises.has(each.slice(each.indexOf(': ') + 2)))).toEqual([])
})

test.each([...dnsPeers])('%s stands on evidence', (_name, peer) => {
  expect(evidenceOf(peer)).not.toBe('')
  expect(peer.evidence.recording === undefined).toBe(peer.recording === undefined)
})

afterAll(() => {
  const rows = [...dnsPeers].map(([name, peer]) => `  ${name.padEnd(14)}${evidenceOf(peer)}`)
  const not = [...cannot].sort().map((each) => `  ${each}`)
  process.stdout.write(
    `\nwhat each DNS driver stands on:\n${rows.join('\n')}\n\nwhat is not promised:\n${not.join('\n')}\n`,
  )
})
