/** All that outlives a run: the CA, DNS, the balancers, whoever is told, the stores, and the time. */
import { findDue } from '../../lib/observe/due.ts'
import { MINUTE } from '../../lib/platform/clock.ts'
import { timeLeftUntil } from '../../lib/platform/deadline.ts'
import { createLog } from '../../lib/platform/log.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { logEvents } from '../../lib/report/event-log.ts'
import { type RunReport, reportOf } from '../../lib/report/report.ts'
import type { Certificate, CertificateSpec, RunRequest } from '../../lib/types.ts'
import type { MemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryNotifier, type MemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { saveList } from '../support/rewind.ts'
import { type Runner, start } from './runner.ts'
import type { Place, Stores } from './stores.ts'

export interface Outside {
  readonly memory: MemoryWorld
  readonly notifier: MemoryNotifier
  /** What the configuration asks for now. */
  spec: CertificateSpec
  /** What it names now that is another one than the memory world’s own. */
  named: Partial<Pick<Dependencies, 'authorities' | 'balancers' | 'solver'>>
  /** Every authority that it ever named; the newest last. */
  readonly authorities: MemoryAuthority[]
  /** As a reader of its own has them open. */
  readonly stores: Stores
  /** Everything that was said: log records and outcomes, as text. */
  readonly said: string[]
  /** Is told of every effect, and of time that passes. */
  tell: (line: string) => void
  /** Is told what a run says of its certificate, at the moment at which the run knows it. */
  hear: (report: RunReport) => void
  now(): Date
  pass(milliseconds: number): void
  /** Happens as soon as it is that late. */
  later(milliseconds: number, happen: () => void): void
  /** Takes note of all of it, and gives the way back to it; undefined where the stores have none. */
  save(): Promise<(() => Promise<void>) | undefined>
  /** A run as a schedule starts it: a new process, with nothing but what lies outside. */
  run(): Promise<Runner<RunReport>>
}

/** As on a machine of one’s own: a run that wakes up after its claim has run out still has time for harm. */
const RUN = 60 * MINUTE
export const FOREIGN = { value: 'somebody-elses-value', object: 'somebody-elses-certificate' } as const

export async function createOutside(place: Place, size: { readonly moreAddresses?: number } = {}): Promise<Outside> {
  const stores = await place.open()
  const notifier = createMemoryNotifier()
  const memory = await createMemoryWorld({ ...stores, notifiers: { ops: notifier } }, size)
  const said: string[] = []
  const events: { at: number; happen: () => void }[] = []
  memory.txt.set('_acme-challenge.shop.example', [FOREIGN.value])
  for (const { objects } of [memory.fr, memory.us]) objects.set(FOREIGN.object, {} as Certificate)

  const happen = () => {
    const now = memory.clock.now().getTime()
    for (const event of events.filter(({ at }) => at <= now)) {
      events.splice(events.indexOf(event), 1)
      event.happen()
    }
  }
  const outside: Outside = {
    memory,
    notifier,
    spec: shop,
    named: {},
    authorities: [memory.authority],
    stores,
    said,
    tell: () => {},
    hear: () => {},
    now: memory.clock.now,
    pass(milliseconds) {
      outside.tell(`${Math.round(milliseconds / MINUTE)} minutes pass`)
      memory.pass(milliseconds)
      happen()
    },
    later: (milliseconds, work) => events.push({ at: memory.clock.now().getTime() + milliseconds, happen: work }),
    async save() {
      const { spec, named, authorities } = outside
      const rewindStores = await place.save()
      const others = authorities.filter((each) => each !== memory.authority)
      const lists = [said, notifier.notices, events].map((list) => saveList<unknown>(list))
      const parts = [memory.save(), ...others.map((each) => each.save()), ...lists]
      return (
        rewindStores &&
        (async () => {
          await rewindStores()
          for (const rewind of parts) rewind()
          Object.assign(outside, { spec, named })
        })
      )
    },
    async run() {
      const clock = {
        now: memory.clock.now,
        async sleep(milliseconds: number) {
          await memory.clock.sleep(milliseconds)
          happen()
        },
      }
      const log = createLog((record) => said.push(JSON.stringify(record)), clock)
      const world: Dependencies = {
        ...memory,
        ...outside.named,
        ...(await place.open()),
        clock,
        log,
        emit: logEvents(log),
        timeLeft: timeLeftUntil(new Date(clock.now().getTime() + RUN), clock),
      }
      outside.tell('a run starts')
      return start((gated) => scheduled(outside, gated), world)
    },
  }
  return outside
}

/** Who is due, what to do, do it: as `run` does it for a world that is open. */
async function scheduled({ spec, said, hear }: Outside, world: Dependencies): Promise<RunReport> {
  const { environment, clock } = world
  const request: RunRequest = { force: false, dryRun: false, fullScan: false }
  const startedAt = clock.now()
  const due = await findDue([spec], request, world)
  const certificates = due.specs.length === 0 ? [] : await renewAll(due.specs, request, world)
  const run = { environment, dryRun: false, whole: true, startedAt, finishedAt: clock.now(), certificates }
  // All that the other runs know of is the one certificate.
  if (certificates.length > 0) hear(reportOf({ ...run, unhealthy: [] }))
  const report = reportOf({ ...run, unhealthy: await due.updateSchedule(certificates) })
  if (certificates.length === 0) hear(report)
  said.push(JSON.stringify(certificates))
  return report
}

/** Lets every effect of a run happen. */
export async function untilEnded<T>(runner: Runner<T>): Promise<T> {
  while ((await runner.next()) !== undefined) await runner.go('heard')
  return resultOf(runner)
}

/** What a run that has ended gave; nothing but a fault of the harness makes one reject. */
export function resultOf<T>(runner: Runner<T>): T {
  const end = runner.ended()
  if (end === undefined) throw new Error('the run has not ended')
  if ('error' in end) throw end.error
  return end.value
}
