import { isFailure } from '../errors.ts'
import { after, HOUR } from '../platform/clock.ts'
import type { StateStore } from '../ports.ts'
import { NAME } from '../types.ts'

/** A certificate that must be looked at since `at`. */
export interface ScheduleMarker {
  readonly id: string
  readonly at: Date
  readonly key: string
}

/** What all of them begin with. */
export const MARKERS = 'wake/'
/** Sorts before every time, so that the listing of what is due shows it as well. */
const FULL_SCANS = `${MARKERS}0000-swept/`
/** What is unhealthy stands before every time too, by its id and the word for it: who finds nothing due hears of it all the same. */
const UNHEALTHY = `${MARKERS}0000-unhealthy/`
const UNHEALTHY_KEY = new RegExp(`^${UNHEALTHY}(?<id>${NAME})/(?<code>[A-Z_]{1,40})$`)
const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`
const MARKER = new RegExp(`^${MARKERS}(?<time>${TIME})/(?<id>${NAME})$`)

export const markerKey = (at: Date, id: string): string => `${MARKERS}${at.toISOString()}/${id}`

/** Undefined for what is no marker: a stray file must not stop the run. */
export function parseMarkerKey(key: string): ScheduleMarker | undefined {
  const { time, id } = MARKER.exec(key)?.groups ?? {}
  if (time === undefined || id === undefined) return undefined
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? undefined : { id, at, key }
}

/** The one listing of a run: all markers up to now, and the notes of full scans. */
export const listMarkers = (state: Pick<StateStore, 'list'>, now: Date): Promise<string[]> =>
  state.list(MARKERS, markerKey(now, '~')) // sorts behind every id

/** What is due, out of the keys that `listMarkers` gave. */
export const dueMarkers = (keys: readonly string[]): ScheduleMarker[] =>
  keys.map(parseMarkerKey).filter((marker) => marker !== undefined)

/** A schedule starts a run an hour, and one run may be missed. */
export const OVERDUE = 3 * HOUR

/** Who was to be looked at, and nobody did, although a schedule looks for it. */
export const overdueIn = (markers: readonly ScheduleMarker[], now: Date): Unhealthy[] => {
  const late = markers.filter(({ at }) => after(at, OVERDUE) < now)
  return [...new Set(late.map(({ id }) => id))].map((id) => ({ id, code: 'OVERDUE' }))
}

/** Puts the new marker before it deletes the old one: a marker too many costs one look, one missing would cost a day. */
export async function moveMarker(
  state: Pick<StateStore, 'write' | 'remove'>,
  id: string,
  from: Date | undefined,
  to: Date,
): Promise<void> {
  const key = markerKey(to, id)
  await mark(state, key)
  if (from === undefined) return
  const old = markerKey(from, id)
  if (old !== key) await state.remove(old)
}

/** Whether the whole configuration was looked over today, as it is now. `keys` is what `listMarkers` gave. */
export const isFullScanDone = (keys: readonly string[], now: Date, hash: string): boolean =>
  keys.includes(fullScanKey(now, hash))

/** Notes that it was, and then removes the notes of earlier days and configurations among `oldKeys`. */
export async function noteFullScan(
  state: Pick<StateStore, 'write' | 'remove'>,
  now: Date,
  hash: string,
  oldKeys: readonly string[],
): Promise<void> {
  const key = fullScanKey(now, hash)
  await mark(state, key)
  for (const old of oldKeys) if (old.startsWith(FULL_SCANS) && old !== key) await state.remove(old)
}

const fullScanKey = (now: Date, hash: string) => `${FULL_SCANS}${now.toISOString().slice(0, 10)}-${hash}`

async function mark(state: Pick<StateStore, 'write'>, key: string): Promise<void> {
  try {
    await state.write(key, {}, undefined)
  } catch (error) {
    if (!isFailure(error, 'STATE_CONFLICT')) throw error // conflict: it is there already
  }
}

/** A certificate that was unhealthy when it was last looked at, and the first word for it. */
export interface Unhealthy {
  readonly id: string
  readonly code: string
}

/** Out of the keys that `listMarkers` or `listUnhealthy` gave. */
export const unhealthyIn = (keys: readonly string[]): Unhealthy[] =>
  keys.flatMap((key) => {
    const { id, code } = UNHEALTHY_KEY.exec(key)?.groups ?? {}
    return id === undefined || code === undefined ? [] : [{ id, code }]
  })

export const listUnhealthy = (state: Pick<StateStore, 'list'>): Promise<string[]> => state.list(UNHEALTHY)

/** Removes every marker of a certificate, whenever it is due. */
export async function removeMarkersOf(state: Pick<StateStore, 'list' | 'remove'>, id: string): Promise<void> {
  const keys = await state.list(MARKERS)
  await state.remove(...keys.filter((key) => certificateOf(key) === id))
}

/** The certificate that a marker is about; undefined for any other key. */
export const certificateOf = (key: string): string | undefined => parseMarkerKey(key)?.id ?? unhealthyIn([key])[0]?.id

const unhealthyKey = ({ id, code }: Unhealthy): string => `${UNHEALTHY}${id}/${code}`

/**
 * Notes how a certificate is now; undefined: healthy. `noted`: what the markers have said of it so far; without them nothing is
 * removed. What is not healthy stands before its schedule marker moves: however the run ends, who finds nothing due must know.
 */
export async function markHealth(
  state: Pick<StateStore, 'write' | 'remove'>,
  id: string,
  code: string | undefined,
  noted: readonly Unhealthy[] = [],
): Promise<void> {
  const earlier = noted.filter((each) => each.id === id)
  if (code !== undefined && !earlier.some((each) => each.code === code)) await mark(state, unhealthyKey({ id, code }))
  for (const each of earlier) if (each.code !== code) await state.remove(unhealthyKey(each))
}
