import fc from 'fast-check'
import { hostileJson, hostileText } from './hostile.ts'

/** What is sound, with damage done to it: JSON, text and bytes. The same changes give the same again. */

const OPERATIONS = ['replace', 'replace', 'replace', 'remove', 'rename', 'add', 'wrap', 'repeat', 'swap'] as const

/** Places are parts of one, so that a mutation fits every document. */
export interface Mutation {
  readonly operation: (typeof OPERATIONS)[number]
  readonly at: number
  readonly other: number
  readonly key: string
  readonly value: unknown
}

const place = fc.nat(9_999).map((part) => part / 10_000)
const KEYS = ['id', 'name', 'status', 'type', 'length', '$schema', 'v'] as const

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  at: place,
  other: place,
  key: fc.oneof(fc.constantFrom(...KEYS), hostileText),
  value: hostileJson,
})
export const mutations = (most: number): fc.Arbitrary<Mutation[]> => fc.array(mutation, { maxLength: most })

interface Spot {
  readonly parent: Record<string, unknown>
  readonly key: string
}

function spots(value: unknown, found: Spot[] = [], depth = 0): Spot[] {
  if (typeof value !== 'object' || value === null || depth > 20) return found
  const parent = value as Record<string, unknown>
  for (const key of Object.keys(parent)) {
    found.push({ parent, key })
    spots(parent[key], found, depth + 1)
  }
  return found
}

const put = (parent: object, key: string, value: unknown) =>
  Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true })

/** A copy with these changes, one after the other. */
export function mutated(document: unknown, changes: readonly Mutation[]): unknown {
  const top: Record<string, unknown> = { document: structuredClone(document) }
  for (const { operation, at, other, key, value } of changes) {
    const all = spots(top)
    const spot = all[Math.floor(at * all.length)] as Spot
    const second = all[Math.floor(other * all.length)] as Spot
    const here = spot.parent[spot.key]
    const isList = Array.isArray(spot.parent)
    if (operation === 'replace') put(spot.parent, spot.key, structuredClone(value))
    else if (operation === 'remove' && isList) (spot.parent as unknown as unknown[]).splice(Number(spot.key), 1)
    else if (operation === 'remove' && spot.parent !== top) delete spot.parent[spot.key]
    else if (operation === 'wrap') put(spot.parent, spot.key, [here])
    else if (operation === 'swap') put(spot.parent, spot.key, structuredClone(second.parent[second.key]))
    else if (operation === 'add' && typeof here === 'object' && here !== null && !Array.isArray(here))
      put(here, key, structuredClone(value))
    else if (operation === 'repeat' && Array.isArray(here))
      for (let times = 1 + Math.floor(other * 300), [first] = here; times > 0; times--)
        here.push(structuredClone(first))
    else if (operation === 'rename' && !isList && spot.parent !== top) {
      delete spot.parent[spot.key]
      put(spot.parent, key, here)
    }
  }
  return top.document
}

export interface Cut {
  readonly at: number
  readonly length: number
  readonly piece: string
}

export const cuts = (most: number, pieces: fc.Arbitrary<string> = hostileText): fc.Arbitrary<Cut[]> =>
  fc.array(fc.record({ at: place, length: fc.oneof(fc.nat(6), fc.nat(400)), piece: pieces }), { maxLength: most })

/** The text with pieces in the place of others. */
export const cut = (text: string, changes: readonly Cut[]): string =>
  changes.reduce((rest, { at, length, piece }) => {
    const start = Math.floor(at * rest.length)
    return rest.slice(0, start) + piece + rest.slice(start + length)
  }, text)

const BYTE_OPERATIONS = ['set', 'flip', 'remove', 'insert', 'end', 'repeat'] as const

export interface ByteChange {
  readonly operation: (typeof BYTE_OPERATIONS)[number]
  readonly at: number
  readonly byte: number
  readonly count: number
}

export const byteChanges = (most: number): fc.Arbitrary<ByteChange[]> =>
  fc.array(
    fc.record({
      operation: fc.constantFrom(...BYTE_OPERATIONS),
      at: place,
      byte: fc.oneof(fc.constantFrom(0, 1, 0x30, 0x7f, 0x80, 0x82, 0x84, 0xc0, 0xff), fc.nat(255)),
      count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 300 })),
    }),
    { minLength: 1, maxLength: most },
  )

/** The bytes from `from` on changed, one change after the other. */
export const changedBytes = (bytes: Buffer, changes: readonly ByteChange[], from = 0): Buffer =>
  changes.reduce((rest, { operation, at, byte, count }) => {
    const start = from + Math.floor(at * Math.max(0, rest.length - from))
    const [before, after] = [rest.subarray(0, start), rest.subarray(start)]
    const now: Record<ByteChange['operation'], readonly Buffer[]> = {
      set: [Buffer.of(byte), after.subarray(1)],
      flip: [Buffer.of((after[0] ?? 0) ^ (1 << (byte % 8))), after.subarray(1)],
      remove: [after.subarray(count)],
      insert: [Buffer.alloc(count, byte), after],
      repeat: [after.subarray(0, count), after],
      end: [],
    }
    return Buffer.concat([before, ...now[operation]])
  }, bytes)
