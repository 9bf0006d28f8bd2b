import { timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { safeParse } from '../platform/safe-parse.ts'
import { type Keyring, macOf } from './envelope.ts'

/** Which version is at which stage. */
export interface Stages<E extends { readonly version: string } = Entry> {
  readonly current?: E
  readonly pending?: E
  readonly previous?: E
}

/** A version, and which file holds it. */
export interface Entry {
  readonly version: string
  readonly file: string
}

const entry = v.object({
  version: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  file: v.pipe(v.string(), v.regex(/^@[0-9a-f]{32}-[0-9a-f]{16}\.sealed$/)),
})
const schema = v.object({
  current: v.exactOptional(entry),
  pending: v.exactOptional(entry),
  previous: v.exactOptional(entry),
})

export const entries = <E extends { readonly version: string }>({ current, pending, previous }: Stages<E>): E[] =>
  [current, pending, previous].filter((known) => known !== undefined)

/** Undefined if there is nothing left to do. Rejects with SECRET_CONFLICT if `expected` is no longer current. */
export function activated<E extends { readonly version: string }>(
  name: string,
  stages: Stages<E>,
  version: string,
  expected: string | undefined,
): Stages<E> | undefined {
  const { current, pending } = stages
  if (current?.version === version) {
    if (pending?.version !== version) return undefined
    const { pending: _, ...rest } = stages
    return rest
  }
  const next = entries(stages).find((known) => known.version === version)
  if (current?.version !== expected || next === undefined) {
    throw new Failure('SECRET_CONFLICT', `the secret ${name} was changed by another run: it must be looked at again`, {
      fields: { secret: name },
    })
  }
  return { current: next, ...(current === undefined ? {} : { previous: current }) }
}

/** One line of JSON, and one with the proof that this is document `number` of this secret. */
export function formatStages(keyring: Keyring, name: string, number: number, stages: Stages): Buffer {
  const line = JSON.stringify(stages)
  return Buffer.from(`${line}\n${macOf(keyring, name, String(number), line)}\n`)
}

/** Whether who holds this key has written it, as document `number` of this secret. */
export function isProvedBy(keyring: Keyring, name: string, number: number, bytes: Buffer): boolean {
  const line = lineOf(bytes)
  const expected = Buffer.from(`${line}\n${macOf(keyring, name, String(number), line)}\n`)
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

const lineOf = (bytes: Buffer) => bytes.toString('utf8').split('\n', 1)[0] ?? ''

export function parseStages(keyrings: readonly Keyring[], name: string, number: number, bytes: Buffer): Stages {
  const line = lineOf(bytes)
  if (!keyrings.some((keyring) => isProvedBy(keyring, name, number, bytes))) {
    throw unreadable(name, `is damaged, belongs elsewhere, or was written with another master key`)
  }
  const result = safeParse(v.pipe(v.string(), v.parseJson(), schema), line)
  if (!result.success) throw unreadable(name, 'was written by a newer newleaf')
  return result.output
}

const unreadable = (name: string, what: string) =>
  new Failure(
    'STORE_UNREADABLE',
    `the secret ${name}: the record of its stages ${what}: restore its folder from a backup`,
    {
      fields: { secret: name },
    },
  )
