import type { Driver, Registry } from '../platform/driver.ts'
import type { SecretStore } from '../ports.ts'

export const registry = {
  'aws-secrets-manager': () => import('./drivers/aws-secrets-manager/driver.ts'),
  file: () => import('./drivers/file.ts'),
  s3: () => import('./drivers/s3.ts'),
  'scaleway-secret-manager': () => import('./drivers/scaleway-secret-manager/driver.ts'),
} satisfies Registry<Driver<SecretStore>>
