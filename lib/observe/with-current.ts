/** What a look notes of the certificate that is current, and of what its authority says of it. Pure. */
import { windowOf } from '../policy/only-window.ts'
import { suggestsNow } from '../policy/renewal-time.ts'
import type { StoredCertificate } from '../secrets/codec.ts'
import type { CertificateDocument } from '../state/document.ts'
import { issuerOf } from '../state/failures.ts'
import type { RenewalWindow } from '../types.ts'
import { certificateId } from '../x509/certificate-id.ts'
import { factsOf } from '../x509/facts.ts'

/** The document with the current certificate that was seen, and its window; the same object if there is no news. */
export function withCurrent(
  document: CertificateDocument,
  current: StoredCertificate | undefined,
  window: RenewalWindow | undefined,
  now: Date,
): CertificateDocument {
  if (current === undefined) return document
  const { certificate, orderSpec } = current
  const { authority } = orderSpec
  const { fingerprint } = certificate
  const known = document.current
  const isSame = known?.fingerprint === fingerprint && known.authority === authority
  // An earlier version did not note how it is called at its authority.
  const id = isSame && known.certificateId !== undefined ? known.certificateId : certificateId(certificate)
  const noted = { ...factsOf(certificate), ...issuerOf(orderSpec), ...(id !== undefined && { certificateId: id }) }
  const isNoted = isSame && id === known.certificateId
  return withWindow(isNoted ? document : { ...document, current: noted }, fingerprint, window, now)
}

/** The document with what the authority says of this certificate now; the same object if there is no news. */
export function withWindow(
  document: CertificateDocument,
  fingerprint: string,
  window: RenewalWindow | undefined,
  now: Date,
): CertificateDocument {
  if (window === undefined || isKnown(document.window, fingerprint, window)) return document
  const { start, end, checkAfter, explanation } = window
  const earlier = windowOf(document, { fingerprint })?.suggestedNow
  return {
    ...document,
    window: {
      ...{ fingerprint, start, end, checkAfter },
      ...(explanation === undefined ? {} : { explanation }),
      ...(earlier || suggestsNow(window, now) ? { suggestedNow: true } : {}),
    },
  }
}

const isKnown = (known: CertificateDocument['window'], fingerprint: string, { checkAfter }: RenewalWindow) =>
  known?.fingerprint === fingerprint && known.checkAfter.getTime() === checkAfter.getTime()
