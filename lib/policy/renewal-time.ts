/** When a certificate is to be renewed. Pure. */
import { after } from '../platform/clock.ts'
import { sha256 } from '../platform/sha256.ts'
import type { CertificateFacts, RenewalWindow } from '../types.ts'
import { isShortLived, lifetime } from '../x509/lifetime.ts'

/**
 * The latest moment for a renewal: a third of the life left. Below ten days it is seven twelfths, which is a little before
 * the half that Let's Encrypt's integration guide names: of 144 hours a half is 72, and an outage of 48 would leave just a
 * sixth, and none of it to try again. It makes a renewal every 60 hours, three in seven days, of which Let's Encrypt allows five.
 */
export function backstop(facts: CertificateFacts): Date {
  const left = isShortLived(facts) ? 7 / 12 : 1 / 3
  return after(facts.notAfter, -lifetime(facts) * left)
}

/** Whether a window lies in the past: so a CA says that a certificate is to be replaced now, for it has been revoked, or soon is (RFC 9773 §4.2). */
export const suggestsNow = (window: RenewalWindow | undefined, now: Date): boolean =>
  window !== undefined && window.end <= now

/** A number in [0, 1) that is fixed for a certificate, so that every run picks the same moment of a window. */
export const fixedDraw = ({ serial }: Pick<CertificateFacts, 'serial'>): number =>
  Number.parseInt(sha256(serial).slice(0, 8), 16) / 2 ** 32

/**
 * When a certificate is to be renewed: at a moment of the CA's window (RFC 9773 §4.2), and never later than the backstop,
 * so that no answer of a CA can talk us out of renewing in time.
 */
export function renewalTime(facts: CertificateFacts, window: RenewalWindow | undefined): Date {
  const latest = backstop(facts)
  if (window === undefined) return latest
  const chosen = after(window.start, (window.end.getTime() - window.start.getTime()) * fixedDraw(facts))
  return new Date(Math.min(chosen.getTime(), latest.getTime()))
}
