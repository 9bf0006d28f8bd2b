/** Adds TXT values at their providers, and removes them. */
import { Failure, toFailure } from '../errors.ts'
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

/** All come to an end before it rejects, so that nothing is still being added when the caller cleans up. */
export async function addAll(records: readonly TxtRecord[], options: Options): Promise<void> {
  const groups = byProvider(records).map(async (group) => {
    for (const record of group) await again('addTxt', record, options)
  })
  const ends = await Promise.allSettled(groups)
  const failed = latestRetry(ends.flatMap((end) => (end.status === 'rejected' ? [toFailure(end.reason)] : [])))
  if (failed !== undefined) throw failed
}

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
const again = (change: 'addTxt' | 'removeTxt', record: TxtRecord, { providers, ...options }: Options): Promise<void> =>
  retrySoon(() => lookup(providers, record.provider).provider[change](inZone(record)), { ...options, tries: 2 })

/** One after the other within a provider: some vendors lose one of two changes that come at once. */
const byProvider = (records: readonly TxtRecord[]): TxtRecord[][] =>
  Object.values(Object.groupBy(records, ({ provider }) => provider)) as TxtRecord[][]
