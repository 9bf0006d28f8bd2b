import { Resolver } from 'node:dns/promises'

export interface CaaRecord {
  readonly critical: boolean
  readonly tag: string
  readonly value: string
}

/** Asks the DNS server at a port of 127.0.0.1, over the wire. Absent is an empty list; trouble rejects. */
export interface LookUp {
  /** CNAMEs are followed; the strings of a record are joined. */
  resolveTxt(name: string): Promise<string[]>
  resolveCaa(name: string): Promise<CaaRecord[]>
}

export function lookUpAt(port: number): LookUp {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 })
  resolver.setServers([`127.0.0.1:${port}`])
  return {
    resolveTxt: async (name) => (await orNone(resolver.resolveTxt(name))).map((strings) => strings.join('')),
    async resolveCaa(name) {
      const records = await orNone(resolver.resolveCaa(name))
      return records.map(({ critical, ...property }) => {
        const [tag = '', value = ''] = Object.entries(property).find(([key]) => key !== 'type') ?? []
        return { critical: critical > 0, tag, value: String(value) }
      })
    },
  }
}

async function orNone<T>(look: Promise<T[]>): Promise<T[]> {
  try {
    return await look
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw error
  }
}
