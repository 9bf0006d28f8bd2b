import type { DnsDriver, Registry } from '../platform/driver.ts'

export const registry = {
  cloudflare: () => import('./drivers/cloudflare.ts'),
  digitalocean: () => import('./drivers/digitalocean.ts'),
  desec: () => import('./drivers/desec.ts'),
  gandi: () => import('./drivers/gandi.ts'),
  httpreq: () => import('./drivers/httpreq.ts'),
  ionos: () => import('./drivers/ionos.ts'),
  linode: () => import('./drivers/linode.ts'),
  ovh: () => import('./drivers/ovh.ts'),
  powerdns: () => import('./drivers/powerdns.ts'),
  rfc2136: () => import('./drivers/rfc2136/driver.ts'),
  route53: () => import('./drivers/route53/driver.ts'),
  scaleway: () => import('./drivers/scaleway.ts'),
} satisfies Registry<DnsDriver>
