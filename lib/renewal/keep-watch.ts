import { isDeepStrictEqual } from 'node:util'
import { isFailure } from '../errors.ts'
import type { World } from '../ports.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../state/document.ts'
import { moveWake } from '../state/wake.ts'
import type { PlanItem, RenewalWindow } from '../types.ts'
import { nextLook, remember } from './next-look.ts'
import { tell } from './tell.ts'

/**
 * Nothing can be done, or nothing is to be done: tells who must hear of it, and notes the CA's window, what stood in the way,
 * and when to look again, if that is news. Resolves to that moment.
 */
export async function keepWatch(item: PlanItem, world: World): Promise<Date> {
  const { state, clock } = world
  const key = documentKey(item.spec.id)
  const stored = await state.read(key)
  const document = stored === undefined ? emptyDocument : parseDocument(key, stored.document)
  const now = clock.now()
  // Whoever holds the claim writes the document, and nobody else.
  if (document.claim !== undefined && document.claim.until > now) return document.claim.until

  const watched = watching(document, item, now)
  const planned = nextLook(watched, item.renewAt, now)
  const { document: noted, next } = await tell(watched, { ...item, next: planned }, world)
  const { wake } = document
  const isNews = !isDeepStrictEqual(noted, document) || wake === undefined || wake > next || wake <= now
  if (!isNews) return wake
  await moveWake(state, item.spec.id, wake, next)
  try {
    await state.write(key, { ...noted, wake: next }, stored?.tag)
  } catch (error) {
    // Another run has taken the certificate up in the meantime; it knows more, and a marker too many costs one look.
    if (!isFailure(error, 'STATE_CONFLICT')) throw error
  }
  return next
}

function watching(document: CertificateDocument, item: PlanItem, now: Date): CertificateDocument {
  const { failure, ...rest } = withWindow(document, item)
  const { decision, spec, current } = item
  if (decision.action === 'stop') {
    return { ...rest, failure: remember(decision.error, failure, spec.configHash, current, now) }
  }
  const isOver = decision.action === 'wait' && decision.because === 'fresh'
  return isOver || failure === undefined ? rest : { ...rest, failure }
}

/** The document with the window that was seen for the current certificate; the same object if there is no news. */
export function withWindow(
  document: CertificateDocument,
  { current, window }: Pick<PlanItem, 'current' | 'window'>,
): CertificateDocument {
  if (current === undefined || window === undefined || isKnown(document.window, current.fingerprint, window)) {
    return document
  }
  const { start, end, checkAfter, explanation } = window
  return {
    ...document,
    window: {
      fingerprint: current.fingerprint,
      start,
      end,
      checkAfter,
      ...(explanation === undefined ? {} : { explanation }),
    },
  }
}

const isKnown = (known: CertificateDocument['window'], fingerprint: string, { checkAfter }: RenewalWindow) =>
  known?.fingerprint === fingerprint && known.checkAfter.getTime() === checkAfter.getTime()
