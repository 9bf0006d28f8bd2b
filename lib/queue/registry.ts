import type { Driver, Registry } from '../platform/driver.ts'
import type { Queue } from '../ports.ts'

export const registry = {
  sqs: () => import('./drivers/sqs.ts'),
} satisfies Registry<Driver<Queue>>
