import { Failure, isFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import type { World } from '../ports.ts'
import type { Endpoint, PublicCertificate } from '../types.ts'
import { serverNameFor } from '../x509/server-name.ts'
import { RESERVE } from './step.ts'

/** How long a balancer may go on showing the old certificate, and how long an address may be silent. */
const PATIENCE = { mismatch: 2 * MINUTE, silence: 5 * SECOND } as const
const FIRST_PAUSE = SECOND / 4
const LONGEST_PAUSE = 10 * SECOND

type Sight = 'shown' | 'silent' | { readonly instead: string }

/**
 * Whether handshakes from here show this certificate for every name at every address that can be reached. True: they do.
 * False: no address could be reached. Rejects with VERIFY_FAILED when an address keeps showing something else.
 */
export async function verify(
  names: readonly string[],
  certificate: PublicCertificate,
  endpoints: readonly Endpoint[],
  { probe, clock, timeLeft, log }: Pick<World, 'probe' | 'clock' | 'timeLeft' | 'log'>,
): Promise<boolean> {
  const asks = endpoints.flatMap((endpoint) => names.map((name) => ({ endpoint, serverName: serverNameFor(name) })))
  const sights = await Promise.all(
    asks.map(async ({ endpoint, serverName }) => {
      const sight = await sightOf(endpoint, serverName)
      const at = `${endpoint.address} port ${endpoint.port}`
      if (sight === 'silent') log.warn('an address could not be reached', { address: at, serverName })
      if (typeof sight === 'string') return sight
      throw new Failure(
        'VERIFY_FAILED',
        `the API has taken the new certificate, but ${at} does not show it for ${serverName}: ${sight.instead}`,
        { fields: { address: at, serverName } },
      )
    }),
  )
  return sights.includes('shown')

  async function sightOf(endpoint: Endpoint, serverName: string): Promise<Sight> {
    let waited = 0
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const sight = await glance(endpoint, serverName)
      if (sight === 'shown') return sight
      waited += pause
      const patience = sight === 'silent' ? PATIENCE.silence : PATIENCE.mismatch
      if (waited > patience || timeLeft() < pause + RESERVE) return sight
      await clock.sleep(pause)
    }
  }

  async function glance(endpoint: Endpoint, serverName: string): Promise<Sight> {
    try {
      const served = await probe.served(endpoint, serverName)
      if (served.fingerprint === certificate.fingerprint) return 'shown'
      return { instead: `it shows one with serial ${served.serial}, valid until ${served.notAfter.toISOString()}` }
    } catch (error) {
      if (isFailure(error, 'UNREACHABLE')) return 'silent'
      if (isFailure(error, 'CHAIN_INVALID')) return { instead: 'what it shows cannot be read' }
      throw error
    }
  }
}
