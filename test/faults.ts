/**
 * `npm run faults [FILE]`: which rows of the list of faults are proved. The list is a Markdown file with a table a section. A
 * row is proved by a test whose title begins with its identifier, and by a break of the product (`test/sabotage/breaks`) that
 * turns this test red: `npm run sabotage -- NAME` shows that it does.
 */
import { globSync, readFileSync, statSync } from 'node:fs'
import { SABOTAGES } from './sabotage/table.ts'

/** Sections all of whose rows must be proved, and single rows of others. */
const REQUIRED_SECTIONS = ['2.1', '2.2', '2.3', '2.4']
const REQUIRED_ROWS = ['F-83']

/** Rows of those that are knowingly not proved, and why. */
const KNOWN: Readonly<Record<string, string>> = {
  'F-58':
    'a forced renewal has another key, is deployed and verified, and with that newleaf ends: it asks no authority to revoke, so that no mistake of it or of its configuration can end TLS that works. Whoever has the key asks the authority (docs/troubleshooting.md, By hand). Banned keys are on no list: no order takes the key of a certificate that was stored',
}

/** Rows that are proved, and of which newleaf does something else than the list says, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'F-84':
    'what leaves the configuration keeps its key, its state and all that is served; but what newleaf made for a target that left, and no listener uses any more, is deleted without being asked for, as after each renewal',
  'F-24':
    'a name server that gives no answer does not fail the wait: when all others show the value and it is clear that it is down, it is named in the log, and the authority is asked, which would take another server as well',
}

interface Row {
  readonly id: string
  readonly section: string
}

/** `### 2.4 Store`, and below it `| F-60 | …`. */
function rowsIn(markdown: string): Row[] {
  const rows = new Map<string, Row>()
  let section = ''
  for (const line of markdown.split('\n')) {
    section = /^### (\d+\.\d+ .+)/.exec(line)?.[1] ?? (line.startsWith('#') ? '' : section)
    const id = /^\| *(F-[0-9A-F]{2}) *\|/.exec(line)?.[1]
    if (id !== undefined && section !== '') rows.set(id, { id, section })
  }
  return [...rows.values()]
}

/** The identifiers that a text begins with, where it stands as a title: `'F-46, F-47: …'`. */
const TITLE = /(?<=[[(,]\s*['"`])F-[0-9A-F]{2}(?:(?:, | and )F-[0-9A-F]{2})*/g

/** Of a file's own tests, and of the contract that it runs. */
function titlesIn(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const contracts = [...text.matchAll(/from '\.\.\/(support\/[\w-]+-contract\.ts)'/g)].map(([, path]) => `test/${path}`)
  const own = (text.match(TITLE) ?? []).flatMap((ids) => ids.match(/F-[0-9A-F]{2}/g) ?? [])
  return [...own, ...contracts.flatMap(titlesIn)]
}

/** By row: the breaks that turn a test of it red. A file without such a test proves nothing. */
function breaksByRow(): Map<string, string[]> {
  const all = SABOTAGES.flatMap(({ name, proves = {} }) =>
    Object.entries(proves).map(([id, file]) => ({ id, file, name })),
  )
  const found = new Map<string, string[]>()
  for (const { id, file, name } of all)
    if (titlesIn(`${file}.test.ts`).includes(id)) found.set(id, [...(found.get(id) ?? []), name])
  return found
}

const [path = process.env.NEWLEAF_FAULTS ?? '../shared/reference/faults.md'] = process.argv.slice(2)
if (statSync(path, { throwIfNoEntry: false })?.isFile()) tell(rowsIn(readFileSync(path, 'utf8')))
else {
  process.stdout.write(`there is no list of faults at ${path}: set NEWLEAF_FAULTS, or name the file\n`)
  process.exitCode = /^(true|1)$/.test(process.env.CI ?? '') ? 1 : 0
}

function tell(rows: readonly Row[]): void {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const breaks = breaksByRow()
  const titled = new Set(globSync('test/**/*.test.ts').flatMap(titlesIn))
  const isProved = ({ id }: Row) => breaks.has(id)
  const idsOf = (some: readonly Row[]) => some.map(({ id }) => id).join(', ') || 'none'
  const unproved = (some: readonly Row[]) => some.filter((row) => titled.has(row.id) && !isProved(row))
  const missing = (some: readonly Row[]) => some.filter((row) => !titled.has(row.id))

  for (const [section, all = []] of Object.entries(Object.groupBy(rows, (row) => row.section))) {
    say(`${section}: ${all.filter(isProved).length} of ${all.length} proved`)
    for (const row of all.filter(isProved)) say(`  ${row.id} by ${breaks.get(row.id)?.join(', ')}`)
    if (unproved(all).length > 0) say(`  unproved, for no break turns its test red: ${idsOf(unproved(all))}`)
    if (missing(all).length > 0) say(`  missing: ${idsOf(missing(all))}`)
  }
  const isRequired = ({ id, section }: Row) =>
    REQUIRED_ROWS.includes(id) || REQUIRED_SECTIONS.some((number) => section.startsWith(`${number} `))
  const required = rows.filter(isRequired)
  const lacking = required.filter((row) => !isProved(row))
  for (const { id } of lacking)
    say(`${id} is not proved: ${KNOWN[id] ?? 'write a test that begins with it, and a break that turns it red'}`)
  const done = Object.keys(KNOWN).filter((id) => breaks.has(id))
  for (const id of done) say(`${id} is proved: take it off the list in test/faults.ts`)
  for (const [id, why] of Object.entries(OTHERWISE)) say(`${id} is proved otherwise than the list has it: ${why}`)
  say(
    `${rows.length} rows, ${rows.filter(isProved).length} proved; unproved: ${idsOf(unproved(rows))}; missing: ${idsOf(missing(rows))}`,
  )
  const failed = lacking.filter(({ id }) => KNOWN[id] === undefined).length + done.length
  say(`${required.length - lacking.length} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
