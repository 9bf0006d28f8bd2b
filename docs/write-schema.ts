/** Writes newleaf.schema.json, with which editors complete and check a configuration, from the schemas that read it. */
import { writeFile } from 'node:fs/promises'
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import type { Balancer, Kind, Options } from '../lib/config/drivers.ts'
import { zoneList } from '../lib/config/names.ts'
import { registries } from '../lib/config/registries.ts'
import { deployEntry, documentSchema } from '../lib/config/schema.ts'
import type { Registry } from '../lib/platform/driver.ts'

export const schemaFile = new URL('../newleaf.schema.json', import.meta.url)

/** The text of the file. */
export async function schemaText(): Promise<string> {
  const sections: Record<Kind, JsonSchema[]> = {
    dns: await sectionsOf(registries.dns, { zones: convert(zoneList) }),
    secrets: await sectionsOf(registries.secrets),
    state: await sectionsOf(registries.state),
    balancers: await sectionsOf(registries.balancers),
    notify: await sectionsOf(registries.notify),
  }
  const targets = (await loaded<Balancer>(registries.balancers)).map(([, { listener }]) => targetOf(convert(listener)))

  const filled = (key: string, value: unknown) => {
    if (key === 'reference' && value === true) return undefined // metadata of ours, no keyword of JSON Schema
    const { driverKind, deployEntry, description } = (value ?? {}) as Marked
    if (driverKind !== undefined) return { description, oneOf: sections[driverKind] }
    return deployEntry ? { anyOf: targets } : value
  }
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'newleaf configuration' }
  const { required = [], ...document } = convert(documentSchema)
  // They may stand in the files that are included.
  const certificates = { anyOf: [{ required: ['certificates'] }, { required: ['include'] }] }
  const others = required.filter((field) => field !== 'certificates')
  return `${JSON.stringify({ ...schema, ...document, required: others, ...certificates }, filled, 2)}\n`
}

/** What the metadata of the outer schema leave for the drivers to fill in. */
type Marked = { driverKind?: Kind; deployEntry?: true; description?: string }

const convert = (schema: v.GenericSchema): JsonSchema => {
  const { $schema: _, ...rest } = toJsonSchema(schema, { errorMode: 'ignore' })
  return rest
}

const loaded = async <D>(registry: Registry<D>): Promise<[string, D][]> =>
  Promise.all(Object.entries(registry).map(async ([name, load]) => [name, (await load()).driver]))

async function sectionsOf(registry: Registry<Options>, more: Record<string, JsonSchema> = {}): Promise<JsonSchema[]> {
  return (await loaded(registry)).map(([name, { options }]) => {
    const required = v.is(options, {}) ? ['use'] : ['use', 'options']
    const properties = { use: { const: name }, options: convert(options), ...more }
    return { type: 'object', properties, required, additionalProperties: false }
  })
}

const targetOf = (listener: JsonSchema): JsonSchema => ({
  ...listener,
  properties: { ...convert(deployEntry).properties, ...listener.properties },
  required: ['balancer', ...(listener.required ?? [])],
})

if (import.meta.main) await writeFile(schemaFile, await schemaText())
