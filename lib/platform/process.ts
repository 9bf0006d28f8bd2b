import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, told by more than its number, which another one may have later. */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** Absent where the operating system does not tell: macOS has no /proc. */
  readonly incarnation?: Incarnation
}

interface Incarnation {
  /** Another one after each start of the machine. */
  readonly bootId: string
  /** Containers of one machine share its boot and may share a host name; the same number is another process in each. */
  readonly pidNamespace: string
  /** In clock ticks since the boot. */
  readonly startTime: string
}

/** This process, or the one that has this number now. */
export function identify(pid = process.pid): ProcessIdentity {
  const incarnation = incarnationOf(pid)
  return { host: hostname(), pid, ...(incarnation && { incarnation }) }
}

/** Whether it is certain, on this very machine and in this namespace, that the process has ended. In doubt it lives. */
export function isGone({ host, pid, incarnation }: ProcessIdentity, own: ProcessIdentity): boolean {
  const here = own.incarnation
  if (incarnation === undefined || here === undefined || host !== own.host) return false
  if (incarnation.bootId !== here.bootId || incarnation.pidNamespace !== here.pidNamespace) return false
  // Asked first: a /proc that hides processes of other users (`hidepid`) shows no living one of theirs either.
  if (!isThere(pid)) return true
  const seen = statOf(pid)
  return seen !== undefined && (seen.startTime !== incarnation.startTime || ENDED.includes(seen.state))
}

/** A zombie, of which only the exit code is left for its parent, and dead (proc_pid_stat(5)). */
const ENDED = ['Z', 'X']

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function incarnationOf(pid: number): Incarnation | undefined {
  const stat = statOf(pid)
  return unlessUnknown(() => {
    // Where the /proc of another namespace is mounted, its numbers mean other processes.
    if (stat === undefined || readlinkSync('/proc/self') !== String(process.pid)) return undefined
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { bootId, pidNamespace: readlinkSync('/proc/self/ns/pid'), startTime: stat.startTime }
  })
}

/** Fields 3 and 22 of proc_pid_stat(5): the second, a name in parentheses, may hold spaces and parentheses itself. */
function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  return unlessUnknown(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state, startTime] = [fields[0], fields[19]]
    return state === undefined || startTime === undefined ? undefined : { state, startTime }
  })
}

function unlessUnknown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // what cannot be read is not known, and nobody is taken for dead by it
  }
}
