import { getServers, Resolver } from 'node:dns/promises'
import { Failure } from '../errors.ts'

/** What was found at a name, or that nothing was: `exists` tells an existing name (NODATA) from one that is not there (NXDOMAIN). */
export interface Answer {
  readonly values: readonly string[]
  readonly exists: boolean
}

/** Questions to one set of servers. Absent is an answer; SERVFAIL, a refusal and silence reject with DNS_LOOKUP_FAILED. */
export interface Lookup {
  /** Whether the name is the top of a zone; a CNAME's target does not count. */
  isZone(name: string): Promise<boolean>
  cname(name: string): Promise<Answer>
  ns(name: string): Promise<Answer>
  /** Each value in one piece. */
  txt(name: string): Promise<Answer>
  /** IPv4 and IPv6. */
  addresses(host: string): Promise<Answer>
}

/** By address, with a port if it is not 53; the system's if absent. They are asked one after the other until one answers. */
export function lookupAt(servers: readonly string[] = getServers(), { timeout = 3_000, tries = 2 } = {}): Lookup {
  // One each: given several, Node's resolver takes the SERVFAIL or REFUSED of the first for the answer.
  const resolvers = servers.map((server) => {
    const resolver = new Resolver({ timeout, tries })
    resolver.setServers([server])
    return resolver
  })

  async function ask(
    type: string,
    name: string,
    question: (resolver: Resolver) => Promise<readonly string[]>,
  ): Promise<Answer> {
    let failed: { code?: string } = {}
    for (const resolver of resolvers) {
      try {
        return { values: await question(resolver), exists: true }
      } catch (error) {
        failed = error as { code?: string }
        if (failed.code === 'ENODATA') return { values: [], exists: true }
        if (failed.code === 'ENOTFOUND') return { values: [], exists: false }
      }
    }
    const { code = 'no server' } = failed
    const shown = servers.join(', ')
    throw new Failure('DNS_LOOKUP_FAILED', `${shown} gave no answer on ${type} ${name}: ${WORDS[code] ?? code}`, {
      fields: { name, type, servers: shown, reason: code },
      cause: failed,
    })
  }

  const cname = (name: string) => ask('CNAME', name, (resolver) => resolver.resolveCname(name))
  return {
    cname,
    async isZone(name) {
      // No zone's top has a CNAME (RFC 1034 §3.6.2). A resolver would follow it: to the SOA of another zone, or to a host
      // that has none, and Node takes an answer with nothing but the CNAME for a broken one.
      const { values, exists } = await cname(name)
      if (!exists || values.length > 0) return false
      return (await ask('SOA', name, async (resolver) => [(await resolver.resolveSoa(name)).nsname])).values.length > 0
    },
    ns: (name) => ask('NS', name, (resolver) => resolver.resolveNs(name)),
    txt: (name) =>
      ask('TXT', name, async (resolver) => (await resolver.resolveTxt(name)).map((strings) => strings.join(''))),
    async addresses(host) {
      const [v4, v6] = await Promise.all([
        ask('A', host, (resolver) => resolver.resolve4(host)),
        ask('AAAA', host, (resolver) => resolver.resolve6(host)),
      ])
      return { values: [...v4.values, ...v6.values], exists: v4.exists || v6.exists }
    },
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ENOTIMP: 'NOTIMP',
  EFORMERR: 'FORMERR',
  ETIMEOUT: 'no answer in time',
  ECONNREFUSED: 'it cannot be reached',
  EBADRESP: 'an answer that cannot be read',
}
