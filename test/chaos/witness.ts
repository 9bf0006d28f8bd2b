/** Watches a run from outside: whether what it says when it ends is what clients see at that moment. */
import { MINUTE } from '../../lib/platform/clock.ts'
import type { Decision, RunRequest } from '../../lib/types.ts'
import type { Seen } from './clients.ts'
import { judge, type Shown, type Spoiled, type Wrong } from './judge.ts'
import { isAtOnce, type Told } from './lies.ts'
import type { Place } from './place.ts'
import { type Ended, type Fate, run } from './run.ts'

/** By then the claim of a run that was killed is over. */
const LEASE = 15 * MINUTE
/** A run that took so long may have had no time left to put anything back. */
const LONG = 10 * MINUTE
const LONGEST_PAUSE = 30 * MINUTE
/** Each third handshake may fail. */
const ROUNDS = 3

export interface Witness {
  readonly wrongs: readonly Wrong[]
  /** Says that a lie begins: what clients see now must be seen again whenever it has spoiled a swap. */
  lieBegins(): Promise<void>
  run(request: Partial<RunRequest>, fate: Fate): Promise<Ended>
}

export function createWitness(place: Place): Witness {
  const { lies, clock } = place
  const now = () => clock.now().getTime()
  const wrongs: Wrong[] = []
  let before: Record<string, string | undefined> = {}
  let current: string | undefined
  let leased = 0

  /** A swap that was spoiled, and about which this run could have done all that there is to do. */
  function spoiledOf(told: Told | undefined, begun: Begun, { outcome }: Ended): Spoiled | undefined {
    if (told === undefined || !isAtOnce(told) || now() - begun.at > LONG) return undefined
    const { what, since, swaps } = told
    const swapped = swaps > begun.swaps
    const isClear = swapped
      ? place.faults() === told.faults
      : begun.since !== undefined &&
        outcome !== undefined &&
        !isBriefPause(outcome.decision, begun) &&
        place.faults() === begun.faults &&
        begun.at >= Math.max(leased, place.patience)
    return isClear ? { target: targetOf(told), what, swapped, before, shows: since !== undefined } : undefined
  }

  const targetOf = ({ balancer }: Pick<Told, 'balancer'>) =>
    place.config.certificates[0]?.targets.find((target) => target.balancer === balancer)?.name ?? balancer

  /** What shows only later may do so after the last look of the run, or of any run if this one did not look. */
  function isUnseen(told: Told | undefined, { kind, endpoint, name }: Seen, { outcome }: Ended): boolean {
    if (told?.since === undefined || isAtOnce(told) || kind !== told.balancer) return false
    const look = place.looks.last(endpoint, name, outcome === undefined ? 'ever' : 'this run')
    return look !== undefined && look < told.since + (told.options.afterMs ?? 0)
  }

  return {
    wrongs,
    async lieBegins() {
      before = Object.fromEntries((await place.seen(1)).map(({ where, fingerprint }) => [where, fingerprint]))
    },
    async run(request, fate) {
      lies.tick()
      const begun = { at: now(), faults: place.faults(), swaps: lies.told?.swaps ?? 0, since: lies.told?.since }
      const ended = await run(place, request, fate)
      lies.runEnded()
      if (ended.killed) {
        leased = now() + LEASE
        return ended
      }
      const { outcome, ok } = ended
      current = outcome?.certificate?.fingerprint ?? current
      const { told } = lies
      const spoiled = spoiledOf(told, begun, ended)
      const verified = Object.values(outcome?.targets ?? {}).some(({ state }) => state === 'verified')
      const says = outcome === undefined ? ok && told !== undefined : ok || outcome.health.healthy || verified
      const seen = says || spoiled !== undefined ? await place.seen(told === undefined ? 1 : ROUNDS) : undefined
      const shown = seen?.map(
        (each): Shown => ({ ...each, target: targetOf({ balancer: each.kind }), unseen: isUnseen(told, each, ended) }),
      )
      const newest = place.issued.at(-1)?.fingerprint
      const at = clock.now().toISOString()
      for (const { how, details } of judge({ said: { ok, outcome }, shown, current, newest, spoiled }))
        wrongs.push({ how, details: `${at} ${details}` })
      return ended
    },
  }
}

/** What a repair that has failed waits for: half an hour at most, as documented, or what the vendor has asked for. */
const isBriefPause = (decision: Decision, begun: Begun): boolean =>
  decision.action === 'wait' &&
  (decision.reason === 'retry-after' || decision.until.getTime() <= begun.at + LONGEST_PAUSE)

/** How things stood when a run began. */
interface Begun {
  readonly at: number
  readonly faults: number
  readonly swaps: number
  readonly since: number | undefined
}
