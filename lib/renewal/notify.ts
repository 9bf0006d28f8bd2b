import { toFailure } from '../errors.ts'
import { after, MINUTE, SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import { safeText } from '../platform/log.ts'
import { ONCE, type Problem, problemsOf, unheard } from '../policy/problems.ts'
import type { Dependencies, Notifier } from '../ports.ts'
import type { CertificateDocument, Notified } from '../state/document.ts'
import type { CertificateFacts, CertificateSpec, Notice } from '../types.ts'

/** A certificate that a notice is about. */
export interface Subject {
  readonly spec: Pick<CertificateSpec, 'id' | 'names'>
  readonly current: CertificateFacts | undefined
  /** When newleaf means to look again. */
  readonly next: Date
}

/** A part of the configuration that a notice is about, by its path there. */
export type ConfigurationPart = Pick<Notice, 'location'>

/** What is to be remembered now, and when to look again: sooner than was planned while a notice is pending. */
export interface NotificationState {
  readonly document: CertificateDocument
  readonly next: Date
  /** Somebody could not be told. */
  readonly isPending: boolean
}

/** A notice's time, and that of the write which remembers it. */
const WORST_CASE = 15 * SECOND
const LONGEST_MESSAGE = 500

/**
 * Tells every notifier what is new: a problem once, and once when all are resolved. It never rejects: what could not be sent
 * is not noted as sent, and the next run sends it.
 */
export async function notify(
  document: CertificateDocument,
  subject: Subject,
  deps: Dependencies,
): Promise<NotificationState> {
  const problems = problemsOf(document, subject.spec, subject.current, deps.clock.now())
  return notifyOf(problems, document, subject, deps)
}

/** The same, of these problems. */
export async function notifyOf(
  problems: readonly Problem[],
  { notified: before = {}, ...rest }: CertificateDocument,
  subject: Subject,
  deps: Dependencies,
): Promise<NotificationState> {
  const { notified, isPending } = await notifyEach(problems, before, subject, deps)
  return {
    document: Object.keys(notified).length > 0 ? { ...rest, notified } : rest,
    next: isPending ? after(deps.clock.now(), MINUTE) : subject.next,
    isPending,
  }
}

/** The same of whatever it is about. Resolves to what each notifier was told of by now, as long as there is trouble. */
export async function notifyEach(
  problems: readonly Problem[],
  before: Readonly<Record<string, Notified>>,
  subject: Subject | ConfigurationPart,
  deps: Dependencies,
): Promise<{ readonly notified: Readonly<Record<string, Notified>>; readonly isPending: boolean }> {
  const notified: Record<string, Notified> = {}
  const sent = Object.entries(deps.notifiers).map(async ([name, notifier]) => {
    const own = { ...deps, log: deps.log.with({ notifier: name }) }
    const now = await notifyOne(notifier, before[name], problems, subject, own)
    if (now.notified !== undefined) notified[name] = now.notified
    return now.isPending
  })
  return { isPending: (await Promise.all(sent)).includes(true), notified }
}

async function notifyOne(
  notifier: Notifier,
  before: Notified | undefined,
  problems: readonly Problem[],
  subject: Subject | ConfigurationPart,
  deps: Dependencies,
): Promise<{ notified: Notified | undefined; isPending: boolean }> {
  let notified = before
  const send = async (notice: Notice) => {
    requireTime(deps.timeLeft, WORST_CASE)
    await notifier.send(notice)
    deps.log.info('notice sent', { event: notice.event, codes: notice.codes })
  }
  try {
    for (const problem of unheard(problems, notified)) {
      await send(noticeOf(problem, subject, deps))
      notified = { problems: [...(notified?.problems ?? []), problem.code], since: notified?.since ?? problem.since }
    }
    // What is told once is never resolved, and keeps nothing else from being so.
    if (notified !== undefined && problems.every(isOnce)) {
      const resolved = notified.problems.filter((code) => !ONCE.includes(code))
      if (resolved.length > 0) await send(resolvedNotice({ ...notified, problems: resolved }, subject, deps))
      notified = problems.length > 0 ? { ...notified, problems: problems.map(({ code }) => code) } : undefined
    }
    return { notified, isPending: false }
  } catch (error) {
    const { code, message } = toFailure(error)
    deps.log.error('a notice could not be sent', { code, reason: message })
    return { notified, isPending: true }
  }
}

const isOnce = ({ code }: Problem): boolean => ONCE.includes(code)

const noticeOf = (
  { code, message, ...problem }: Problem,
  subject: Subject | ConfigurationPart,
  deps: Dependencies,
): Notice => ({
  event: 'problem',
  ...about(subject, deps),
  codes: [code],
  message: safeText(message).slice(0, LONGEST_MESSAGE),
  ...problem,
})

const resolvedNotice = (
  { problems, since }: Notified,
  subject: Subject | ConfigurationPart,
  deps: Dependencies,
): Notice => ({
  event: 'resolved',
  ...about(subject, deps),
  codes: problems,
  message: 'the problems that were reported are resolved',
  since,
})

function about(subject: Subject | ConfigurationPart, { environment }: Pick<Dependencies, 'environment'>) {
  if (!('spec' in subject)) return { environment, names: [], ...subject }
  const { spec, current, next } = subject
  return {
    ...{ environment, certificate: spec.id, names: spec.names },
    ...(current && { fingerprint: current.fingerprint, serial: current.serial, expires: current.notAfter }),
    next,
  }
}
