import type { BalancerDriver, Registry } from '../platform/driver.ts'

export const registry = {
  'aws-acm': () => import('./drivers/aws-acm/driver.ts'),
  haproxy: () => import('./drivers/haproxy/driver.ts'),
  linode: () => import('./drivers/linode/driver.ts'),
  scaleway: () => import('./drivers/scaleway/driver.ts'),
} satisfies Registry<BalancerDriver>
