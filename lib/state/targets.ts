import { answers, endpointText } from '../platform/probe-result.ts'
import type { AddressResult, KnownProbeResult, ProbeResult, Target } from '../types.ts'
import type { AddressEntry, CertificateDocument, TargetEntry } from './document.ts'

/** What is remembered of a target; of one that nobody has looked at yet, where it is. */
export const entryOf = (
  { targets }: Pick<CertificateDocument, 'targets'>,
  { id, name, balancer, listener }: Pick<Target, 'id' | 'name' | 'balancer' | 'listener'>,
): TargetEntry =>
  targets[id] ?? { name, balancer, listener, verified: false, addresses: {}, objects: [], superseded: [] }

/** The document with this entry for a target. */
export const withEntry = (
  document: CertificateDocument,
  { id }: Pick<Target, 'id'>,
  entry: TargetEntry,
): CertificateDocument => ({
  ...document,
  targets: { ...document.targets, [id]: { ...entry, verified: isVerified(entry) } },
})

/** Since when each address of a target is known to answer from here. */
export const answeringSince = (entry: TargetEntry | undefined, probed: ProbeResult): KnownProbeResult => ({
  ...probed,
  answersSince: entry?.addresses[endpointText(probed)]?.answersSince,
})

/** An address that was known to answer from here, and does not any more. */
export const isLost = ({ shows, answersSince }: KnownProbeResult): boolean =>
  answersSince !== undefined && (shows === 'refused' || shows === 'unreachable')

/** The document once probes of a target have shown which of its addresses answer, and which of them serve what it was given. Pure. */
export function withProbes(
  document: CertificateDocument,
  target: Target,
  probes: readonly ProbeResult[],
  now: Date,
): CertificateDocument {
  const entry = entryOf(document, target)
  const addresses: Record<string, AddressEntry> = { ...entry.addresses }
  for (const probed of probes.filter(answers)) {
    const at = endpointText(probed)
    const known = addresses[at]
    const isShown = probed.shows === 'current' && probed.served?.fingerprint === entry.deployed?.fingerprint
    const verified = known?.verified ?? (isShown ? now : undefined)
    addresses[at] = { answersSince: known?.answersSince ?? now, ...(verified && { verified }) }
  }
  return withEntry(document, target, { ...entry, addresses })
}

/** The document once a target was given a certificate, and every address was looked at for every name. Pure. */
export function withVerification(
  document: CertificateDocument,
  target: Target,
  { fingerprint, object }: { readonly fingerprint: string; readonly object: string },
  verifications: readonly AddressResult[],
  now: Date,
): CertificateDocument {
  const entry = entryOf(document, target)
  const known = entry.deployed?.fingerprint === fingerprint ? entry.deployed : undefined
  const addresses = Object.fromEntries(
    verifications.map((result): [string, AddressEntry] => {
      const at = endpointText(result)
      const { answersSince, verified } = entry.addresses[at] ?? {}
      if (result.state === 'unverified') return [at, answersSince === undefined ? {} : { answersSince }]
      return [at, { answersSince: answersSince ?? now, verified: (known && verified) ?? now }]
    }),
  )
  const deployed = { fingerprint, object, since: known?.since ?? now }
  return withEntry(document, target, { ...entry, deployed, addresses })
}

/** Whether every address that ever answered was seen to serve what the target was given, and there is such an address. */
export function isVerified({ addresses }: Pick<TargetEntry, 'addresses'>): boolean {
  const answering = Object.values(addresses).filter(({ answersSince }) => answersSince !== undefined)
  return answering.length > 0 && answering.every(({ verified }) => verified !== undefined)
}

/** Whether what a target served before may go: what took its place was seen wherever it could ever be seen. */
export function isSettled(entry: TargetEntry | undefined, current: string | undefined): boolean {
  if (entry?.deployed === undefined || entry.deployed.fingerprint !== current) return false
  const ever = Object.values(entry.addresses).some(({ answersSince }) => answersSince !== undefined)
  return !ever || isVerified(entry)
}

/** Those of our objects at a target that must stay, however full it is: what was seen to be served there last may have to go back. */
export const keptObjects = ({ objects, superseded, deployed }: TargetEntry, now: Date): string[] => {
  const over = superseded.filter((entry) => entry.after <= now && entry.object !== deployed?.object)
  return objects.filter((object) => !over.some((entry) => entry.object === object))
}

/** Whether something is to be deleted because its time is over, at the targets or at those that left the configuration. */
export const isDeletionDue = ({ targets, orphans }: CertificateDocument, now: Date): boolean =>
  [...Object.values(targets).flatMap((each) => each.superseded), ...orphans.flatMap((each) => each.objects)].some(
    ({ after }) => after <= now,
  )

/** The document once an object of ours may exist at a target. */
export function withObject(document: CertificateDocument, target: Target, object: string): CertificateDocument {
  const entry = entryOf(document, target)
  if (entry.objects.includes(object)) return withEntry(document, target, entry)
  return withEntry(document, target, { ...entry, objects: [...entry.objects, object] })
}
