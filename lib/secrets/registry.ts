import type { Driver, Registry } from '../platform/driver.ts'
import type { SecretStore } from '../types.ts'

export const registry = {
  file: () => import('./drivers/file.ts'),
} satisfies Registry<Driver<SecretStore>>
