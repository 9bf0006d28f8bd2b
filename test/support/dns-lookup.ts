import type { Answer, Lookup } from '../../lib/dns/resolver.ts'
import { Failure } from '../../lib/errors.ts'

type Referral = NonNullable<Answer['referral']>

/**
 * `'TXT name'` → its values; `[]`: the name is there without any; whom to ask instead; a code: there is no answer. What is not
 * listed is NXDOMAIN.
 */
export type Table = Record<
  string,
  readonly string[] | Referral | 'ESERVFAIL' | 'ETIMEOUT' | 'ECONNREFUSED' | 'EREFUSED' | 'ENOTIMP'
>

export interface TableLookup extends Lookup {
  readonly asked: string[]
}

export function lookupIn(table: Table): TableLookup {
  const asked: string[] = []
  const ask = async (type: string, name: string): Promise<Answer> => {
    const question = `${type} ${name}`
    asked.push(question)
    const found = table[question]
    if (typeof found === 'string') {
      throw new Failure('DNS_LOOKUP_FAILED', `${question}: ${found}`, { fields: { reason: found } })
    }
    if (found !== undefined && 'zone' in found) return { values: [], exists: true, referral: found }
    return { values: found ?? [], exists: found !== undefined }
  }
  return {
    asked,
    soa: (name) => ask('SOA', name),
    isZone: async (name) => (await ask('SOA', name)).values.length > 0,
    cname: (name) => ask('CNAME', name),
    ns: (name) => ask('NS', name),
    txt: (name) => ask('TXT', name),
    caa: async (name) => ({ ...(await ask('CAA', name)), owner: name }),
    addresses: (host) => ask('A', host),
  }
}
