import type { Driver, Registry } from '../platform/driver.ts'
import type { StateStore } from '../ports.ts'

export const registry = {
  file: () => import('./drivers/file.ts'),
  s3: () => import('./drivers/s3.ts'),
} satisfies Registry<Driver<StateStore>>
