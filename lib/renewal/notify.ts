import { toFailure } from '../errors.ts'
import { after, MINUTE, SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import { safeText } from '../platform/log.ts'
import type { Notifier, World } from '../ports.ts'
import type { CertificateDocument, Told } from '../state/document.ts'
import type { CertificateFacts, CertificateSpec, Notice } from '../types.ts'
import { news, type Problem, problemsOf } from './trouble.ts'

export interface Tidings {
  readonly spec: CertificateSpec
  readonly current: CertificateFacts | undefined
  /** When newleaf means to look again. */
  readonly next: Date
}

/** What is to be remembered now, and when to look again: sooner than was planned while a notice is owed. */
export interface Telling {
  readonly document: CertificateDocument
  readonly next: Date
}

/** A notice's time, and that of the write which remembers it. */
const WORST_CASE = 15 * SECOND
const LONGEST_MESSAGE = 500

/**
 * Tells every notifier what is new: a problem once, and once when all is over. It never rejects: what could not be sent
 * is not noted as told, and the next run sends it.
 */
export async function tell(document: CertificateDocument, tidings: Tidings, world: World): Promise<Telling> {
  const { told: before = {}, ...rest } = document
  const problems = problemsOf(document, tidings.spec, tidings.current, world.clock.now())
  const told: Record<string, Told> = {}
  const sent = Object.entries(world.notifiers).map(async ([name, notifier]) => {
    const own = { ...world, log: world.log.with({ notifier: name }) }
    const now = await tellOne(notifier, before[name], problems, tidings, own)
    if (now.told !== undefined) told[name] = now.told
    return now.owed
  })
  const owed = (await Promise.all(sent)).includes(true)
  return {
    document: Object.keys(told).length > 0 ? { ...rest, told } : rest,
    next: owed ? after(world.clock.now(), MINUTE) : tidings.next,
  }
}

async function tellOne(
  notifier: Notifier,
  before: Told | undefined,
  problems: readonly Problem[],
  tidings: Tidings,
  world: World,
): Promise<{ told: Told | undefined; owed: boolean }> {
  let told = before
  const send = async (notice: Notice) => {
    requireTime(world.timeLeft, WORST_CASE)
    await notifier.send(notice)
    world.log.info('notice sent', { event: notice.event, codes: notice.codes })
  }
  try {
    for (const problem of news(problems, told)) {
      await send(noticeOf(problem, tidings, world))
      told = { problems: [...(told?.problems ?? []), problem.code], since: told?.since ?? problem.since }
    }
    if (told !== undefined && problems.length === 0) {
      await send(overNotice(told, tidings, world))
      told = undefined
    }
    return { told, owed: false }
  } catch (error) {
    const { code, message } = toFailure(error)
    world.log.error('a notice could not be sent', { code, reason: message })
    return { told, owed: true }
  }
}

const noticeOf = ({ code, message, ...problem }: Problem, tidings: Tidings, world: World): Notice => ({
  event: 'problem',
  ...about(tidings, world),
  codes: [code],
  message: safeText(message).slice(0, LONGEST_MESSAGE),
  ...problem,
})

const overNotice = ({ problems, since }: Told, tidings: Tidings, world: World): Notice => ({
  event: 'over',
  ...about(tidings, world),
  codes: problems,
  message: 'all is well again',
  since,
})

const about = ({ spec, current, next }: Tidings, { environment }: Pick<World, 'environment'>) => ({
  environment,
  certificate: spec.id,
  names: spec.names,
  ...(current && { expires: current.notAfter }),
  next,
})
