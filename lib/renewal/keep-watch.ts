import { isFailure } from '../errors.ts'
import type { World } from '../ports.ts'
import type { CertificateDocument } from '../state/document.ts'
import { documentKey, emptyDocument, parseDocument } from '../state/document.ts'
import { moveWake } from '../state/wake.ts'
import type { PlanItem, RenewalWindow } from '../types.ts'
import { nextLook } from './next-look.ts'

/** Nothing is due: notes the CA's window and when to look again, if that is news. Resolves to that moment. */
export async function keepWatch(
  item: PlanItem,
  until: Date,
  { state, clock }: Pick<World, 'state' | 'clock'>,
): Promise<Date> {
  const key = documentKey(item.spec.id)
  const stored = await state.read(key)
  const document = stored === undefined ? emptyDocument : parseDocument(key, stored.document)
  const watched = withWindow(document, item)
  const next = nextLook(watched, item.renewAt ?? until, clock.now())
  if (watched === document && document.wake !== undefined && document.wake <= next && document.wake > clock.now()) {
    return document.wake
  }
  await moveWake(state, item.spec.id, document.wake, next)
  try {
    await state.write(key, { ...watched, wake: next }, stored?.tag)
  } catch (error) {
    // Another run has taken the certificate up in the meantime; it knows more, and a marker too many costs one look.
    if (!isFailure(error, 'STATE_CONFLICT')) throw error
  }
  return next
}

/** The document with the window that the plan saw; the same object if there is no news. */
export function withWindow(
  document: CertificateDocument,
  { current, window }: Pick<PlanItem, 'current' | 'window'>,
): CertificateDocument {
  if (current === undefined || window === undefined || same(document.window, current.fingerprint, window))
    return document
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

const same = (known: CertificateDocument['window'], fingerprint: string, { checkAfter }: RenewalWindow) =>
  known?.fingerprint === fingerprint && known.checkAfter.getTime() === checkAfter.getTime()
