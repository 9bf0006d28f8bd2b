import type { BalancerDriver, Registry } from '../platform/driver.ts'

export const registry = {
  'aws-acm': () => import('./drivers/aws-acm.ts'),
  haproxy: () => import('./drivers/haproxy.ts'),
  linode: () => import('./drivers/linode.ts'),
  scaleway: () => import('./drivers/scaleway.ts'),
} satisfies Registry<BalancerDriver>
