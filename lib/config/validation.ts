/** Whose names are validated by TXT values that newleaf writes, for which it needs a DNS provider. */
import { listOf, mapOf, type RawConfig } from './raw-config.ts'
import { sourceOf } from './source.ts'
import type { ValidationErrors } from './validation-errors.ts'

interface Known {
  readonly document: RawConfig
  /** The names of those that are configured. */
  readonly authorities: readonly string[]
  readonly hasProvider: boolean
}

/** The authorities of a certificate; without a word of its own, the first that is configured. */
export function wantedAuthorities(written: unknown, known: readonly string[]): string[] {
  if (written === undefined) return known.slice(0, 1)
  return (typeof written === 'string' ? [written] : listOf(written)).filter((name) => typeof name === 'string')
}

/** Whether one of its authorities has TXT values written for its challenges. */
export function writesRecords(written: RawConfig, { document, authorities }: Omit<Known, 'hasProvider'>): boolean {
  const configured = mapOf(mapOf(document.acme).authorities)
  const wanted = wantedAuthorities(written.authorities, authorities)
  return wanted.length === 0 || wanted.some((name) => mapOf(configured[name]).validation !== 'dns-persist-01')
}

/** Whoever orders needs an authority, and a provider of DNS unless all names are validated by persistent records. */
export function requireSections(known: Known, certificates: readonly RawConfig[], mistakes: ValidationErrors): void {
  const { document, hasProvider } = known
  const ordered = certificates.filter((written) => sourceOf(written) === undefined)
  const isOrdering = ordered.length > 0 || certificates.length === 0
  if (isOrdering && document.acme === undefined) mistakes.add(['acme'], 'is missing')
  const isWriting = certificates.length === 0 || ordered.some((written) => writesRecords(written, known))
  if (hasProvider || !isWriting) return
  mistakes.add(['dns'], document.dns === undefined ? 'is missing' : 'needs at least one provider')
}
