import { endpointText } from '../platform/probe-result.ts'
import type { TargetEntry } from '../state/document.ts'
import type { RememberedFailure } from '../state/failures.ts'
import { isLost } from '../state/targets.ts'
import type { KnownProbeResult, TargetResult, TargetView } from '../types.ts'
import { fingerprintText } from '../x509/facts.ts'

/** What is said of a failure, one of now or one that is remembered. */
export type Failed = Pick<RememberedFailure, 'code' | 'message'>

/** Whether a target serves what is current, as far as somebody has looked. */
export type ServingState =
  | { readonly state: 'verified'; readonly addresses: number; readonly unseen: readonly string[] }
  | { readonly state: 'unverified' | 'not looked' }
  | { readonly state: 'broken' | 'other' | 'lost'; readonly why: string }
  | { readonly state: 'failed'; readonly failure: Failed }

/** What the API and handshakes of a look say; of an API that asks for patience handshakes tell all that is known. */
export function servingOfView(view: TargetView): ServingState {
  if ('error' in view && view.probes === undefined) return { state: 'failed', failure: view.error }
  const { probes = [] } = view
  const first = (test: (probed: (typeof probes)[number]) => boolean) => probes.find(test)
  const broken = first(({ shows }) => shows === 'broken')
  if (broken !== undefined)
    return { state: 'broken', why: `${endpointText(broken)}, for ${broken.serverName}: ${broken.reason}` }
  if ('serves' in view && !view.serves)
    return { state: 'other', why: 'the API says that it serves another certificate' }
  const other = first(({ shows }) => shows === 'other')
  if (other !== undefined)
    return { state: 'other', why: `${endpointText(other)} shows ${anotherOf(other)} for ${other.serverName}` }
  const alone = first(({ shows }) => shows === 'incomplete')
  if (alone !== undefined)
    return { state: 'other', why: `${endpointText(alone)} shows it without the certificates of its issuers` }
  const lost = first(isLost)
  if (lost !== undefined)
    return { state: 'lost', why: `${endpointText(lost)} does not answer any more: ${lost.reason}` }
  if (probes.some(({ shows }) => shows === 'unknown')) return { state: 'not looked' }
  const unseen = probes.filter(({ shows }) => shows !== 'current').map(endpointText)
  const addresses = probes.length - unseen.length
  return addresses === 0 ? { state: 'unverified' } : { state: 'verified', addresses, unseen }
}

/** What the wire shows, where the API says that the current certificate is served. */
export const isAmiss = (probed: KnownProbeResult): boolean =>
  probed.shows === 'other' || probed.shows === 'incomplete' || probed.shows === 'broken' || isLost(probed)

const anotherOf = ({ served }: KnownProbeResult): string =>
  served === undefined ? 'another certificate' : `another certificate (${fingerprintText(served)})`

/** What a run has just proved. */
export function servingOfResult(result: TargetResult): ServingState {
  if (result.state === 'failed') return { state: 'failed', failure: result.error }
  const unseen = result.addresses.filter(({ state }) => state === 'unverified').map(endpointText)
  if (result.state === 'unverified') return { state: 'unverified' }
  return { state: 'verified', addresses: result.addresses.length - unseen.length, unseen }
}

/** What is remembered of a target, where nobody can look. */
export function servingOfEntry(entry: TargetEntry | undefined, current: string | undefined): ServingState {
  if (entry?.deployed === undefined) return { state: 'unverified' }
  if (entry.deployed.fingerprint !== current)
    return { state: 'other', why: 'it has not been given the current certificate yet' }
  if (!entry.verified) return { state: 'unverified' }
  const addresses = Object.entries(entry.addresses)
  const unseen = addresses.filter(([, { verified }]) => verified === undefined).map(([address]) => address)
  return { state: 'verified', addresses: Math.max(addresses.length - unseen.length, 1), unseen }
}
