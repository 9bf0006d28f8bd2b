import { after, DAY } from '../../lib/platform/clock.ts'
import type { Clock } from '../../lib/ports.ts'
import type { Outcome } from '../../lib/types.ts'
import type { MemoryBalancer } from '../support/memory-balancer.ts'
import { isSecond } from './edits.ts'
import type { Outages } from './outages.ts'
import { FOREIGN, type Spells } from './spells.ts'
import type { Watch } from './watch.ts'

export interface TruthOptions {
  readonly clock: Clock
  readonly watch: Watch
  readonly outages: Outages
  readonly spells: Pick<Spells, 'of' | 'isBroken'>
  readonly balancers: Readonly<Record<string, Pick<MemoryBalancer, 'served' | 'objects'>>>
}

export interface Truth {
  /** At every hour: whether what was served until a moment ago is still there, to be put back. */
  sees(id: string): void
  /** What a run reports, once it has noted it. `whole`: it is about everybody. */
  reported(outcomes: readonly Outcome[], report: { readonly ok: boolean; readonly whole: boolean }): void
  /** A run ended without a report: nobody knows what it could note of these. */
  cut(outcomes: readonly Outcome[]): void
}

/** Compares every word of a run with what clients see at that moment. */
export function createTruth({ clock, watch, outages, spells, balancers }: TruthOptions): Truth {
  /** Not well when somebody looked last. */
  const ill = new Set<string>()
  const unsure = new Set<string>()
  const shown = new Map<string, string>()
  const superseded = new Map<string, { readonly name: string; readonly until: Date }>()

  function compared({ id, health, certificate, targets, error, decision }: Outcome): void {
    const served = balancers[id]?.served
    const isBroken = spells.isBroken(id)
    const isCurrent = served !== undefined && served.fingerprint === certificate?.fingerprint
    const isWell = isCurrent && !isBroken && served.notAfter > clock.now()
    if (health.healthy && !isWell) watch.breaks('honest', `${id} is said to be healthy, and is not`)
    for (const [target, { state }] of Object.entries(targets)) {
      if (state === 'verified' && isBroken && !isSecond(target))
        watch.breaks('honest', `${id}: ${target} is said to be verified, and is broken`)
    }
    if (health.healthy && isWell) ill.delete(id)
    else ill.add(id)
    unsure.delete(id)

    if (outages.current() !== undefined) return
    const spell = spells.of(id)
    if (isBroken && spell?.kind.includes('on a swap'))
      watch.breaks('back', `${id} is left as the swap has broken it: ${error?.message}`)
    const told = watch.toldOf(id).length > 0
    if (isBroken && !told) watch.breaks('noticed', `${id} is broken, and nobody is told`)
    if (health.healthy && told) watch.breaks('noticed', `${id} is well, and nobody is told`)
    const isFree = decision.action !== 'wait' || decision.reason === 'fresh'
    const isUntouched = spell === undefined && error === undefined && isFree
    if (isUntouched && certificate !== undefined && !isCurrent) watch.breaks('repaired', `${id} serves something else`)
  }

  return {
    sees(id) {
      const { served, objects } = balancers[id] ?? {}
      if (served === undefined || objects === undefined) return
      const { fingerprint } = served
      const before = shown.get(id)
      const now = clock.now()
      if (before !== undefined && before !== fingerprint) {
        const [name] = [...objects].find(([, each]) => each.fingerprint === before) ?? []
        if (name !== undefined) superseded.set(id, { name, until: after(now, DAY) })
        else if (before !== FOREIGN) watch.breaks('grace', `${id}: what was served before is gone at once`)
      }
      shown.set(id, fingerprint)
      const old = superseded.get(id)
      if (old === undefined) return
      if (old.until <= now) superseded.delete(id)
      else if (!objects.has(old.name)) watch.breaks('grace', `${id}: what was served before is gone within a day`)
    },
    reported(outcomes, { ok, whole }) {
      for (const outcome of outcomes) compared(outcome)
      if (!whole) return
      if (ok && ill.size > 0) watch.breaks('said', `all is said to be well, and ${[...ill].join(' ')} is not`)
      if (!ok && ill.size + unsure.size === 0) watch.breaks('said', 'all is well, and said not to be')
    },
    cut(outcomes) {
      for (const { id } of outcomes) {
        ill.delete(id)
        unsure.add(id)
      }
    },
  }
}
