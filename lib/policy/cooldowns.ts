/** Who asked not to be asked again, and until when. Pure; `withCooldowns` of observe/cooldowns.ts keeps to it. */
import { isFailure, retryOf } from '../errors.ts'
import type { CertificateDocument } from '../state/document.ts'
import { type Failures, failuresAt } from '../state/failures.ts'
import type { Issuer } from '../types.ts'

/** By whom: `dns`, `balancers/<name>`, `authorities/<directory>`. */
export type Cooldowns = Readonly<Record<string, Date>>

export const DNS = 'dns'
export const balancerCalled = (name: string): string => `balancers/${name}`
const authorityAt = ({ authority, directory = authority }: Issuer): string => `authorities/${directory}`

/** Those of which the later moment counts. */
export function together(one: Cooldowns, other: Cooldowns): Cooldowns {
  const latest = Object.entries(other).map(([who, until]): [string, Date] => {
    const known = one[who]
    return [who, known !== undefined && known > until ? known : until]
  })
  return { ...one, ...Object.fromEntries(latest) }
}

/** What a failure of somebody says of his patience. */
export const cooldownIn = (who: string, error: unknown): Cooldowns =>
  isFailure(error) && error.retry === 'after' && error.retryAfter !== undefined ? { [who]: error.retryAfter } : {}

/** Until when this authority wants to be left alone; undefined: it may be asked. */
export function cooldownOf({ cooldowns = {} }: CertificateDocument, issuer: Issuer, now: Date): Date | undefined {
  const until = cooldowns[authorityAt(issuer)]
  return until !== undefined && until > now ? until : undefined
}

/** The patience that authorities still want, in failures that are about to be forgotten because another one has issued. */
export const cooldownsIn = (failures: Failures, issuers: readonly Issuer[]): Cooldowns =>
  Object.fromEntries(
    issuers.flatMap((issuer) => {
      const { issue, expand } = failuresAt(failures, issuer)
      const times = [issue, expand].flatMap((each) => (each && retryOf(each.code) === 'after' ? [each.notBefore] : []))
      const [latest] = times.sort((one, other) => other.getTime() - one.getTime())
      return latest === undefined ? [] : [[authorityAt(issuer), latest]]
    }),
  )

/** The document with those that still last, and without the field when there are none. */
export function withCooldowns(
  { cooldowns: _earlier, ...document }: CertificateDocument,
  cooldowns: Cooldowns,
  now: Date,
): CertificateDocument {
  const left = Object.entries(cooldowns).filter(([, until]) => until > now)
  return left.length === 0 ? document : { ...document, cooldowns: Object.fromEntries(left) }
}
