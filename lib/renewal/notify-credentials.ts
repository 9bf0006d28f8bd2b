/** Notifies of credentials that expire, before a renewal needs them: their vendors are asked once a day, whoever runs. */
import { isFailure, toFailure } from '../errors.ts'
import { askedAbout } from '../observe/credentials.ts'
import { after, isForToday, MINUTE, SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import { credentialProblem } from '../policy/credential.ts'
import { type Problem, unheard } from '../policy/problems.ts'
import type { Dependencies } from '../ports.ts'
import {
  type CredentialsDocument,
  credentialsKey,
  type KnownCredential,
  readCredentials,
} from '../state/credentials.ts'
import { notifyEach } from './notify.ts'

/** Of asking, notifying and writing. */
const WORST_CASE = 60 * SECOND
/** So long another run keeps away, should this one die. */
const BUSY = 5 * MINUTE

/** It never rejects: a run whose certificates were looked at has done what it was for. */
export async function notifyCredentials(deps: Dependencies): Promise<void> {
  if (deps.credentials.length === 0) return
  try {
    await watch(deps)
  } catch (error) {
    if (isFailure(error, 'STATE_CONFLICT')) return // another run was faster
    const { code, message: reason } = toFailure(error)
    deps.log.warn('credentials that expire could not be looked after', { code, reason })
  }
}

async function watch(deps: Dependencies): Promise<void> {
  const { environment, state, clock } = deps
  const { document, tag } = await readCredentials(environment, state)
  const now = clock.now()
  const { busyUntil, asked } = document
  // Nobody is at work for longer: whoever noted more had a clock that was wrong.
  if (busyUntil !== undefined && busyUntil > now && busyUntil <= after(now, BUSY)) return
  const isAsked = isForToday(asked, now)
  if (isAsked && !states(document, now).some((each) => isNews(each, deps))) return warn(document, deps)

  requireTime(deps.timeLeft, WORST_CASE)
  const key = credentialsKey(environment)
  const mine = await state.write(key, { ...document, busyUntil: after(now, BUSY) }, tag)
  const { busyUntil: _over, ...known } = isAsked ? document : await askedAgain(document, deps)
  warn(known, deps)
  await state.write(key, await notified(known, deps), mine)
}

/** What is to be said of each that is remembered. */
interface State {
  readonly location: string
  readonly problems: readonly Problem[]
  readonly known: KnownCredential
}

const states = ({ known }: CredentialsDocument, now: Date): State[] =>
  Object.entries(known).map(([location, each]) => {
    const problem = each.expiresAt && credentialProblem(location, each.expiresAt, now)
    return { location, problems: problem === undefined ? [] : [problem], known: each }
  })

/** Whether a notifier has not heard of it: that it expires, or that it does not any more. */
const isNews = ({ problems, known }: State, { notifiers }: Pick<Dependencies, 'notifiers'>): boolean =>
  Object.keys(notifiers).some((name) => {
    const before = known.notified?.[name]
    return problems.length === 0 ? before !== undefined : unheard(problems, before).length > 0
  })

function warn(document: CredentialsDocument, { log, clock }: Pick<Dependencies, 'log' | 'clock'>): void {
  for (const { location, problems } of states(document, clock.now()))
    for (const { code, message, advice } of problems)
      log.warn('a credential expires', { location, code, reason: message, todo: advice })
}

/** Of those that have left the configuration only who was notified is kept, to hear that it is over. */
async function askedAgain({ known: before }: CredentialsDocument, deps: Dependencies): Promise<CredentialsDocument> {
  const asked = deps.clock.now()
  const now = await askedAbout(before, deps)
  const notifiedOf = Object.entries(before).map(([location, { notified }]) => [
    location,
    { ...now[location], ...(notified && { notified }) },
  ])
  return { v: 1, asked, known: { ...now, ...Object.fromEntries(notifiedOf) } }
}

async function notified(document: CredentialsDocument, deps: Dependencies): Promise<CredentialsDocument> {
  const known: Record<string, KnownCredential> = {}
  for (const { location, problems, known: before } of states(document, deps.clock.now())) {
    const { notified: heard = {}, ...rest } = before
    const { notified } = await notifyEach(problems, heard, { location }, deps)
    const next = Object.keys(notified).length > 0 ? { ...rest, notified } : rest
    if (Object.keys(next).length > 0) known[location] = next
  }
  return { ...document, known }
}
