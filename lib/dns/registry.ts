import type { Driver, Registry } from '../platform/driver.ts'
import type { DnsProvider } from '../ports.ts'

export const registry = {
  httpreq: () => import('./drivers/httpreq.ts'),
  linode: () => import('./drivers/linode.ts'),
  scaleway: () => import('./drivers/scaleway.ts'),
} satisfies Registry<Driver<DnsProvider>>
