/** Reading and writing what went wrong; what that means for the next try is decided in policy/back-off.ts. */
import type { SaltedDigest } from '../platform/salted-digest.ts'
import type { Issuer } from '../types.ts'
import type { CertificateDocument } from './document.ts'

/**
 * By what failed: to look at it at all; to bring a new certificate to its targets; to bring the current one to them again; to
 * remove what is left; and, by authority, to issue it.
 */
export type Failures = { readonly [A in Attempt]?: FailureMemory } & {
  /** By the authority's name. */
  readonly authorities?: Readonly<Record<string, AuthorityFailures>>
}
export const ATTEMPTS = ['observe', 'deploy', 'repair', 'cleanUp'] as const
export type Attempt = (typeof ATTEMPTS)[number]

/**
 * `issue`: all names, or those that the current certificate has. `expand`: for more names than the current one has, as long as
 * the old ones can be renewed by themselves.
 */
export const ORDERS = ['issue', 'expand'] as const
export type OrderKind = (typeof ORDERS)[number]
export type AuthorityFailures = { readonly [O in OrderKind]?: FailureMemory } & {
  /** Absent: an earlier version has noted it. */
  readonly directory?: string
}

export interface FailureMemory {
  readonly count: number
  readonly code: string
  readonly message: string
  readonly step?: string
  /** When the first of them in a row failed. */
  readonly since?: Date
  readonly at: Date
  readonly notBefore: Date
  /** Of the configuration it belongs to: another one starts anew. */
  readonly configHash: string
  /** What the references of its configuration stood for; absent: it has none, is tried again soon, or was noted by an earlier version. */
  readonly references?: SaltedDigest
}

/** Where a failure is remembered. */
export type Slot = Attempt | { readonly order: OrderKind; readonly issuer: Issuer }

/** Who issues, and nothing else that is known of it. */
export const issuerOf = ({ authority, directory }: { authority: string; directory?: string | undefined }): Issuer =>
  directory === undefined ? { authority } : { authority, directory }

/** Whether what is noted under this name is about this authority, and not about another that had its name before. */
export const isSameIssuer = (
  { directory: noted }: Pick<Issuer, 'directory'>,
  { directory }: Pick<Issuer, 'directory'>,
): boolean => noted === undefined || directory === undefined || noted === directory

/** What failed at an authority. What an earlier version noted of one that it did not name counts for each. */
export function failuresAt({ authorities = {} }: Failures, issuer: Issuer): AuthorityFailures {
  const noted = authorities[issuer.authority] ?? authorities[''] ?? {}
  return isSameIssuer(noted, issuer) ? noted : {}
}

export const failureIn = (failures: Failures, slot: Slot): FailureMemory | undefined =>
  typeof slot === 'string' ? failures[slot] : failuresAt(failures, slot.issuer)[slot.order]

/** A failure, and what was tried: at which authority, if it was an order. */
export interface RememberedFailure extends FailureMemory {
  readonly attempt: Attempt | OrderKind
  readonly authority?: string
}

/** Every failure that is remembered, those of authorities last. */
export const allFailures = (failures: Failures = {}): RememberedFailure[] => [
  ...ATTEMPTS.flatMap((attempt) => (failures[attempt] ? [{ attempt, ...failures[attempt] }] : [])),
  ...Object.entries(failures.authorities ?? {}).flatMap(([authority, each]) =>
    ORDERS.flatMap((attempt) => (each[attempt] ? [{ attempt, authority, ...each[attempt] }] : [])),
  ),
]

/** The failures with this one in its place; undefined: it is over. */
export function withFailure(failures: Failures, slot: Slot, failure: FailureMemory | undefined): Failures {
  if (typeof slot === 'string') {
    const { [slot]: _earlier, ...rest } = failures
    return failure === undefined ? rest : { ...rest, [slot]: failure }
  }
  const { order, issuer } = slot
  const known = failuresAt(failures, issuer)
  const [issue, expand] = order === 'issue' ? [failure, known.expand] : [known.issue, failure]
  const { [issuer.authority]: _own, '': _unnamed, ...others } = failures.authorities ?? {}
  if (issue === undefined && expand === undefined) return withAuthorities(failures, others)
  const { authority, directory } = issuer
  const own = { ...(directory && { directory }), ...(issue && { issue }), ...(expand && { expand }) }
  return withAuthorities(failures, { ...others, [authority]: own })
}

/** The same failures, each changed; those of which nothing is left are gone. */
export function mapFailures(
  failures: Failures,
  change: (failure: FailureMemory) => FailureMemory | undefined,
): Failures {
  const kept = <Name extends string>(of: { readonly [N in Name]?: FailureMemory }, names: readonly Name[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const failure = of[name] && change(of[name])
        return failure === undefined ? [] : [[name, failure]]
      }),
    )
  const authorities = Object.entries(failures.authorities ?? {}).flatMap(([name, each]) => {
    const orders = kept(each, ORDERS)
    const { directory } = each
    return Object.keys(orders).length === 0 ? [] : [[name, { ...(directory && { directory }), ...orders }]]
  })
  return withAuthorities(kept(failures, ATTEMPTS), Object.fromEntries(authorities))
}

/** Both: where both know of a failure in the same place, that of the others counts. */
export function withFailuresOf(failures: Failures, others: Failures): Failures {
  const { authorities = {}, ...rest } = others
  const at = Object.entries(authorities).map(([name, each]) => {
    const known = failures.authorities?.[name]
    return [name, known && !isSameIssuer(known, each) ? known : { ...known, ...each }]
  })
  return withAuthorities({ ...failures, ...rest }, { ...failures.authorities, ...Object.fromEntries(at) })
}

function withAuthorities(
  { authorities: _earlier, ...failures }: Failures,
  authorities: NonNullable<Failures['authorities']>,
): Failures {
  return Object.keys(authorities).length === 0 ? failures : { ...failures, authorities }
}

/** The document with these failures, and without the field when there are none. */
export function withFailures(
  { failures: _earlier, ...document }: CertificateDocument,
  failures: Failures,
): CertificateDocument {
  return Object.keys(failures).length === 0 ? document : { ...document, failures }
}
