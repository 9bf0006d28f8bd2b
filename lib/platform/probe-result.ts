import { isFailure } from '../errors.ts'
import type { Handshake, Probe } from '../ports.ts'
import type { CertificateFacts, Endpoint, KeyFamily, ProbeResult, PublicCertificate, Shows } from '../types.ts'
import { compareServed } from '../x509/presented.ts'

/** The family of a certificate's key; undefined for one that no handshake can ask for alone. */
export const familyOf = ({ keyAlgorithm }: Pick<CertificateFacts, 'keyAlgorithm'>): KeyFamily | undefined =>
  keyAlgorithm === 'other' ? undefined : keyAlgorithm.startsWith('rsa') ? 'rsa' : 'ecdsa'

const SHOWN = { same: 'current', 'leaf alone': 'incomplete', another: 'other' } as const

/**
 * One look at one address for one name, compared with what is wanted there. A listener may hold keys of both families: the one
 * of the wanted certificate is asked for, and any only where there is none of that family.
 */
export async function probeEndpoint(
  endpoint: Endpoint,
  serverName: string,
  wanted: PublicCertificate | undefined,
  probe: Probe,
): Promise<ProbeResult> {
  const seen = (shows: Shows, more: Partial<ProbeResult> = {}): ProbeResult => ({
    ...{ address: endpoint.address, port: endpoint.port, serverName, shows, served: undefined, reason: undefined },
    ...more,
  })
  try {
    const handshake = await greet(endpoint, serverName, wanted && familyOf(wanted), probe)
    if (handshake.result !== 'presented') return seen(handshake.result, { reason: handshake.reason })
    const { certificate: served } = handshake
    return seen(wanted === undefined ? 'other' : SHOWN[compareServed(served, wanted)], { served })
  } catch (error) {
    if (!isFailure(error, 'OUT_OF_TIME', 'LOCAL_TROUBLE')) throw error
    return seen('unknown', { reason: error.message })
  }
}

async function greet(
  endpoint: Endpoint,
  serverName: string,
  family: KeyFamily | undefined,
  probe: Probe,
): Promise<Handshake> {
  const first = await probe.handshake(endpoint, serverName, family)
  // Without a key of this family a server ends the handshake, in one way or another; it does not fall silent.
  if (family === undefined || first.result !== 'broken' || first.silent) return first
  const second = await probe.handshake(endpoint, serverName)
  // Who has such a key, and ended the handshake all the same, is broken now and then.
  return second.result === 'presented' && familyOf(second.certificate) !== family ? second : first
}

/** How an address is called in the state and in messages: `192.0.2.1 port 443`. */
export const endpointText = ({ address, port }: Endpoint): string => `${address} port ${port}`

/** The endpoint that is called so, and none for any other text. */
export function endpointsCalled(text: string): Endpoint[] {
  const { address, port } = /^(?<address>\S+) port (?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  return address === undefined || port === undefined ? [] : [{ address, port: Number(port) }]
}

/** Whether a probed proves that the address can be reached from here. */
export const answers = ({ shows }: Pick<ProbeResult, 'shows'>): boolean =>
  shows !== 'refused' && shows !== 'unreachable' && shows !== 'unknown'
