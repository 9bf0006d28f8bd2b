/** What the markers are to say once a run has ended. */
import { isFailure } from '../errors.ts'
import { after, MINUTE } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { firstCode } from '../policy/health.ts'
import type { Dependencies } from '../ports.ts'
import { documentKey, readDocument } from '../state/document.ts'
import {
  dueMarkers,
  listMarkers,
  markerKey,
  markHealth,
  moveMarker,
  noteFullScan,
  overdueIn,
  type ScheduleMarker,
  type Unhealthy,
  unhealthyIn,
} from '../state/schedule.ts'
import type { CertificateSpec, Outcome, WindowAsked } from '../types.ts'

/** What the one listing of a run has shown. */
interface Listing {
  readonly keys: readonly string[]
  /** The past ones of those that were asked for. */
  readonly markers: readonly ScheduleMarker[]
  readonly unhealthy: readonly Unhealthy[]
  readonly at: Date
}

/** What the run is about. */
interface Scope {
  readonly all: readonly CertificateSpec[]
  /** Those that were due. */
  readonly specs: readonly CertificateSpec[]
  isAsked(id: string): boolean
  readonly dryRun: boolean
  /** The hash of the configuration, if the run was to look at all of it. */
  readonly fullScan: string | undefined
}

/** What a run has come to. */
interface Ended {
  readonly outcomes: readonly Outcome[]
  readonly asked: readonly WindowAsked[]
}

type Outside = Pick<Dependencies, 'state' | 'environment' | 'clock'>

const CONCURRENCY = 10

/** Resolves to those that were unhealthy or overdue before, and were not looked at now. */
export async function updateSchedule(
  listing: Listing,
  scope: Scope,
  { outcomes, asked }: Ended,
  deps: Outside,
): Promise<Unhealthy[]> {
  const looked = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  const scheduled = new Map([...asked, ...outcomes].map((each) => [each.id, each]))
  const known = new Set(scope.all.map(({ id }) => id))
  const others = unhealthyElsewhere(listing, ({ id }) => known.has(id) && !looked.has(id) && scope.isAsked(id))
  if (scope.dryRun) return others
  const { keys, markers, unhealthy, at } = listing
  await mapConcurrently(markers, CONCURRENCY, async ({ id, key }) => {
    const isDone = known.has(id) ? isDoneBy(scheduled.get(id), key) : await isOfEnvironment(id, deps)
    if (isDone) await deps.state.remove(key)
  })
  await noteHealth(outcomes, unhealthy, deps)
  for (const each of unhealthy) {
    if (!known.has(each.id) && (await isOfEnvironment(each.id, deps)))
      await markHealth(deps.state, each.id, undefined, [each])
  }
  if (scope.fullScan !== undefined) {
    await markUnknown(
      scope.specs.filter(({ id }) => !looked.has(id)),
      at,
      deps,
    )
    // A certificate that nobody could even look at has no marker: only the next full scan finds it.
    const everyone = outcomes.every(({ next, result }) => next !== undefined || result === 'waiting')
    if (everyone) await noteFullScan(deps.state, at, scope.fullScan, keys)
  }
  return others
}

/** Of a run that looked, since it began, at those who were named to it, whatever their markers say: these are done by now. */
export async function updateLooked(
  outcomes: readonly Outcome[],
  begun: Date,
  dryRun: boolean,
  deps: Outside,
): Promise<Unhealthy[]> {
  if (dryRun) return []
  const keys = await listMarkers(deps.state, begun)
  const looked = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  await mapConcurrently(dueMarkers(keys), CONCURRENCY, async ({ id, key }) => {
    if (isDoneBy(looked.get(id), key)) await deps.state.remove(key)
  })
  await noteHealth(outcomes, unhealthyIn(keys), deps)
  return []
}

const isDoneBy = (looked: Pick<Outcome, 'id' | 'next'> | undefined, key: string): boolean =>
  looked?.next !== undefined && markerKey(looked.next, looked.id) !== key

const unhealthyElsewhere = ({ markers, unhealthy, at }: Listing, isOther: (one: Unhealthy) => boolean): Unhealthy[] => [
  ...unhealthy.filter(isOther),
  ...overdueIn(markers, at).filter((late) => isOther(late) && !unhealthy.some(({ id }) => id === late.id)),
]

/** The marker of a certificate that is not configured here may be another environment's, in a store that both were given. */
async function isOfEnvironment(id: string, deps: Outside): Promise<boolean> {
  try {
    await readDocument(id, deps)
    return true
  } catch (error) {
    if (!isFailure(error, 'STORE_FOREIGN', 'STORE_UNREADABLE')) throw error
    return error.code === 'STORE_UNREADABLE'
  }
}

/** So that a run which finds nothing due still knows, from its one listing, who is not healthy. */
const noteHealth = (outcomes: readonly Outcome[], noted: readonly Unhealthy[], { state }: Outside) =>
  mapConcurrently(outcomes, CONCURRENCY, async ({ id, health, error }) => {
    // What another environment keeps there is not ours to write beside.
    if (error?.code === 'STORE_FOREIGN') return
    const code = firstCode(health)
    // Whoever works on it knows more, and may have said so by now.
    if (code !== 'LOCKED') await markHealth(state, id, code, noted)
  })

/** By the next run it is due again, unless it was looked at until then. */
const SOON = 30 * MINUTE

/**
 * A certificate that was given away, and of which nothing is remembered, has no marker to be found by before the next day:
 * should nobody come to it, it is missed all the same.
 */
async function markUnknown(given: readonly CertificateSpec[], now: Date, { state }: Outside): Promise<void> {
  if (given.length === 0) return
  const documents = new Set(await state.list(documentKey('')))
  const unknown = given.filter(({ id }) => !documents.has(documentKey(id)))
  await mapConcurrently(unknown, CONCURRENCY, ({ id }) => moveMarker(state, id, undefined, after(now, SOON)))
}
