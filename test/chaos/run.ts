/** One run of newleaf, which may be killed in the midst of it. */
import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import { findDue } from '../../lib/observe/due.ts'
import { openRuntime } from '../../lib/open.ts'
import { MINUTE } from '../../lib/platform/clock.ts'
import { createLog, jsonLines } from '../../lib/platform/log.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { reportOf } from '../../lib/report/report.ts'
import type { Unhealthy } from '../../lib/state/schedule.ts'
import type { Outcome, RunRequest } from '../../lib/types.ts'
import { gated } from '../kill/effects.ts'
import { createLife } from './life.ts'
import type { Place } from './place.ts'

/** How it ended. */
export interface Ended {
  readonly outcome: Outcome | undefined
  readonly killed: boolean
  /** Whether nothing was due. */
  readonly idle: boolean
  /** Whether its report says that all is healthy. */
  readonly ok: boolean
}

/** `moments`: when it is killed; undefined: it ends by itself. */
export interface Fate {
  readonly moments: number | undefined
  readonly random: () => number
}

/** How long a run may take where functions run. */
const LONGEST = 15 * MINUTE

/** No token is replaced here; to digest them for each of many thousand failures would cost more than all else. */
const digestReferences: Dependencies['digestReferences'] = async () => ({ salt: 'chaos', digest: 'the same' })

/** A run as a schedule or a person starts it: a new process, with nothing but what lies outside. */
export async function run(place: Place, request: Partial<RunRequest>, { moments, random }: Fate): Promise<Ended> {
  const { clock, config, env } = place
  const life = createLife(moments)
  place.looks.runBegins()
  place.life = life
  const until = clock.now().getTime() + LONGEST
  const world = openRuntime(config, {
    ...{ env, clock, random, log: createLog(jsonLines(place.hear), clock) },
    timeLeft: () => (life.isOver ? 0 : Math.max(0, until - clock.now().getTime())),
  })
  const whole: RunRequest = { force: false, dryRun: false, fullScan: false, ...request }
  const own = overheard(place.change(gated({ ...world, digestReferences }, life.gate)), place)
  const end = await Promise.race([story(place, whole, own), life.death])
  await world.close()
  await turn()
  place.early.see({ sign: 'ended' })
  if (end === 'killed') return { outcome: undefined, killed: true, idle: false, ok: false }
  place.hear(inspect(end, { depth: 12 }))
  const { outcomes, error } = end
  const ended = error === undefined
  return { outcome: outcomes[0], killed: false, idle: ended && outcomes.length === 0, ok: ended && isOk(end) }
}

interface End {
  readonly outcomes: readonly Outcome[]
  /** Who was not due, and was not healthy at the last look. */
  readonly unhealthy: readonly Unhealthy[]
  readonly error?: unknown
}

/** Who is due, what to do, do it: as `run` does it for a world that is open. It never rejects. */
async function story({ config }: Place, request: RunRequest, world: Dependencies): Promise<End> {
  let outcomes: Outcome[] = []
  try {
    const due = await findDue(config.certificates, request, world)
    if (due.specs.length > 0) outcomes = await renewAll(due.specs, request, world)
    return { outcomes, unhealthy: await due.updateSchedule(outcomes) }
  } catch (error) {
    return { outcomes, unhealthy: [], error }
  }
}

/** As its report has it. */
function isOk({ outcomes: certificates, unhealthy }: End): boolean {
  const [startedAt, finishedAt] = [new Date(0), new Date(0)]
  return reportOf({ environment: '', dryRun: false, whole: true, startedAt, finishedAt, certificates, unhealthy }).ok
}

/** What a run leaves unfinished, and says so, as its document has it. */
interface Noted {
  readonly leftBehind?: { readonly what: readonly string[] }
  readonly rejected?: { readonly fingerprint: string; readonly givenUp?: string }
}

/** The same world; who listens hears what is stored, where the run looks, and when it has noted all that it knows. */
const overheard = (world: Dependencies, { early, leaks, looks, hear, leftBehind, givenUp }: Place): Dependencies => ({
  ...world,
  probe: {
    handshake(endpoint, serverName, only) {
      looks.looked(endpoint, serverName)
      return world.probe.handshake(endpoint, serverName, only)
    },
  },
  secrets: {
    read: world.secrets.read,
    activate: world.secrets.activate,
    remove: world.secrets.remove,
    stage(name, value) {
      leaks.learn(value.reveal())
      return world.secrets.stage(name, value)
    },
  },
  state: {
    read: world.state.read,
    remove: world.state.remove,
    list: world.state.list,
    async write(key, document, tag) {
      hear(JSON.stringify(document))
      const noted = document as Noted
      for (const what of noted.leftBehind?.what ?? []) leftBehind.add(what)
      if (noted.rejected?.givenUp !== undefined) givenUp.add(noted.rejected.fingerprint)
      const written = await world.state.write(key, document, tag)
      // With its last note a run gives the lease back.
      const isLast = key.startsWith('certificate/') && !Object.hasOwn(Object(document), 'lease')
      if (isLast) early.see({ sign: 'noted' })
      return written
    },
  },
})
