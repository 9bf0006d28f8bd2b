import type { Driver, Registry } from '../platform/driver.ts'
import type { StateStore } from '../ports.ts'

export const registry = {
  file: () => import('./drivers/file.ts'),
} satisfies Registry<Driver<StateStore>>
