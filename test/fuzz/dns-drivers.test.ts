import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { dnsPeers } from '../support/dns-peers.ts'
import { at, type HttpVendor, row, TOKEN } from '../support/dns-vendors.ts'
import { fuzz } from '../support/fuzz.ts'
import { hostility, play, tried, writes } from '../support/hostile-vendor.ts'

const NAME = '_acme-challenge.shop'

/** Those that speak HTTP: how each is made, and where the driver goes when nothing is hostile. */
const vendors: readonly (readonly [create: () => HttpVendor, places: RegExp])[] = (
  await Promise.all(
    [...dnsPeers.values()].map(async ({ create }) => {
      const vendor = await create()
      await (await vendor.open()).addTxt(at(NAME, 'new'))
      await vendor.close()
      if (!('openIn' in vendor)) return []
      const origins = (vendor as HttpVendor).requests.map(({ url }) => new URL(url).origin.replaceAll('.', '\\.'))
      return [[create as () => HttpVendor, new RegExp(`^(?:${[...new Set(origins)].join('|')})/`)] as const]
    }),
  )
).flat()

describe('F-20: hostile answers to any driver of DNS over HTTP', () => {
  fuzz(
    'lead nowhere else, to no write after what was not understood, and to no trouble without a name',
    fc.tuple(
      hostility(4),
      fc.constantFrom(...vendors),
      fc.constantFrom('ours', 'new'),
      fc.constantFrom('add', 'remove', 'check'),
    ),
    async ([hostile, [create, places], value, what]) => {
      const vendor = create()
      vendor.put(row(NAME, 'foreign'), row(NAME, 'ours'))
      const world = play((request) => ({ headers: {}, body: undefined, ...vendor.answer(request) }), hostile, TOKEN)
      const provider = await vendor.openIn(world.context)
      const record = at(NAME, value)
      const work = async () => {
        if (what === 'check') return provider.check?.(record)
        return what === 'add' ? provider.addTxt(record) : provider.removeTxt(record)
      }
      await tried(work, world, hostile, places, vendor.isChange)
      if (what === 'check') expect(writes(world.requests, vendor.isChange)).toEqual([])
    },
  )
})
