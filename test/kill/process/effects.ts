import { subscribe } from 'node:diagnostics_channel'
import { tapFiles } from '../../support/file-changes.ts'

/**
 * When a process dies at an effect: before it, in the midst of it (half of the bytes are written; the answer is on its way
 * and nobody reads it), or right after it.
 */
export const MOMENTS = ['before', 'amidst', 'after'] as const
export type Moment = (typeof MOMENTS)[number]

/** An effect outside: a change to the file system, or a request. The same one twice in a run is told apart by `nth`. */
export interface Effect {
  readonly name: string
  readonly nth: number
}

export interface Death extends Effect {
  readonly moment: Moment
}

/** An effect as the process tells of it once it is done. */
export interface Told extends Effect {
  /** Nothing came of it: the folder was there already, the file was gone. */
  readonly failed: boolean
  readonly moments: readonly Moment[]
}

export interface Watching {
  /** Hears of each effect at once, before the process goes on. */
  tell(effect: Told): void
  /** Where to die, if at all. */
  readonly death: Death | undefined
  /** How a path is called in the name of an effect. */
  nameOf(path: string): string
  /** How the side behind a port of this machine is called. */
  readonly sides: Readonly<Record<string, string>>
}

/** From here on every effect of this process is numbered, named and told, and one of them ends it with a SIGKILL. */
export function watchEffects(watching: Watching): void {
  const numbered = numbering(watching)
  watchFiles(numbered, watching.nameOf)
  watchRequests(numbered, watching.sides)
}

interface Numbered {
  /** Notes that an effect begins; the rest of it must be told as it comes. */
  begin(name: string, moments: readonly Moment[]): Step
}

interface Step {
  at(moment: Moment): void
  isDueAt(moment: Moment): boolean
  done(failed: boolean): void
}

function numbering({ tell, death }: Watching): Numbered {
  const counts = new Map<string, number>()
  return {
    begin(name, moments) {
      const nth = (counts.get(name) ?? 0) + 1
      counts.set(name, nth)
      const isDueAt = (moment: Moment) => death?.name === name && death.nth === nth && death.moment === moment
      return {
        isDueAt,
        at: (moment) => {
          if (isDueAt(moment)) process.kill(process.pid, 'SIGKILL')
        },
        done: (failed) => tell({ name, nth, failed, moments }),
      }
    },
  }
}

function watchFiles({ begin }: Numbered, nameOf: (path: string) => string) {
  tapFiles(async (change, act) => {
    const step = begin(`${change.kind} ${nameOf(change.path)}`, act.half ? MOMENTS : ['before', 'after'])
    step.at('before')
    if (step.isDueAt('amidst')) await act.half?.()
    step.at('amidst')
    try {
      const result = await act()
      step.done(false)
      step.at('after')
      return result
    } catch (error) {
      step.done(true)
      throw error
    }
  })
}

/** What undici tells of a request (docs: DiagnosticsChannel). */
interface RequestMessage {
  readonly request: { readonly origin: string | URL; readonly path: string; readonly method: string }
}

/** What differs from run to run in a path: numbers, ids, serials, digests. */
const VARYING = /(?<=\/)(?:\d+|[\da-f-]{36}|[\w-]{30,}|[\w-]{20,}\.[\w-]{10,})(?=\/|$)/g

function watchRequests({ begin }: Numbered, sides: Readonly<Record<string, string>>) {
  const steps = new WeakMap<object, Step>()
  const on = (event: string, work: (request: RequestMessage['request']) => void) =>
    subscribe(`undici:request:${event}`, (message) => work((message as RequestMessage).request))

  on('create', (request) => {
    const { port } = new URL(request.origin)
    const path = (request.path.split('?')[0] ?? '').replace(VARYING, '*')
    const step = begin(`${request.method} ${sides[port] ?? port}${path}`, MOMENTS)
    steps.set(request, step)
    step.at('before')
  })
  // The other side has acted, and none of ours has read the answer.
  on('headers', (request) => steps.get(request)?.at('amidst'))
  // Whoever waits for the answer gets it first.
  on('trailers', (request) => {
    steps.get(request)?.done(false)
    setImmediate(() => steps.get(request)?.at('after'))
  })
  on('error', (request) => steps.get(request)?.done(true))
}
