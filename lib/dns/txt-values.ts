/** Adds TXT values at their providers, and removes them. */
import { Failure, isFailure, toFailure } from '../errors.ts'
import { latestRetry } from '../failures.ts'
import { SECOND } from '../platform/clock.ts'
import { lookup } from '../platform/lookup.ts'
import { retrySoon } from '../platform/retry.ts'
import type { Dependencies, TxtRecord } from '../ports.ts'
import type { Providers } from './provider.ts'
import { inZone } from './zone-record.ts'

interface Options extends Pick<Dependencies, 'clock' | 'random' | 'timeLeft'> {
  readonly providers: Providers
}

const CLEAN_UP_TIME = 20 * SECOND

export const distinct = (records: readonly TxtRecord[]): TxtRecord[] => [
  ...new Map(
    records.map((record) => [`${record.provider} ${record.zone} ${record.name} ${record.value}`, record]),
  ).values(),
]

export const namesOf = (records: readonly TxtRecord[]) => [...new Set(records.map(({ name }) => name))]

/**
 * All come to an end before it rejects, so that nothing is still being added when the caller cleans up. `hear` is told before
 * that of the values that are certainly not there: they were refused at each try, or were not tried.
 */
export async function addAll(
  records: readonly TxtRecord[],
  options: Options,
  hear: (unwritten: readonly TxtRecord[]) => void,
): Promise<void> {
  const mayBeThere = new Set<TxtRecord>()
  const groups = byProvider(records).map(async (group) => {
    for (const record of group) await again('addTxt', record, options, () => mayBeThere.add(record))
  })
  const ends = await Promise.allSettled(groups)
  const failed = latestRetry(ends.flatMap((end) => (end.status === 'rejected' ? [toFailure(end.reason)] : [])))
  if (failed === undefined) return
  hear(records.filter((record) => !mayBeThere.has(record)))
  throw failed
}

/** Nothing was changed: the caller was not let in, what was asked for is not there, or nobody was asked at all. */
const isRefused = (error: unknown): boolean => isFailure(error, 'DENIED', 'NOT_FOUND', 'REFERENCE_UNRESOLVED')

/** Each is tried, whatever became of the others. Rejects when some are left. */
export async function removeAll(records: readonly TxtRecord[], options: Options): Promise<void> {
  const { clock } = options
  const until = clock.now().getTime() + CLEAN_UP_TIME
  const left: { record: TxtRecord; failure: Failure }[] = []
  const remove = async (record: TxtRecord) => {
    try {
      if (clock.now().getTime() > until) throw new Failure('OUT_OF_TIME', 'no time was left to remove a TXT record')
      await again('removeTxt', record, options)
    } catch (error) {
      left.push({ record, failure: toFailure(error) })
    }
  }
  await Promise.all(
    byProvider(records).map(async (group) => {
      for (const record of group) await remove(record)
    }),
  )
  const failed = latestRetry(left.map(({ failure }) => failure))
  if (failed === undefined) return
  const names = namesOf(left.map(({ record }) => record))
  throw new Failure(
    failed.code,
    `${left.length} of ${records.length} TXT values are left, at ${names.join(', ')}: ${failed.message}`,
    { fields: { names }, cause: failed, retryAfter: failed.retryAfter },
  )
}

/** Adding and removing by value can be done again, whether or not an answer that got lost was a yes. */
const again = (
  change: 'addTxt' | 'removeTxt',
  record: TxtRecord,
  { providers, ...options }: Options,
  mayBeDone: () => void = () => {},
): Promise<void> => {
  const once = async () => {
    try {
      await lookup(providers, record.provider).provider[change](inZone(record))
      mayBeDone()
    } catch (error) {
      if (!isRefused(error)) mayBeDone()
      throw error
    }
  }
  return retrySoon(once, { ...options, tries: 2 })
}

/** One after the other within a provider: some vendors lose one of two changes that come at once. */
const byProvider = (records: readonly TxtRecord[]): TxtRecord[][] =>
  Object.values(Object.groupBy(records, ({ provider }) => provider)) as TxtRecord[][]
