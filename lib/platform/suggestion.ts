const LONGEST = 64
const MOST_LISTED = 12
const MOST_COMPARED = 200

/** How many letters must be added, dropped, changed or swapped with their neighbour (optimal string alignment); about, if more than `most`. */
function distance(from: string, to: string, most: number): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const now = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1
      let best = Math.min((last[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same)
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1)
      now.push(best)
    }
    before = last
    last = now
    if (Math.min(...now) > most) return most + 1
  }
  return last[to.length] ?? 0
}

/** The valid spelling that was most likely meant; undefined when none is near. */
export function nearest(text: string, valid: readonly string[]): string | undefined {
  if (text.length > LONGEST || valid.length > MOST_COMPARED) return undefined
  let best: { readonly spelling: string; readonly score: number } | undefined
  for (const spelling of valid) {
    const most = Math.max(1, Math.floor(spelling.length / 3))
    if (Math.abs(spelling.length - text.length) > most) continue
    const score = distance(text.toLowerCase(), spelling.toLowerCase(), most)
    if (score <= most && score < (best?.score ?? Infinity)) best = { spelling, score }
  }
  return best?.spelling
}

/** The end of a message about a word that is not known: the nearest one, or all of them if they are few. */
export function suggestion(text: string, valid: readonly string[]): string {
  const near = nearest(text, valid)
  if (near !== undefined) return `; did you mean "${near}"?`
  return valid.length > 0 && valid.length <= MOST_LISTED ? `; known: ${valid.join(', ')}` : ''
}

const LONGEST_LISTED = 60

/** The end of a message about what is not there: what is, as far as it can be read at a glance, and what was most likely meant. */
export function thereAre(wanted: string, all: readonly string[]): string {
  if (all.length === 0) return '; there is none'
  const near = nearest(wanted, all)
  const first = all.slice(0, MOST_LISTED)
  const few = near === undefined || first.includes(near) ? first : [near, ...first.slice(1)]
  const shown = few
    .map((each) => (each.length > LONGEST_LISTED ? `${each.slice(0, LONGEST_LISTED)}…` : each))
    .join(', ')
  const more = all.length > few.length ? ` and ${all.length - few.length} more` : ''
  return `; there are: ${shown}${more}${near === undefined ? '' : `; did you mean ${near}?`}`
}
