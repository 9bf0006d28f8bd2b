import { sha256 } from '../platform/sha256.ts'
import type { Dependencies } from '../ports.ts'
import {
  certificateOf,
  dueMarkers,
  isFullScanDone,
  listMarkers,
  type Unhealthy,
  unhealthyIn,
} from '../state/schedule.ts'
import type { CertificateSpec, Outcome, RunRequest, WindowAsked } from '../types.ts'
import { updateLooked, updateSchedule } from './update-schedule.ts'

export interface Due {
  readonly specs: readonly CertificateSpec[]
  /** All that are configured were asked for, and are looked at. */
  readonly isFullScan: boolean
  /** Ids that have a marker which is past, and have left the configuration; a full scan looks for all that have. */
  readonly unconfigured: readonly string[]
  /** What the listing has shown, where there was one before the look. */
  readonly keys: readonly string[]
  /**
   * Tidies the markers up once the run knows what became of each certificate; of those that it gave away it knows nothing,
   * and of those whose authority alone was `asked` only when they are looked at next.
   * Resolves to those of the configuration that were unhealthy at an earlier look, and were not looked at now.
   */
  updateSchedule(outcomes: readonly Outcome[], asked?: readonly WindowAsked[]): Promise<Unhealthy[]>
}

/**
 * Who must be looked at: those whose schedule marker is past, found with one listing, whatever the number of certificates. Once
 * a day, and whenever the configuration has changed, everybody: that finds a certificate whose marker is missing.
 */
export async function findDue(
  all: readonly CertificateSpec[],
  request: RunRequest,
  deps: Pick<Dependencies, 'state' | 'clock' | 'environment'>,
): Promise<Due> {
  const { only, attended = true, dryRun, markers: known } = request
  const isAsked = (id: string) => only === undefined || only.includes(id)
  const named = all.filter(({ id }) => isAsked(id))
  const begun = deps.clock.now()
  if (request.fullScan || request.force || (only !== undefined && attended)) {
    const isFullScan = only === undefined
    return {
      ...{ specs: named, isFullScan, unconfigured: [], keys: [] },
      updateSchedule: async (outcomes) => updateLooked(outcomes, begun, dryRun, deps),
    }
  }

  const now = begun
  const hash = configurationHash(all)
  const keys = known?.filter((key) => isAsked(certificateOf(key) ?? '')) ?? (await listMarkers(deps.state, now))
  const markers = dueMarkers(keys).filter(({ id, at }) => isAsked(id) && at <= now)
  const isFullScan = only === undefined && !isFullScanDone(keys, now, hash)
  const specs =
    only !== undefined || isFullScan ? named : all.filter(({ id }) => markers.some((marker) => marker.id === id))
  const listing = { keys, markers, unhealthy: unhealthyIn(keys), at: now }
  const scope = { all, specs, isAsked, dryRun, fullScan: isFullScan ? hash : undefined }
  const due = only === undefined ? markers.map(({ id }) => id) : []
  const unconfigured = [...new Set(due)].filter((id) => !all.some((spec) => spec.id === id))
  return {
    ...{ specs, isFullScan, unconfigured, keys },
    updateSchedule: (outcomes, asked = []) => updateSchedule(listing, scope, { outcomes, asked }, deps),
  }
}

const configurationHash = (all: readonly CertificateSpec[]) =>
  sha256(
    all
      .map(({ id, configHash }) => `${id} ${configHash}`)
      .sort()
      .join('\n'),
  ).slice(0, 16)
