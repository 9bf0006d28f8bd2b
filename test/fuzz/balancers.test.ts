import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { driver as linode } from '../../lib/balancers/drivers/linode/driver.ts'
import { driver as scaleway } from '../../lib/balancers/drivers/scaleway/driver.ts'
import { certificateName } from '../../lib/balancers/names.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { fuzz } from '../support/fuzz.ts'
import { hostility, play, token, tried, writes } from '../support/hostile-vendor.ts'
import { issue } from '../support/practice-world.ts'
import { smallLinode, smallScaleway } from '../support/small-vendors.ts'

const names = ['shop.test', '*.shop.test']
const { chainPem, privateKeyPem } = await issue(await createAuthority({ name: 'fuzz' }), 'rsa-2048', names)
const certificate: Certificate = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
const named = (fingerprint: string) => certificateName('test', 'shop', fingerprint)
const deployment: Deployment<Certificate> = { name: named(certificate.fingerprint), certificate }
const OLD = named('a'.repeat(64))

describe('F-74: hostile answers of load balancers', () => {
  const listeners = {
    byName: { loadBalancer: 'edge', frontend: 'https' },
    byId: {
      loadBalancer: '9a8dfdb0-a71a-4ff4-8579-000000000001',
      frontend: '9a8dfdb0-a71a-4ff4-8579-000000000004',
    },
  }
  const LBS =
    /^https:\/\/api\.scaleway\.com\/lb\/v1\/zones\/fr-par-1\/(lbs|frontends|certificates)(\/[\w-]+(\/(frontends|certificates))?)?$/
  const operation = fc.constantFrom('look', 'swap', 'retire', 'list')

  fuzz(
    'of Scaleway lead to no write, and never to the end of a foreign certificate',
    fc.tuple(hostility(12), operation, fc.boolean()),
    async ([hostile, what, byId]) => {
      const world = play(smallScaleway({ name: OLD, names }), hostile)
      const balancer = await scaleway.open({ zone: 'fr-par-1', token }, world.context)
      const listener = byId ? listeners.byId : listeners.byName
      await tried(
        async () => {
          if (what === 'look') await balancer.inspect(listener, deployment)
          else if (what === 'swap') await balancer.swap(listener, deployment)
          else if (what === 'retire')
            await balancer.deleteUnused(listener, [OLD, 'by-hand', 'newleaf-other-shop-0123456789abcdef'])
          else
            for (const { name, covers } of (await balancer.list(listener)).certificates)
              expect([typeof name, covers.length >= 0]).toEqual(['string', true])
        },
        world,
        hostile,
        LBS,
      )
      if (what === 'look' || what === 'list') expect(writes(world.requests)).toEqual([])
      for (const [at, { method, url, body }] of world.requests.entries()) {
        // What the vendor said last of the frontend is kept: of its foreign certificates none gets lost.
        if (method === 'PUT') {
          const { certificate_ids: before = [] } = JSON.parse(world.bodies[at - 1] ?? '') as {
            certificate_ids?: string[]
          }
          const ids = (JSON.parse(body ?? '') as { certificate_ids: string[] }).certificate_ids
          const foreign = '9a8dfdb0-a71a-4ff4-8579-000000000011'
          const wasSaid = hostile.spoiling.answer === at - 1 || hostile.spoiling.answer === -1
          if (!wasSaid && (before ?? []).includes(foreign) && !renamed(world.bodies, foreign))
            expect(ids).toContain(foreign)
        }
        // Only what the vendor itself calls by a name of ours.
        if (method === 'DELETE') expect(renamed(world.bodies, url.split('/').at(-1) ?? '')).toBe(true)
      }
    },
    { share: 1 / 2 },
  )

  /** Whether the vendor has called this object by a name of ours. */
  const renamed = (bodies: readonly string[], id: string): boolean =>
    bodies.some((body) => {
      const objects: { id?: unknown; name?: unknown }[] = []
      try {
        JSON.parse(body, (_, value: unknown) => {
          if (typeof value === 'object' && value !== null && 'name' in value) objects.push(value)
          return value
        })
      } catch {
        return false
      }
      return objects.some((each) => each.id === id && String(each.name).startsWith('newleaf-test-'))
    })

  const PORTS = /^https:\/\/api\.linode\.com\/v4\/nodebalancers(\/\d+(\/configs(\/\d+)?)?)?$/
  fuzz(
    'of Linode lead to no write',
    fc.tuple(hostility(4), operation, fc.boolean()),
    async ([hostile, what, byId]) => {
      const world = play(smallLinode(), hostile)
      const balancer = await linode.open({ token }, world.context)
      const listener = { nodeBalancer: byId ? 1774428 : 'apps', port: 443 }
      await tried(
        async () => {
          if (what === 'look') await balancer.inspect(listener, deployment)
          else if (what === 'swap') await balancer.swap(listener, deployment)
          else if (what === 'retire') await balancer.deleteUnused(listener, [OLD])
          else await balancer.list(listener)
        },
        world,
        hostile,
        PORTS,
      )
      if (what !== 'swap') expect(writes(world.requests)).toEqual([])
      expect(writes(world.requests).length).toBeLessThanOrEqual(1)
    },
    { share: 1 / 2 },
  )
})
