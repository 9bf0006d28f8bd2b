import { isFailure } from '../errors.ts'
import { after, MINUTE } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { sha256 } from '../platform/sha256.ts'
import { firstCode } from '../policy/health.ts'
import type { Dependencies } from '../ports.ts'
import { documentKey, readDocument } from '../state/document.ts'
import {
  dueMarkers,
  isFullScanDone,
  listMarkers,
  listUnhealthy,
  markerKey,
  markHealth,
  moveMarker,
  noteFullScan,
  overdueIn,
  type Unhealthy,
  unhealthyIn,
} from '../state/schedule.ts'
import type { CertificateSpec, Outcome, RunRequest } from '../types.ts'

export interface Due {
  readonly specs: readonly CertificateSpec[]
  /**
   * Tidies the markers up once the run knows what became of each certificate; of those that it gave away it knows nothing.
   * Resolves to those of the configuration that were unhealthy at an earlier look, and were not looked at now.
   */
  updateSchedule(outcomes: readonly Outcome[]): Promise<Unhealthy[]>
}

/**
 * Who must be looked at: those whose schedule marker is past, found with one listing, whatever the number of certificates. Once
 * a day, and whenever the configuration has changed, everybody: that finds a certificate whose marker is missing.
 */
export async function findDue(
  all: readonly CertificateSpec[],
  request: RunRequest,
  { state, clock, environment }: Pick<Dependencies, 'state' | 'clock' | 'environment'>,
): Promise<Due> {
  const { only, unattended = false } = request
  const named = only === undefined ? all : all.filter(({ id }) => only.includes(id))
  const isAll = request.fullScan || request.force || (only !== undefined && !unattended)
  if (isAll) {
    const settle = async (outcomes: readonly Outcome[]) => {
      if (!request.dryRun) await noteHealth(outcomes, unhealthyIn(await listUnhealthy(state)), state)
      return []
    }
    return { specs: named, updateSchedule: settle }
  }

  const now = clock.now()
  const hash = configurationHash(all)
  const keys = await listMarkers(state, now)
  const unhealthy = unhealthyIn(keys)
  const wakes = dueMarkers(keys).filter(({ id }) => only === undefined || only.includes(id))
  const swept = only !== undefined || isFullScanDone(keys, now, hash)
  const specs = only !== undefined || !swept ? named : all.filter(({ id }) => wakes.some((wake) => wake.id === id))

  /** The marker of a certificate that is not configured here may be another environment's, in a store that both were given. */
  const isOurs = async (id: string): Promise<boolean> => {
    try {
      await readDocument(id, { state, environment, clock })
      return true
    } catch (error) {
      if (!isFailure(error, 'STORE_FOREIGN', 'STORE_UNREADABLE')) throw error
      return error.code === 'STORE_UNREADABLE'
    }
  }

  return {
    specs,
    async updateSchedule(outcomes) {
      const looked = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
      const known = new Set(all.map(({ id }) => id))
      const isOther = ({ id }: Unhealthy) =>
        known.has(id) && !looked.has(id) && (only === undefined || only.includes(id))
      const others = [
        ...unhealthy.filter(isOther),
        ...overdueIn(wakes, now).filter((late) => isOther(late) && !unhealthy.some(({ id }) => id === late.id)),
      ]
      if (request.dryRun) return others
      await mapConcurrently(wakes, CONCURRENCY, async ({ id, key }) => {
        const next = looked.get(id)?.next
        const done = known.has(id) ? next !== undefined && markerKey(next, id) !== key : await isOurs(id)
        if (done) await state.remove(key)
      })
      await noteHealth(outcomes, unhealthy, state)
      for (const each of unhealthy) {
        if (!known.has(each.id) && (await isOurs(each.id))) await markHealth(state, each.id, undefined, [each])
      }
      // A certificate that nobody could even look at has no marker: only the next full scan finds it.
      const everyone = outcomes.every(({ next, result }) => next !== undefined || result === 'waiting')
      if (!swept)
        await markUnknown(
          specs.filter(({ id }) => !looked.has(id)),
          now,
          state,
        )
      if (!swept && everyone) await noteFullScan(state, now, hash, keys)
      return others
    },
  }
}

const CONCURRENCY = 10

/** So that a run which finds nothing due still knows, from its one listing, who is not healthy. */
const noteHealth = (outcomes: readonly Outcome[], noted: readonly Unhealthy[], state: Dependencies['state']) =>
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
async function markUnknown(given: readonly CertificateSpec[], now: Date, state: Dependencies['state']): Promise<void> {
  if (given.length === 0) return
  const documents = new Set(await state.list(documentKey('')))
  const unknown = given.filter(({ id }) => !documents.has(documentKey(id)))
  await mapConcurrently(unknown, CONCURRENCY, ({ id }) => moveMarker(state, id, undefined, after(now, SOON)))
}

const configurationHash = (all: readonly CertificateSpec[]) =>
  sha256(
    all
      .map(({ id, configHash }) => `${id} ${configHash}`)
      .sort()
      .join('\n'),
  ).slice(0, 16)
