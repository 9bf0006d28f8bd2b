/**
 * `npm run faults [FILE]`: which rows of the list of faults have a test that names them. The list is a Markdown file with a
 * table a section; a test that proves a row begins its title with the row's identifier.
 */
import { globSync, readFileSync, statSync } from 'node:fs'

/** Sections all of whose rows must be proved, and single rows of others. */
const REQUIRED_SECTIONS = ['2.1', '2.2', '2.3', '2.4']
const REQUIRED_ROWS = ['F-83']

/** Rows of those that are knowingly not proved, and why. */
const KNOWN: Readonly<Record<string, string>> = {
  'F-25':
    'the name servers of a zone are those of its own NS records; its parent is asked where there are none, or where several providers serve the zone, and a difference is not reported',
  'F-28':
    'a provider that cannot hold two values at one name fails the contract of DNS providers; values are not shown one after the other for it',
  'F-49': 'CAA records are not looked up beforehand: the refusal of the authority is told, with what to change',
  'F-58': 'there is no command yet that revokes a certificate whose key is compromised, and bans that key',
}

/** Rows that are proved, and of which newleaf does something else than the list says, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
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

const proved = (): Set<string> =>
  new Set(
    globSync('test/**/*.test.ts').flatMap((file) =>
      (readFileSync(file, 'utf8').match(TITLE) ?? []).flatMap((ids) => ids.match(/F-[0-9A-F]{2}/g) ?? []),
    ),
  )

const [path = process.env.NEWLEAF_FAULTS ?? '../shared/reference/faults.md'] = process.argv.slice(2)
if (statSync(path, { throwIfNoEntry: false })?.isFile()) tell(rowsIn(readFileSync(path, 'utf8')), proved())
else {
  process.stdout.write(`there is no list of faults at ${path}: set NEWLEAF_FAULTS, or name the file\n`)
  process.exitCode = /^(true|1)$/.test(process.env.CI ?? '') ? 1 : 0
}

function tell(rows: readonly Row[], covered: ReadonlySet<string>): void {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  for (const [section, all = []] of Object.entries(Object.groupBy(rows, (row) => row.section))) {
    const missing = all.filter(({ id }) => !covered.has(id)).map(({ id }) => id)
    say(
      `${section}: ${all.length - missing.length} of ${all.length}${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}`,
    )
  }
  const isRequired = ({ id, section }: Row) =>
    REQUIRED_ROWS.includes(id) || REQUIRED_SECTIONS.some((number) => section.startsWith(`${number} `))
  const required = rows.filter(isRequired)
  const lacking = required.filter(({ id }) => !covered.has(id))
  for (const { id } of lacking) say(`${id} is not proved: ${KNOWN[id] ?? 'write a test that begins with it'}`)
  const done = Object.keys(KNOWN).filter((id) => covered.has(id))
  for (const id of done) say(`${id} is proved: take it off the list in test/faults.ts`)
  for (const [id, why] of Object.entries(OTHERWISE)) say(`${id} is proved otherwise than the list has it: ${why}`)
  const missing = rows.filter(({ id }) => !covered.has(id)).map(({ id }) => id)
  say(`${rows.length} rows, ${rows.length - missing.length} covered; missing: ${missing.join(', ') || 'none'}`)
  const failed = lacking.filter(({ id }) => KNOWN[id] === undefined).length + done.length
  say(`${required.length - lacking.length} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
