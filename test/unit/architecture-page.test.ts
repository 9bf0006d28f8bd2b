import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { STEPS } from '../../lib/renewal/step.ts'
import { schema } from '../../lib/state/schema.ts'

const page = readFileSync('docs/architecture.md', 'utf8')
const section = (title: string) => page.split(/^#{2,3} /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
/** The rows of all tables of a section: what is named in the first column, and the whole row. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `(?<name>[^`]+)` \|.*$/gm)].map(({ groups, 0: row }) => ({ name: groups?.name ?? '', row }))
const named = (text: string, name: string) => text.includes(`\`${name}\``)

interface Schema {
  readonly entries?: Readonly<Record<string, Schema>>
  readonly wrapped?: Schema
  readonly item?: Schema
  readonly value?: Schema
}
/** The names of all fields within a schema, however deep. The keys of a record are no fields. */
const fieldsWithin = ({ entries = {}, wrapped, item, value }: Schema): string[] => [
  ...Object.entries(entries).flatMap(([name, field]) => [name, ...fieldsWithin(field)]),
  // The value of a literal is no schema.
  ...[wrapped, item, value].flatMap((inner) => (typeof inner === 'object' ? fieldsWithin(inner) : [])),
]

describe('the page on the architecture', () => {
  test('has a row for each step, in the order of the story', () => {
    expect(rowsOf(section('The steps')).map(({ name }) => name)).toEqual(STEPS)
  })

  const rows = rowsOf(section('The state document, version 2'))
  test('has a row for each field of the state document, and for no other', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(schema.entries))
  })

  test.each(Object.keys(schema.entries))('names every field within %s', (name) => {
    const known = schema.entries as unknown as Readonly<Record<string, Schema>>
    const inner = fieldsWithin(known[name] ?? {})
    const text =
      name === 'targets' ? section('The state document, version 2') : (rows.find((row) => row.name === name)?.row ?? '')
    expect(inner.filter((field) => !named(text, field))).toEqual([])
  })

  test('has each folder of lib on a floor and in the table of folders', () => {
    const folders = readdirSync('lib', { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
    const floors = section('The floors')
    expect(
      rowsOf(floors)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(folders.map((name) => `lib/${name}`).sort())
    const drawn = floors.split('```')[1] ?? ''
    expect(folders.filter((name) => !drawn.includes(`${name}/`))).toEqual([])
  })

  test('names no file or folder that is not there', () => {
    const paths = [...page.matchAll(/`(?<path>(?:lib|test|docs|build|sandbox)\/[\w./-]*)`/g)]
    expect(paths.length).toBeGreaterThan(40)
    expect(paths.flatMap(({ groups }) => (existsSync(groups?.path ?? '') ? [] : [groups?.path]))).toEqual([])
  })
})
