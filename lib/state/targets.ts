import { answers, placeOf } from '../platform/sight.ts'
import type { AddressResult, LaterSight, Sight } from '../types.ts'
import type { AddressEntry, CertificateDocument, TargetEntry } from './document.ts'

/** Since when each address of a target is known to answer from here. */
export const answeringSince = (entry: TargetEntry | undefined, sight: Sight): LaterSight => ({
  ...sight,
  answersSince: entry?.addresses?.[placeOf(sight)]?.answersSince,
})

/** An address that was known to answer from here, and does not any more. */
export const isLost = ({ shows, answersSince }: LaterSight): boolean =>
  answersSince !== undefined && (shows === 'refused' || shows === 'unreachable')

/** The document once sights of a target have shown which of its addresses answer, and which of them serve what it was given. Pure. */
export function withSights(
  document: CertificateDocument,
  target: string,
  sights: readonly Sight[],
  now: Date,
): CertificateDocument {
  const entry = document.targets[target] ?? { fingerprint: '', name: '', since: now, verified: false }
  const addresses: Record<string, AddressEntry> = { ...entry.addresses }
  for (const sight of sights.filter(answers)) {
    const place = placeOf(sight)
    const known = addresses[place]
    const isShown = sight.shows === 'current' && sight.served?.fingerprint === entry.fingerprint
    const verified = known?.verified ?? (isShown ? now : undefined)
    addresses[place] = { answersSince: known?.answersSince ?? now, ...(verified && { verified }) }
  }
  return withEntry(document, target, { ...entry, addresses })
}

/** The document once a target was given a certificate, and every address was looked at for every name. Pure. */
export function withProof(
  document: CertificateDocument,
  target: string,
  { fingerprint, name }: Pick<TargetEntry, 'fingerprint' | 'name'>,
  proven: readonly AddressResult[],
  now: Date,
): CertificateDocument {
  const known = document.targets[target]
  const isSame = known?.fingerprint === fingerprint
  const addresses = Object.fromEntries(
    proven.map((result): [string, AddressEntry] => {
      const place = placeOf(result)
      const { answersSince, verified } = known?.addresses?.[place] ?? {}
      if (result.state === 'unverified') return [place, answersSince === undefined ? {} : { answersSince }]
      return [place, { answersSince: answersSince ?? now, verified: (isSame ? verified : undefined) ?? now }]
    }),
  )
  const since = isSame ? known.since : now
  return withEntry(document, target, { fingerprint, name, since, verified: false, addresses })
}

const withEntry = (document: CertificateDocument, target: string, entry: TargetEntry): CertificateDocument => ({
  ...document,
  targets: { ...document.targets, [target]: { ...entry, verified: isVerified(entry) } },
})

/** Whether every address that ever answered was seen to serve what the target was given, and there is such an address. */
export function isVerified({ addresses = {} }: Pick<TargetEntry, 'addresses'>): boolean {
  const answering = Object.values(addresses).filter(({ answersSince }) => answersSince !== undefined)
  return answering.length > 0 && answering.every(({ verified }) => verified !== undefined)
}

/** Whether what a target served before may go: what took its place was seen wherever it could ever be seen. */
export function isSettled(document: CertificateDocument, target: string, current: string | undefined): boolean {
  const entry = document.targets[target]
  if (entry === undefined || entry.fingerprint !== current) return false
  const ever = Object.values(entry.addresses ?? {}).some(({ answersSince }) => answersSince !== undefined)
  return !ever || isVerified(entry)
}
