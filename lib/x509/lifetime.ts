import { after, DAY } from '../platform/clock.ts'
import type { CertificateFacts } from '../types.ts'

/** The life of a certificate in milliseconds. */
export const lifetime = ({ notBefore, notAfter }: CertificateFacts): number => notAfter.getTime() - notBefore.getTime()

/** The share of its life that a certificate still has: 1 when new, 0 or less when expired. */
export const shareLeft = (facts: CertificateFacts, now: Date): number =>
  (facts.notAfter.getTime() - now.getTime()) / lifetime(facts)

/** When its last sixth begins: from then on time presses. */
export const lastSixth = (facts: CertificateFacts): Date => after(facts.notAfter, -lifetime(facts) / 6)

const SHORT_LIVED = 10 * DAY

export const isShortLived = (facts: CertificateFacts): boolean => lifetime(facts) < SHORT_LIVED
