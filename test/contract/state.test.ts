import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { type Cloud, startBucketCloud } from '../support/cloud-stores.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { stateContract } from '../support/state-contract.ts'
import { openState, temporaryFolder } from '../support/stores.ts'

let cloud: Cloud<ObjectStorage>
beforeAll(async () => {
  cloud = await startBucketCloud()
})
afterAll(() => cloud.close())

stateContract('memory', async () => {
  const store = createMemoryState()
  return async () => store
})

stateContract('file', async () => {
  const folder = await temporaryFolder(onTestFinished)
  return () => openState(folder)
})

stateContract('s3', async () => {
  const { state } = cloud.place()
  return state
})
