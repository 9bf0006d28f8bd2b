import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { registry } from '../../lib/dns/registry.ts'
import { dnsDriver } from '../support/dns-peers.ts'
import { TOKEN } from '../support/dns-vendors.ts'

interface Field {
  readonly wrapped?: v.GenericSchema
}

const fieldsOf = async (name: string): Promise<[string, v.GenericSchema][]> => {
  const { options } = await dnsDriver(name)
  const { entries } = options as unknown as { entries: Record<string, v.GenericSchema & Field> }
  return Object.entries(entries).map(([field, schema]) => [field, schema.wrapped ?? schema])
}
const isReference = (schema: v.GenericSchema) =>
  v.getMetadata(schema as Parameters<typeof v.getMetadata>[0]).reference === true

/** What its vendor calls so is a name, and takes nothing of another form. */
const PUBLIC = 'scaleway accessKey'

describe.each(Object.keys(registry))('the options of the DNS driver %s', (name) => {
  test('say what each of them is, in a sentence', async () => {
    for (const [field, schema] of await fieldsOf(name)) expect(v.getDescription(schema), field).toMatch(/\.$/)
  })

  test('take what is secret as a reference only, and never repeat it', async () => {
    const secret = (await fieldsOf(name)).filter(([field]) => /(token|key|secret|password|credentials?)$/i.test(field))
    const { options } = await dnsDriver(name)
    for (const [field, schema] of secret.filter(([, each]) => each.type !== 'picklist')) {
      expect([field, isReference(schema)]).toEqual([field, `${name} ${field}` !== PUBLIC])
      const read = v.safeParse(options, { [field]: TOKEN, endpoint: 'https://dns.example' })
      expect(read.success).toBe(false)
      expect(JSON.stringify(read.issues?.map(({ message }) => message))).not.toContain(TOKEN)
    }
  })

  test('are none that it does not know', async () => {
    const { options } = await dnsDriver(name)
    expect(v.safeParse(options, { tokne: 'env:T' }).issues?.map((issue) => v.getDotPath(issue))).toContain('tokne')
  })
})
