import fc from 'fast-check'
import { type Cut, cut, cuts, type Mutation, mutated, mutations } from './damage.ts'
import { hostileText } from './hostile.ts'

/** What becomes of one answer of a server. */
export interface Spoiling {
  /** Which of its answers, counted from 0; -1: every one. */
  readonly answer: number
  readonly status: number | undefined
  readonly changes: readonly Mutation[]
  readonly cuts: readonly Cut[]
  readonly headers: Readonly<Record<string, string>>
}

/** Forms of `Retry-After`, right and wrong. */
export const retryAfterForms: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('0', '1', '60', '86400', '-1', '1.5', '', ' ', 'soon', '99999999999', '9'.repeat(300), '1e3', '+5'),
  fc.constantFrom('Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Sun, 99 Xyz 2026 00:00:00 GMT'),
  fc.integer({ min: 0, max: 4e9 }).map((seconds) => new Date(seconds * 1_000).toUTCString()),
  fc.nat(100_000).map(String),
  hostileText,
)

const STATUSES = [
  200, 201, 204, 206, 301, 302, 304, 400, 401, 403, 404, 408, 409, 410, 412, 422, 429, 500, 502, 503, 504,
]

export const spoiling = (answers: number): fc.Arbitrary<Spoiling> =>
  fc.record({
    answer: fc.integer({ min: -1, max: answers - 1 }),
    status: fc.option(fc.constantFrom(...STATUSES, 0, 999), { nil: undefined, freq: 2 }),
    changes: mutations(3),
    cuts: fc.oneof({ weight: 6, arbitrary: fc.constant<Cut[]>([]) }, { weight: 1, arbitrary: cuts(2) }),
    headers: fc
      .record(
        { 'retry-after': retryAfterForms, 'x-request-id': hostileText, location: hostileText },
        { requiredKeys: [] },
      )
      .map((headers) => headers as Record<string, string>),
  })

export interface SpoiledAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answer number `index`, as it arrives. */
export function spoiled(
  answer: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown },
  { answer: which, status, changes, cuts: pieces, headers }: Spoiling,
  index: number,
): SpoiledAnswer {
  const text = (body: unknown) => (typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body))
  if (which !== -1 && which !== index) {
    return { status: answer.status, headers: { ...answer.headers }, body: text(answer.body) }
  }
  return {
    status: status ?? answer.status,
    headers: { ...answer.headers, ...headers },
    body: cut(text(mutated(answer.body, changes)), pieces),
  }
}
