import type { Driver, Registry } from '../platform/driver.ts'
import type { Notifier } from '../ports.ts'

export const registry = {
  webhook: () => import('./drivers/webhook.ts'),
  slack: () => import('./drivers/slack.ts'),
  sns: () => import('./drivers/sns/driver.ts'),
  eventbridge: () => import('./drivers/eventbridge/driver.ts'),
} satisfies Registry<Driver<Notifier>>
