import { Failure, isFailure } from '../errors.ts'
import { watchForStop } from '../platform/deadline.ts'
import { removable } from '../policy/challenge-records.ts'
import type { CertificateAuthority, Dependencies, Order, RecordLocation, TxtRecord } from '../ports.ts'
import type { CertificateDocument, ChallengeRecord } from '../state/document.ts'
import { cleanUpRecords, everyRecord, includes } from './challenge-records.ts'
import type { Lease } from './lease.ts'
import { type Answer, inTurnsOfValues } from './turns-of-values.ts'

interface Context extends Pick<Dependencies, 'solver' | 'log' | 'clock' | 'emit' | 'timeLeft'> {
  /** What becomes of the order then. Always rejects. */
  failed(error: unknown): Promise<never>
}

/**
 * Shows the CA that the names are ours, all at once where there is room for the values. What is written to DNS is noted before, and
 * removed once the CA has decided. As long as it has not, be it for want of time, or because a server does not show the values yet,
 * they stay: the next run takes them up. When somebody stops the run, nobody knows when that is, and they are removed.
 */
export async function validate(
  order: Order,
  locate: () => Promise<readonly RecordLocation[]>,
  lease: Lease,
  authority: CertificateAuthority,
  context: Context,
): Promise<void> {
  const isStopped = watchForStop(context.timeLeft, context.clock)
  const found = await locate()
  const challenges = await authority.challenges(order).catch(context.failed)
  const since = context.clock.now()
  const answers = challenges.map((challenge): Answer => {
    const { domain, value } = challenge
    if (value === undefined) return { challenge, records: [] }
    const locations = found.filter((each) => each.domain === domain)
    if (locations.length === 0)
      throw new Failure('ACME_PROBLEM', `the authority asks for a proof of ${domain}, which was not ordered`)
    const records = locations.map(({ name, zone, provider }) => ({
      name,
      zone,
      provider,
      value,
      order: order.url,
      since,
    }))
    return { challenge, records }
  })
  const turns = await inTurnsOfValues(answers, (record) => context.solver.capacity(record))
  for (const turn of turns) await show(turn, lease, authority, { ...context, isStopped })
}

/** Until the CA has decided on these. */
async function show(
  answers: readonly Answer[],
  lease: Lease,
  authority: CertificateAuthority,
  { solver, log, clock, emit, isStopped, failed }: Context & { isStopped(): boolean },
): Promise<void> {
  const records = answers.flatMap((answer) => answer.records)
  const earlier = lease.document.challengeRecords
  let unwritten: readonly TxtRecord[] = []
  let isValid = false
  await lease.save((document) => ({ ...document, challengeRecords: together(document.challengeRecords, records) }))
  try {
    await solver.present(
      lease.document.challengeRecords.filter((record) => includes(records, record)),
      (servers) =>
        emit({ kind: 'waiting', step: 'validate', what: `${servers[0] ?? 'a name server'} to show the TXT value` }),
      (heard) => {
        unwritten = heard.filter((record) => !includes(earlier, record))
      },
    )
    await authority.answer(answers.map(({ challenge }) => challenge))
    isValid = true
  } catch (error) {
    if (unwritten.length > 0) lease.note((document) => without(document, unwritten))
    if (isFailure(error, 'ACME_VALIDATION_FAILED', 'ACME_ORDER_INVALID', 'ACME_CAA')) {
      lease.note(({ order: _dead, ...rest }) => rest)
    }
    await failed(error)
  } finally {
    await cleanUpRecords(lease, { solver, log, clock }, isValid || isStopped() ? everyRecord : removable)
  }
}

const without = (document: CertificateDocument, records: readonly TxtRecord[]): CertificateDocument => ({
  ...document,
  challengeRecords: document.challengeRecords.filter((record) => !includes(records, record)),
})

const together = (one: readonly ChallengeRecord[], other: readonly ChallengeRecord[]): ChallengeRecord[] => [
  ...one,
  ...other.filter((record) => !includes(one, record)),
]
