import * as v from 'valibot'
import { createHttp, type Http } from '../../lib/platform/http.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { driver } from '../../lib/secrets/drivers/scaleway-secret-manager/driver.ts'
import type { World } from '../../sandbox/world.ts'
import { contextOver, tools } from './driver-context.ts'

/** Connections to the world's own endpoints. */
export const httpTo = ({ memory }: Pick<World, 'memory'>): Http =>
  createHttp({ ...tools, caCertificate: memory.house.rootPem, privateAddresses: 'allow' })

/** Secrets of this world in a folder of their own, and what was sent for them. */
export async function openScalewaySecrets(
  world: World,
  path: string,
  http: Http,
  token = world.memory.tokens.scaleway,
) {
  const options = v.parse(driver.options, {
    region: 'fr-par',
    projectId: world.memory.scaleway.project,
    token: 'env:TOKEN',
    path,
    endpoint: `https://localhost:${world.scaleway.port}`,
  })
  const { context, requests } = contextOver(http, token)
  const store: SecretStore = await driver.open(options, context)
  return { store, requests }
}
