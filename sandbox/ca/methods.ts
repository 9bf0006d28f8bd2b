/** The validation methods of this CA, and what each looks for in DNS. */
import { createHash } from 'node:crypto'
import { CAA_IDENTITY } from './caa.ts'
import type { CaContext } from './context.ts'
import { Problem } from './problem.ts'
import type { AuthorizationRecord } from './state.ts'

export type Method = 'dns-01' | 'dns-account-01' | 'dns-persist-01'

export interface Prover {
  readonly accountUri: string
  /** RFC 7638. */
  readonly thumbprint: string
}

/** Throws the problem that the account has not shown that the name is its own. */
export async function look(context: CaContext, own: AuthorizationRecord, prover: Prover): Promise<void> {
  const { domain, token } = own
  if (context.method === 'dns-persist-01') return lookForPersistent(context, own, prover)
  const name = `${context.method === 'dns-01' ? '' : accountLabel(prover)}_acme-challenge.${domain}`
  const expected = createHash('sha256').update(`${token}.${prover.thumbprint}`).digest('base64url')
  const values = await valuesAt(context, name)
  if (!values.includes(expected)) throw new Problem('unauthorized', `Incorrect TXT record found at ${name}`)
}

/** What a challenge says beside its type, URL and status. */
export const offered = ({ method }: CaContext, { token }: AuthorizationRecord, accounturi: string) =>
  method === 'dns-persist-01' ? { accounturi, 'issuer-domain-names': [CAA_IDENTITY] } : { token }

/** draft-ietf-acme-dns-persist-01 §4.2: one of the values must be right. */
async function lookForPersistent(context: CaContext, { domain, wildcard }: AuthorizationRecord, prover: Prover) {
  const name = `_validation-persist.${domain}`
  const seconds = context.now().getTime() / 1_000
  const isRight = (record: string): boolean => {
    const [issuer, ...rest] = record.split(';').map((part) => part.trim())
    const said = new Map(rest.map((part) => [part.split('=')[0]?.toLowerCase(), part.replace(/^[^=]*=/, '')]))
    return (
      issuer === CAA_IDENTITY &&
      said.get('accounturi') === prover.accountUri &&
      (!wildcard || said.get('policy')?.toLowerCase() === 'wildcard') &&
      Number(said.get('persistuntil') ?? Number.POSITIVE_INFINITY) >= seconds
    )
  }
  const values = await valuesAt(context, name)
  if (!values.some(isRight)) throw new Problem('unauthorized', `No valid TXT record found at ${name}`)
}

async function valuesAt(context: CaContext, name: string): Promise<readonly string[]> {
  const values = await context.resolveTxt(name).catch((error: { code?: string }) => {
    throw new Problem('dns', `DNS problem: ${error.code ?? 'trouble'} looking up TXT for ${name}`)
  })
  if (values.length === 0) throw new Problem('unauthorized', `No TXT record found at ${name}`)
  return values
}

/** draft-ietf-acme-dns-account-label §3.2: base32 of the first ten bytes, which are sixteen groups of five bits. */
function accountLabel({ accountUri }: Prover): string {
  const digest = createHash('sha256').update(accountUri).digest('hex').slice(0, 20)
  const groups = Array.from({ length: 16 }, (_, at) => Number((BigInt(`0x${digest}`) >> BigInt(75 - 5 * at)) & 31n))
  return `_${groups.map((group) => 'abcdefghijklmnopqrstuvwxyz234567'[group]).join('')}.`
}
