import { afterAll, beforeAll } from 'vitest'
import { type Cloud, openSecretsManager, startAwsCloud } from '../support/cloud-stores.ts'
import { describePeers } from '../support/describe-peers.ts'
import type { Moto } from '../support/moto.ts'
import { secretsContract } from '../support/secrets-contract.ts'
import { stateContract } from '../support/state-contract.ts'

describePeers('the stores at AWS', ['moto'], ({ moto }) => {
  let cloud: Cloud<Moto>
  beforeAll(async () => {
    cloud = await startAwsCloud(moto)
  })
  afterAll(() => cloud.close())

  let places = 0
  secretsContract('aws-secrets-manager', async () => {
    const prefix = `place-${++places}`
    return () => openSecretsManager(cloud, { prefix })
  })

  secretsContract('s3 with a master key', async () => {
    const { sealed } = cloud.place()
    return sealed
  })

  secretsContract('s3 with a KMS key', async () => {
    const { sealed } = cloud.place()
    return () => sealed({ kmsKey: 'alias/newleaf' })
  })

  stateContract('s3', async () => {
    const { state } = cloud.place()
    return state
  })
})
