import type { Death, Effect, Told } from './effects.ts'

/** As it is printed, and as `--death` takes it: `link newleaf/state/certificate/shop/@7.json #1 after`. */
export const shownDeath = ({ name, nth, moment }: Death): string => `${name} #${nth} ${moment}`

/** Undefined for what is none. */
export function deathFrom(text: string): Death | undefined {
  const {
    name = '',
    nth,
    moment,
  } = /^(?<name>.+) #(?<nth>\d+) (?<moment>before|amidst|after)$/.exec(text)?.groups ?? {}
  return moment === undefined ? undefined : { name, nth: Number(nth), moment: moment as Death['moment'] }
}

/** A request that changes nothing, POST-as-GET included (RFC 8555 §6.3). */
const READS = /^(?:GET|HEAD) |^POST ca\/(?:authorization|order|certificate)\/\*$/

/** A page that was written is there for whoever comes next, synced or not: that shows only when the power fails (F-11). */
const SYNCS = /^sync /

const keyOf = ({ name, nth }: Effect) => `${name} #${nth}`

/**
 * All that is worth dying for in runs that were left alone. An effect that does not come in each of them, such as one more
 * look at something unfinished, is no point. What another death leaves behind as well is left out unless `everything` is
 * wanted: a moment before a change to the files is the moment after the one before it, and a sync and an answer that was
 * only read change nothing.
 */
export function deathsIn(
  runs: readonly (readonly Told[])[],
  { everything }: { readonly everything: boolean },
): Death[] {
  const [first = [], ...others] = runs
  return first
    .filter(({ failed }) => !failed)
    .filter((effect) => others.every((run) => run.some((other) => !other.failed && keyOf(other) === keyOf(effect))))
    .flatMap((effect) =>
      momentsOf(effect, everything).map((moment) => ({ name: effect.name, nth: effect.nth, moment })),
    )
}

function momentsOf({ name, moments }: Told, everything: boolean): readonly Death['moment'][] {
  if (everything) return moments
  if (SYNCS.test(name)) return []
  if (READS.test(name)) return ['amidst']
  return isRequest(name) ? moments : moments.filter((moment) => moment !== 'before')
}

const isRequest = (name: string) => /^[A-Z]/.test(name)
