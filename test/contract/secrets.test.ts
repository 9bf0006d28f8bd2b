import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { type Cloud, startBucketCloud } from '../support/cloud-stores.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { secretsContract } from '../support/secrets-contract.ts'
import { openSecrets, temporaryFolder } from '../support/stores.ts'

let cloud: Cloud<ObjectStorage>
beforeAll(async () => {
  cloud = await startBucketCloud()
})
afterAll(() => cloud.close())

secretsContract('memory', async () => {
  const store = createMemorySecrets()
  return async () => store
})

secretsContract('file', async () => {
  const folder = await temporaryFolder(onTestFinished)
  return () => openSecrets(folder)
})

secretsContract('s3', async () => {
  const { sealed } = cloud.place()
  return sealed
})
