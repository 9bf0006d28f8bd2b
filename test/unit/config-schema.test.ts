import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { schemaFile, schemaText } from '../../docs/write-schema.ts'

const written = () => readFile(schemaFile, 'utf8')

interface Schema {
  description?: string
  const?: unknown
  pattern?: string
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
}

const schema = async (): Promise<Schema> => JSON.parse(await written())

test('newleaf.schema.json is what the schemas of the configuration say today: `npm run schema` writes it', async () => {
  expect(await written()).toBe(await schemaText())
})

test('every field of it is described, but for those that only hold others', async () => {
  const silent: string[] = []
  const walk = (each: Schema, path: string) => {
    for (const [name, field] of Object.entries(each.properties ?? {})) {
      const speaks = field.description !== undefined || field.const !== undefined || field.properties !== undefined
      if (!speaks) silent.push(`${path}.${name}`)
      walk(field, `${path}.${name}`)
    }
    if (typeof each.additionalProperties === 'object') walk(each.additionalProperties, `${path}.*`)
    for (const one of [...(each.oneOf ?? []), ...(each.anyOf ?? [])]) walk(one, path)
    if (each.items) walk(each.items, `${path}[]`)
  }
  walk(await schema(), '')
  expect(silent).toEqual([])
})

test('a driver brings its own options, and a balancer the fields of its listeners', async () => {
  const { properties = {} } = await schema()
  const entriesOf = (name: string) => properties[name]?.additionalProperties as Schema
  const balancers = entriesOf('balancers').oneOf ?? []
  expect(balancers.map(({ properties: fields }) => fields?.use?.const)).toEqual(
    expect.arrayContaining(['linode', 'scaleway']),
  )
  const { deploy } = entriesOf('certificates').properties ?? {}
  const listeners = (deploy?.items?.anyOf ?? []).map(({ properties: fields = {} }) => Object.keys(fields))
  expect(listeners).toContainEqual(['balancer', 'private', 'loadBalancer', 'frontend', 'zone'])
})

test('every pattern of it is one that an editor can compile', async () => {
  const patterns = [...(await written()).matchAll(/"pattern": (".*")/g)].map(([, text = '']) => JSON.parse(text))
  expect(patterns.length).toBeGreaterThan(5)
  for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow()
})
