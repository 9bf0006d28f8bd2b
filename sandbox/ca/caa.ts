import type { CaaRecord } from '../dns/look-up.ts'
import type { CaContext } from './context.ts'
import { Problem } from './problem.ts'
import type { AuthorizationRecord } from './state.ts'

/** What this CA is called in CAA records. */
export const CAA_IDENTITY = 'ca.sandbox.test'

const KNOWN = new Set(['issue', 'issuewild', 'iodef', 'issuemail', 'contactemail', 'contactphone'])

/** RFC 8659 §3 (climb to the first set of records), and RFC 8657 (account and method). */
export async function checkCaa(context: CaContext, { domain, wildcard }: AuthorizationRecord, accountUri: string) {
  const { name, records } = await relevant(context, domain)
  const problem = new Problem('caa', `CAA record for ${name} prevents issuance`)
  if (records.some(({ critical, tag }) => critical && !KNOWN.has(tag.toLowerCase()))) throw problem
  const tagged = (wanted: string) => records.filter(({ tag }) => tag.toLowerCase() === wanted)
  const wild = wildcard ? tagged('issuewild') : []
  const deciding = wild.length > 0 ? wild : tagged('issue')
  if (deciding.length > 0 && !deciding.some(({ value }) => permits(value, accountUri, context.method))) throw problem
}

async function relevant(context: CaContext, domain: string): Promise<{ name: string; records: readonly CaaRecord[] }> {
  const labels = domain.split('.')
  for (let start = 0; start < labels.length; start++) {
    const name = labels.slice(start).join('.')
    const records = await context.resolveCaa(name).catch((error: { code?: string }) => {
      // Above the zones that the server knows it refuses: nothing can stand there.
      if (start > 0 && error.code === 'EREFUSED') return []
      throw new Problem('dns', `DNS problem: ${error.code ?? 'trouble'} looking up CAA for ${name}`)
    })
    if (records.length > 0) return { name, records }
  }
  return { name: domain, records: [] }
}

function permits(value: string, accountUri: string, method: string): boolean {
  const [issuer = '', ...parameters] = value.split(';').map((part) => part.trim())
  if (issuer.toLowerCase() !== CAA_IDENTITY) return false
  return parameters.every((parameter) => {
    const [key = '', wanted = ''] = parameter.split(/=(.*)/s)
    if (key === 'accounturi') return wanted === accountUri
    if (key === 'validationmethods') return wanted.split(',').includes(method)
    return true
  })
}
