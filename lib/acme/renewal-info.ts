import { isFailure, toFailure } from '../errors.ts'
import { after, DAY, HOUR, MINUTE } from '../platform/clock.ts'
import { safeText } from '../platform/log.ts'
import { retryAfter } from '../platform/retry-after.ts'
import type { Clock, Log } from '../ports.ts'
import type { IssuedCertificate, RenewalWindow } from '../types.ts'
import { certificateId } from '../x509/certificate-id.ts'
import { parseAnswer, renewalInfoResource } from './resources.ts'
import type { AcmeAnswer, Transport } from './transport.ts'

const MAX_BYTES = 16_384
const OPERATION = 'tell when to renew'
const SHORTEST = MINUTE
const LONGEST = DAY
/** What RFC 9773 §4.3.3 has us do when the answer does not say. */
const DEFAULT = 6 * HOUR

/** Asks without a signature when the CA would have the certificate renewed. Whatever goes wrong, there is a schedule without it; only a clock that is wrong must be heard of, and rejects with CLOCK_WRONG. */
export async function renewalWindow(
  certificate: IssuedCertificate,
  { transport, clock, log }: { transport: Transport; clock: Clock; log: Log },
): Promise<RenewalWindow | undefined> {
  try {
    if (clock.now() >= certificate.notAfter) return undefined // RFC 9773 §4.3.3: never after expiry
    const { renewalInfo } = await transport.directory()
    const id = 'chainPem' in certificate ? certificateId(certificate) : certificate.certificateId
    if (renewalInfo === undefined || id === undefined) return undefined
    const answer = await transport.get(`${renewalInfo.replace(/\/$/, '')}/${id}`, OPERATION, MAX_BYTES)
    return plausible(parseWindow(answer, transport.authority), certificate)
  } catch (error) {
    if (isFailure(error, 'CLOCK_WRONG')) throw error
    const { code, message } = toFailure(error)
    log.info('the authority did not tell when to renew', { code, reason: message })
    return undefined
  }
}

function parseWindow(answer: AcmeAnswer, authority: string): RenewalWindow {
  const { suggestedWindow, explanationURL } = parseAnswer(renewalInfoResource, answer.data, {
    authority,
    operation: OPERATION,
  })
  const now = answer.receivedAt
  const pause = (retryAfter(answer.headers, now)?.getTime() ?? now.getTime() + DEFAULT) - now.getTime()
  return {
    ...suggestedWindow,
    checkAfter: after(now, Math.min(Math.max(pause, SHORTEST), LONGEST)),
    ...(explanationURL === undefined ? {} : { explanation: safeText(explanationURL) }),
  }
}

/** A window must lie in the certificate's life. One that says "now" for a young certificate may begin shortly before it. */
function plausible(window: RenewalWindow, { notBefore, notAfter }: IssuedCertificate): RenewalWindow | undefined {
  const ordered = window.start < window.end // RFC 9773 §4.2
  return ordered && window.end > after(notBefore, -DAY) && window.start < notAfter ? window : undefined
}
