import { tmpdir } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { openRuntime, type Runtime } from '../../lib/open.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { failure as failureOf } from '../support/failure.ts'

const CONFIGURATION = `
environment: test
acme:
  authorities:
    known: { directory: letsencrypt-staging, agreeToTerms: true }
    own: { directory: 'https://ca.example/acme', agreeToTerms: true, caCertificate: missing.pem }
dns: { main: { use: linode, options: { token: env:MISSING } } }
balancers: { us: { use: linode, options: { token: env:MISSING } } }
certificates: { shop: { names: [shop.example], deploy: [{ balancer: us, nodeBalancer: apps, port: 443 }] } }
`

let world: Runtime | undefined
afterEach(() => world?.close())

async function opened(): Promise<Runtime> {
  const config = await parseConfig(CONFIGURATION, { folder: tmpdir(), file: 'newleaf.yaml' })
  const log = createLog(silent, systemClock)
  world = openRuntime(config, { env: {}, clock: systemClock, log, random: Math.random, timeLeft: () => 60_000 })
  return world
}

describe('a world that was opened', () => {
  test('tells the directories of its authorities, and has opened none of them', async () => {
    const { known, own } = (await opened()).authorities
    expect(known?.directory).toBe('https://acme-staging-v02.api.letsencrypt.org/directory')
    expect(own?.directory).toBe('https://ca.example/acme')
  })

  test('fails at the first call of a driver that cannot be opened, and at that driver alone', async () => {
    const { balancers, secrets } = await opened()
    const failure = await failureOf(
      balancers.us?.inspect({ nodeBalancer: 'apps', port: 443 }, undefined) ?? Promise.resolve(),
    )
    expect(failure?.code).toBe('REFERENCE_UNRESOLVED')
    expect(await secrets.read('certificate/none-of-this-name', 'current')).toBeUndefined()
  })
})
