import { mapConcurrently } from '../platform/concurrency.ts'
import { answers, probeEndpoint } from '../platform/probe-result.ts'
import type { Probe } from '../ports.ts'
import type { Endpoint, ProbeResult, PublicCertificate, Shows } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { serverNameFor } from '../x509/server-name.ts'

const AT_ONCE = 10
/** The worst first. */
const WORST: readonly Shows[] = ['broken', 'other', 'incomplete', 'refused', 'unreachable', 'unknown', 'current']

/** What each address shows for these names, by the worst of them: an API may say one thing, and the wire another. */
export function probesOf(
  endpoints: readonly Endpoint[],
  names: readonly string[],
  current: PublicCertificate | undefined,
  probe: Probe,
): Promise<ProbeResult[]> {
  // A name that the certificate does not have yet is nothing that an address could show.
  const shown = current === undefined ? names.slice(0, 1) : names.filter((name) => covers(current.names, name))
  const [first = '', ...others] = shown.map(serverNameFor)
  const look = async (endpoint: Endpoint): Promise<ProbeResult> => {
    const probed = await probeEndpoint(endpoint, first, current, probe)
    // An address that does not answer for one name is not waited for again and again.
    if (!answers(probed) || probed.shows === 'broken') return probed
    const more = await mapConcurrently(others, AT_ONCE, (name) => probeEndpoint(endpoint, name, current, probe))
    return [probed, ...more].sort((one, other) => WORST.indexOf(one.shows) - WORST.indexOf(other.shows))[0] ?? probed
  }
  return Promise.all(endpoints.map(look))
}
