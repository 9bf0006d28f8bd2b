import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { driver as linodeDns } from '../../lib/dns/drivers/linode.ts'
import { driver as scalewayDns } from '../../lib/dns/drivers/scaleway.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { driver as secretManager } from '../../lib/secrets/drivers/scaleway-secret-manager/driver.ts'
import { fuzz } from '../support/fuzz.ts'
import { hostility, play, token, tried, writes } from '../support/hostile-vendor.ts'
import { smallDns, smallSecrets } from '../support/small-vendors.ts'

describe('F-20: hostile answers of DNS providers', () => {
  const open = { scaleway: scalewayDns.open, linode: linodeDns.open }
  const places = {
    scaleway: /^https:\/\/api\.scaleway\.com\/domain\/v2beta1\/dns-zones\/shop\.test\/records$/,
    linode: /^https:\/\/api\.linode\.com\/v4\/domains(\/\d+\/records(\/\d+)?)?$/,
  }
  const record = {
    ...{ name: '_acme-challenge.shop.test', relativeName: '_acme-challenge', zone: 'shop.test', provider: 'main' },
  }

  fuzz(
    'lead to no write, and never to the end of a foreign value',
    fc.tuple(hostility(4), fc.constantFrom('scaleway', 'linode'), fc.constantFrom('ours', 'new'), fc.boolean()),
    async ([hostile, vendor, value, adds]) => {
      const world = play(smallDns(vendor), hostile)
      const provider = await open[vendor]({ token }, world.context)
      const work = () => (adds ? provider.addTxt({ ...record, value }) : provider.removeTxt({ ...record, value }))
      await tried(work, world, hostile, places[vendor])
      const removed = writes(world.requests).filter(
        ({ method, body }) => method === 'DELETE' || body?.includes('delete'),
      )
      if (adds) expect(removed).toEqual([])
      if (hostile.spoiling.answer > 1) expect(removed.filter(isForeign)).toEqual([])
    },
  )
  const isForeign = ({ url, body }: HttpRequest) =>
    url.endsWith('/records/1') || body?.includes('000000000001') === true
})

describe('F-62: hostile answers of Secret Manager', () => {
  const SECRETS =
    /^https:\/\/api\.scaleway\.com\/secret-manager\/v1beta1\/regions\/fr-par\/secrets(\/[\w-]+(\/versions(\/\d+(\/access)?)?)?)?$/
  fuzz(
    'lead to no write, and to no value that was not there',
    fc.tuple(hostility(12), fc.constantFrom('read', 'stage', 'promote'), fc.boolean()),
    async ([hostile, what, isThere]) => {
      const world = play(smallSecrets(isThere ? ['canary-token-first'] : []), hostile)
      const options = { region: 'fr-par', projectId: '105bdce1-64c0-48ab-899d-868455867ecf', token } as const
      const store = await secretManager.open(options, world.context)
      await tried(
        async () => {
          if (what === 'read') return void (await store.read('certificate/shop', 'current'))
          const version = await store.stage('certificate/shop', new Secret('canary-token-second'))
          if (what === 'promote') await store.activate('certificate/shop', version, isThere ? '1' : undefined)
        },
        world,
        hostile,
        SECRETS,
      )
      if (what === 'read') expect(writes(world.requests)).toEqual([])
      const MOVE = /^newleaf\/1 move=[1-9]\d{0,9} seen=\d{1,10}( (current|pending|previous)=(\d{1,10}|this))*$/
      for (const { method, url, body } of world.requests) {
        if (method !== 'POST' || !url.endsWith('/versions')) continue
        expect((JSON.parse(body ?? '') as { description: string }).description).toMatch(MOVE)
      }
    },
  )
})
