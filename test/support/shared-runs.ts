/** Lines that stand in the code of several owners, one after the other. */

export interface Source {
  /** Within one owner nothing is compared. */
  readonly owner: string
  readonly file: string
  readonly text: string
}

const IMPORTS = /^import [^;]*?from '[^']+'$/gms
const COMMENTS = /^\s*(?:\/\*\*.*?\*\/|\/\/.*)$/gms
/** The form that every driver has. */
const FORM = /^(?:export const driver = \{|options,|facts,|\} satisfies .*)$/

/** Without what says nothing by itself: imports, comments, brackets alone. */
const linesOf = (text: string): string[] =>
  text
    .replace(IMPORTS, '')
    .replace(COMMENTS, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\w/.test(line) && !FORM.test(line))

/** Runs of so many lines that stand to the letter in the files of two owners: which files, and the first line of each. */
export function sharedRuns(sources: readonly Source[], length: number): string[] {
  const seen = new Map<string, Source>()
  const shared = new Set<string>()
  for (const source of sources) {
    const lines = linesOf(source.text)
    for (let at = 0; at + length <= lines.length; at++) {
      const run = lines.slice(at, at + length).join('\n')
      const other = seen.get(run)
      if (other === undefined) seen.set(run, source)
      else if (other.owner !== source.owner) shared.add(`${other.file} and ${source.file}: ${lines[at]}`)
    }
  }
  return [...shared]
}
