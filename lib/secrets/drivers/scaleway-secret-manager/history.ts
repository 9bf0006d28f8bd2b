import { Failure } from '../../../errors.ts'
import { entries, type Stages } from '../../stages.ts'
import type { VersionObject } from './api.ts'

/**
 * The stages of a secret, told by its own versions. Secret Manager has no stages and no compare-and-swap, but it numbers
 * versions as they arrive. Every version of ours is a move, and describes what is where after it:
 *
 *   newleaf/1 move=7 seen=12 current=9 pending=this previous=4
 *
 * A move has the number after that of the move it was decided upon. Of two with one number, the one that arrived first
 * happened and the other did not: every reader sees that alike, and so does whoever wrote it.
 * What somebody adds by other means is current as soon as it is there, until a move that has `seen` it says otherwise.
 */
export interface History {
  readonly stages: Stages<Entry>
  /** The newest revision. */
  readonly seen: number
  /** The last one that happened comes first. */
  readonly moves: readonly Move[]
  readonly versions: readonly VersionObject[]
}

export interface Entry {
  /** The revision, in digits. */
  readonly version: string
}

interface Move {
  readonly revision: number
  readonly number: number
  readonly seen: number
  readonly stages: Stages<Entry>
}

const MARK = 'newleaf/'
const MOVE =
  /^newleaf\/1 move=(?<number>[1-9]\d{0,9}) seen=(?<seen>\d{1,10})(?: current=(?<current>\d{1,10}))?(?: pending=(?<pending>\d{1,10}|this))?(?: previous=(?<previous>\d{1,10}))?$/

/** In a description: the very version that it describes. */
export const THIS: Entry = { version: 'this' }

export function historyOf(name: string, versions: readonly VersionObject[]): History {
  const moves = versions
    .flatMap((version) => moveOf(name, version) ?? [])
    .sort((one, other) => other.number - one.number || one.revision - other.revision)
  const { seen = 0, stages = {} } = moves[0] ?? {}
  const unmanaged = versions.filter((each) => isUnmanaged(each.description) && isEnabled(each)).map(revisionOf)
  const newest = Math.max(0, ...unmanaged)
  return {
    stages: newest > seen ? overtaken(stages, newest) : stages,
    seen: Math.max(0, ...versions.map(revisionOf)),
    moves,
    versions,
  }
}

/** The description of the version that makes it so. */
export function nextMove({ moves, seen }: History, { current, pending, previous }: Stages<Entry>): string {
  const at = (stage: string, entry: Entry | undefined) => (entry === undefined ? '' : ` ${stage}=${entry.version}`)
  const stages = at('current', current) + at('pending', pending) + at('previous', previous)
  return `${MARK}1 move=${(moves[0]?.number ?? 0) + 1} seen=${seen}${stages}`
}

/** Whether a version is not listed that arrived after `seen`, up to this one: it could still turn out to be the first. */
export function hasGap({ versions }: History, seen: number, revision: number): boolean {
  const known = new Set(versions.map(revisionOf).filter((each) => each > seen && each <= revision))
  return known.size < revision - seen
}

/** Undefined if the move is not known. */
export function hasHappened({ moves }: History, revision: number): boolean | undefined {
  const own = moves.find((each) => each.revision === revision)
  return own && !moves.some((each) => each.number === own.number && each.revision < revision)
}

/** Versions of ours that nobody will ever refer to again. */
export function spent({ stages, moves: [head], versions }: History): number[] {
  const kept = new Set([...entries(stages), ...entries(head?.stages ?? {})].map(({ version }) => Number(version)))
  return versions
    .filter((each) => !isUnmanaged(each.description) && isHeld(each))
    .map(revisionOf)
    .filter((revision) => revision !== head?.revision && !kept.has(revision))
}

/** Whether this describes no version of ours. */
export const isUnmanaged = (description: string): boolean => !description.startsWith(MARK)

export const isEnabled = ({ status }: VersionObject): boolean => status === 'enabled'

/** Whether it takes up room: deletion is scheduled at first, and happens days later. */
export const isHeld = (version: VersionObject): boolean => isEnabled(version) || version.status === 'disabled'

const revisionOf = ({ revision }: VersionObject) => revision

const overtaken = ({ current, pending }: Stages<Entry>, newest: number): Stages<Entry> => ({
  current: { version: `${newest}` },
  ...(pending && { pending }),
  ...(current && { previous: current }),
})

/** Whatever became of the version: a move has happened even if it was deleted since. */
function moveOf(name: string, { revision, description }: VersionObject): Move | undefined {
  if (isUnmanaged(description)) return undefined
  const found = MOVE.exec(description)?.groups
  if (found === undefined) {
    throw unreadable(name, revision, 'has another description than newleaf gave it, or was written by a newer newleaf')
  }
  const at = (stage: 'current' | 'pending' | 'previous') => {
    const text = found[stage]
    return text === undefined ? {} : { [stage]: { version: text === THIS.version ? `${revision}` : text } }
  }
  const stages = { ...at('current'), ...at('pending'), ...at('previous') }
  return { revision, number: Number(found.number), seen: Number(found.seen), stages }
}

export const unreadable = (name: string, revision: string | number, what: string): Failure =>
  new Failure('STORE_UNREADABLE', `the secret ${name}: version ${revision} ${what}`, {
    fields: { secret: name, revision },
  })
