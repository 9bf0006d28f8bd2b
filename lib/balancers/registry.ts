import type { BalancerDriver, Registry } from '../platform/driver.ts'

export const registry = {
  linode: () => import('./drivers/linode.ts'),
  scaleway: () => import('./drivers/scaleway.ts'),
} satisfies Registry<BalancerDriver>
