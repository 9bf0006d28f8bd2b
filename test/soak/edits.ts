import { after, DAY } from '../../lib/platform/clock.ts'
import type { Clock } from '../../lib/ports.ts'
import type { CertificateSpec, Target } from '../../lib/types.ts'
import type { MemoryBalancer } from '../support/memory-balancer.ts'
import { draw, inTurn, pick } from './draw.ts'
import type { Watch } from './watch.ts'

/** What people change in the configuration, one after the other. */
const KINDS = [
  'a target is taken out',
  'a target is renamed',
  'a target is put in',
  'authorities change places',
] as const
export type EditKind = (typeof KINDS)[number]

/** What a target has left is deleted by then, once nobody serves it: its own day, and one more at most. */
const GONE = 3 * DAY

export interface EditsOptions {
  readonly seed: number
  readonly clock: Clock
  readonly watch: Pick<Watch, 'breaks'>
  /** The configuration: it is changed in place. */
  readonly specs: CertificateSpec[]
  /** Second balancers, by the certificate. */
  readonly others: Readonly<Record<string, MemoryBalancer>>
}

export interface Edits {
  readonly past: readonly EditKind[]
  /** Somebody changes something of one of the first so many certificates. */
  edit(count: number): void
  /** Looks at second balancers while all is quiet: those that are configured serve what `served` tells, the others hold nothing of ours that nobody serves. */
  check(count: number, served: (id: string) => string | undefined): void
}

export const secondTarget = (id: string): Target => ({
  ...{ id: `${id} more/edge`, name: `${id} more/edge`, balancer: `${id} more` },
  listener: {},
})

/** Whose balancer has no trouble of its own. */
export const isSecond = (target: string): boolean => target.includes(' more/')

export function createEdits({ seed, clock, watch, specs, others }: EditsOptions): Edits {
  const past: EditKind[] = []
  /** What a target may have left when it was put in again: newleaf leaves behind what is still served after a week. */
  const leftBehind = new Set<string>()
  const takenOut = new Map<string, Date>()
  const isOn = ({ id, targets }: CertificateSpec) => targets.some(({ balancer }) => balancer === `${id} more`)

  const able = (kind: EditKind, spec: CertificateSpec): boolean => {
    switch (kind) {
      case 'a target is renamed':
        return true
      case 'a target is put in':
        return others[spec.id] !== undefined && !isOn(spec)
      case 'a target is taken out':
        return isOn(spec)
      case 'authorities change places':
        return spec.authorities.length > 1
    }
  }

  function changed(kind: EditKind, spec: CertificateSpec, chance: number): Partial<CertificateSpec> {
    const { id, targets, authorities } = spec
    const [first, ...more] = targets
    switch (kind) {
      case 'a target is renamed': {
        const name = `fr/${past.length}`
        return { targets: first === undefined ? [] : [{ ...first, id: name, name }, ...more] }
      }
      case 'a target is put in':
        for (const name of others[id]?.objects.keys() ?? []) leftBehind.add(name)
        takenOut.delete(id)
        return { targets: [...targets, secondTarget(id)] }
      case 'a target is taken out': {
        const other = others[id]
        takenOut.set(id, clock.now())
        // Either somebody gives the listener another certificate, or it serves on what it has.
        if (other !== undefined && chance < 0.5) Object.assign(other, { bound: 'somebody-else', served: undefined })
        return { targets: targets.filter(({ balancer }) => balancer !== `${id} more`) }
      }
      case 'authorities change places':
        return { authorities: [...authorities].reverse() as [string, ...string[]] }
    }
  }

  return {
    past,
    edit(count) {
      const kind = inTurn(KINDS, past.length)
      const chance = (what: string) => draw(seed, 'edit', clock.now().getTime(), what)
      const candidates = specs.slice(0, count).filter((spec) => able(kind, spec))
      if (candidates.length === 0) return
      const spec = pick(candidates, chance('id'))
      past.push(kind)
      const change = changed(kind, spec, chance('how'))
      specs[specs.indexOf(spec)] = { ...spec, ...change, configHash: `${spec.id} ${past.length}` }
    },
    check(count, served) {
      for (const spec of specs.slice(0, count)) {
        const other = others[spec.id]
        if (other === undefined) continue
        if (isOn(spec) && other.served?.fingerprint !== served(spec.id))
          watch.breaks('repaired', `${spec.id} serves something else at its second balancer`)
        const left = [...other.objects.keys()].filter((name) => name !== other.bound && !leftBehind.has(name))
        const since = takenOut.get(spec.id)
        if (since !== undefined && after(since, GONE) <= clock.now() && left.length > 0)
          watch.breaks('tidy', `${spec.id}: ${left.length} certificates are left at a balancer that was taken out`)
      }
    },
  }
}
