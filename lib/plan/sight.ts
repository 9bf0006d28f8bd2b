import { isFailure } from '../errors.ts'
import type { Probe } from '../ports.ts'
import type { Endpoint, PublicCertificate, Sight } from '../types.ts'
import { compareServed } from '../x509/presented.ts'

/** What each address shows for this name: an API may say one thing, and the wire another. */
export const sightsOf = (
  endpoints: readonly Endpoint[],
  serverName: string,
  current: PublicCertificate | undefined,
  probe: Probe,
): Promise<Sight[]> =>
  Promise.all(
    endpoints.map(async (endpoint): Promise<Sight> => {
      try {
        const served = await probe.served(endpoint, serverName)
        const isCurrent = current !== undefined && compareServed(served, current) === 'same'
        return { ...endpoint, served, shows: isCurrent ? 'current' : 'other' }
      } catch (error) {
        if (!isFailure(error, 'UNREACHABLE', 'CHAIN_INVALID', 'OUT_OF_TIME')) throw error
        return { ...endpoint, served: undefined, shows: isFailure(error, 'CHAIN_INVALID') ? 'other' : 'nothing' }
      }
    }),
  )
