import { type Failure, isFailure, toFailure } from '../errors.ts'
import { after, DAY } from '../platform/clock.ts'
import type { Dependencies, TxtRecord } from '../ports.ts'
import type { CertificateDocument, ChallengeRecord } from '../state/document.ts'
import type { Lease } from './lease.ts'
import { leftBehind } from './left-behind.ts'

type Outside = Pick<Dependencies, 'solver' | 'log' | 'clock'>

/** So long newleaf tries to remove a TXT value. */
const TRIED_FOR = 7 * DAY

/** Which of the TXT values that are noted are to be removed. */
export type Choice = (document: CertificateDocument, now: Date) => readonly ChallengeRecord[]

export const everyRecord: Choice = ({ challengeRecords }) => challengeRecords

/**
 * Removes those TXT values that are chosen of the noted ones. What could not be removed stays noted, and the failure is resolved
 * to, never thrown: it must not hide the result of what was done with the values. A value that nobody can remove any more, or
 * that was tried to be removed for days, is noted as left behind. Rejects with LOCKED, and with nothing else, when the certificate is no longer ours.
 */
export async function cleanUpRecords(
  lease: Lease,
  { solver, log, clock }: Outside,
  choose: Choice,
): Promise<Failure | undefined> {
  const chosen = choose(lease.document, clock.now())
  const isChosen = (record: TxtRecord) => includes(chosen, record)
  const orWarn = async (work: () => Promise<void>): Promise<Failure | undefined> => {
    try {
      await work()
      return undefined
    } catch (error) {
      if (isFailure(error, 'LOCKED')) throw error
      const failure = toFailure(error)
      log.warn('TXT records are left; the next run removes them', { code: failure.code, reason: failure.message })
      return failure
    }
  }
  const assigned = async (records: readonly ChallengeRecord[]) =>
    (await Promise.all(records.map(async (record) => ({ record, found: await solver.assigned(record) })))).flatMap(
      ({ record, found }) => (found === undefined ? [] : [{ record, found }]),
    )
  const remove = async (records: readonly ChallengeRecord[]) => {
    const known = await assigned(records)
    await solver.cleanUp(known.map(({ found }) => found))
    return known.map(({ record }) => record)
  }
  try {
    const failed = await orWarn(async () => {
      await lease.ensureHeld()
      if (chosen.length === 0) return
      const removed = await remove(chosen)
      lease.note(({ challengeRecords, ...document }) => {
        const left = challengeRecords.filter((record) => !includes(removed, record))
        return abandoned({ ...document, challengeRecords: left }, isChosen, clock.now())
      })
    })
    if (failed === undefined) return undefined
    const isOld = (record: ChallengeRecord) => isChosen(record) && after(record.since, TRIED_FOR) <= clock.now()
    if (!lease.document.challengeRecords.some(isOld)) return failed
    lease.note((document) => abandoned(document, isOld, clock.now()))
    return lease.document.challengeRecords.some(isChosen) ? failed : undefined
  } catch (taken) {
    // Whoever has taken over may be showing these very values, and then removes them; of others nobody knows but this run.
    await orWarn(async () => {
      const { challengeRecords: theirs } = await lease.reload()
      const own = lease.document.challengeRecords.filter((record) => !includes(theirs, record))
      await remove(own)
    })
    throw taken
  }
}

/** The document once nobody tries any more to remove these. */
function abandoned(
  document: CertificateDocument,
  isGivenUp: (record: ChallengeRecord) => boolean,
  now: Date,
): CertificateDocument {
  const given = document.challengeRecords.filter(isGivenUp)
  if (given.length === 0) return document
  const what = given.map(({ name, provider }) => `a TXT value at ${name} (${provider})`)
  const challengeRecords = document.challengeRecords.filter((record) => !isGivenUp(record))
  return leftBehind({ ...document, challengeRecords }, what, now)
}

export const includes = (records: readonly TxtRecord[], { name, value, provider }: TxtRecord): boolean =>
  records.some((each) => each.name === name && each.value === value && each.provider === provider)
