/** What wakes a certificate most often: its authority asked to be asked again for the renewal window (RFC 9773 §4.3). */
import { about } from '../events.ts'
import { issuersOf } from '../observe/observe.ts'
import { withWindow } from '../observe/with-current.ts'
import { SECOND } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { isAsked } from '../policy/holds.ts'
import { nextLook } from '../policy/next-look.ts'
import { isOnlyWindowDue, windowOf } from '../policy/only-window.ts'
import { renewalTime, suggestsNow } from '../policy/renewal-time.ts'
import type { Dependencies } from '../ports.ts'
import { moveMarker } from '../state/schedule.ts'
import type { CertificateSpec, RunRequest, WindowAsked } from '../types.ts'
import { openLease } from './lease.ts'

/** As many as renewals are at work at once. */
const CONCURRENCY = 30
/** Of the question and the writes. */
const WORST_CASE = 30 * SECOND

/**
 * Asks the authorities of those for whom nothing else is due, and looks at nothing else. Who is not among them afterwards is to
 * be looked at as a whole: for another reason, because of what the authority says, or to hear what stood in the way.
 */
export async function askWindows(
  specs: readonly CertificateSpec[],
  request: RunRequest,
  deps: Dependencies,
): Promise<WindowAsked[]> {
  if (request.dryRun || request.fullScan || isAsked(request)) return []
  const asked = await mapConcurrently(specs, CONCURRENCY, async (spec) => {
    try {
      return await askWindow(spec, about(deps, { certificate: spec.id }))
    } catch {
      return undefined // whoever looks at all of it meets the same, and says so
    }
  })
  return asked.filter((each) => each !== undefined)
}

/** Undefined: this was not all that is to be done. */
async function askWindow(spec: CertificateSpec, deps: Dependencies): Promise<WindowAsked | undefined> {
  if (deps.timeLeft() < WORST_CASE) return undefined
  const lease = await openLease(spec.id, deps)
  const { document } = lease
  const now = deps.clock.now()
  const { current } = document
  const waking = { spec, issuers: issuersOf(spec, deps) }
  if (current?.certificateId === undefined || !isOnlyWindowDue(waking, document, now)) return undefined
  const { authority = '', certificateId, directory, fingerprint } = current
  const issuer = deps.authorities[authority]
  if (issuer === undefined || issuer.directory !== directory) return undefined

  const window = await issuer.renewalWindow({ ...current, certificateId })
  if (window !== undefined) lease.hearOfClock('right')
  const noted = withWindow(document, fingerprint, window, now)
  const known = windowOf(noted, current)
  const renewAt = renewalTime(current, known)
  if (renewAt <= now || suggestsNow(known, now)) return undefined
  const next = nextLook(noted, { ...waking, renewAt }, now)
  await moveMarker(deps.state, spec.id, document.nextLook, next)
  // It holds no lease: where somebody else has written meanwhile, all is to be looked at.
  await lease.release(() => ({ ...noted, nextLook: next }))
  deps.emit({ kind: 'window-asked', certificate: spec.id, start: known?.start, end: known?.end, next })
  return { id: spec.id, next }
}
