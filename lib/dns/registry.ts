import type { DnsDriver, Registry } from '../platform/driver.ts'

export const registry = {
  'acme-dns': () => import('./drivers/acme-dns.ts'),
  bunny: () => import('./drivers/bunny.ts'),
  cloudflare: () => import('./drivers/cloudflare.ts'),
  digitalocean: () => import('./drivers/digitalocean.ts'),
  desec: () => import('./drivers/desec.ts'),
  gandi: () => import('./drivers/gandi.ts'),
  duckdns: () => import('./drivers/duckdns.ts'),
  exec: () => import('./drivers/exec.ts'),
  httpreq: () => import('./drivers/httpreq.ts'),
  inwx: () => import('./drivers/inwx.ts'),
  ionos: () => import('./drivers/ionos.ts'),
  linode: () => import('./drivers/linode.ts'),
  ovh: () => import('./drivers/ovh.ts'),
  ns1: () => import('./drivers/ns1.ts'),
  porkbun: () => import('./drivers/porkbun.ts'),
  powerdns: () => import('./drivers/powerdns.ts'),
  rfc2136: () => import('./drivers/rfc2136/driver.ts'),
  route53: () => import('./drivers/route53/driver.ts'),
  scaleway: () => import('./drivers/scaleway.ts'),
  transip: () => import('./drivers/transip.ts'),
} satisfies Registry<DnsDriver>
