/** What is said of CAA records that forbid an order: once for all names of which they say the same. Pure. */
import { Failure } from '../errors.ts'
import type { CaaRecords } from '../ports.ts'
import { type CaaRequest, type Prohibition, prohibitionIn } from './caa.ts'

/** Whom the configuration calls `authority`, and in whose name it is asked. */
export interface CaaIssuer extends Omit<CaaRequest, 'isWildcard'> {
  readonly authority: string
}

/** The records that decide about a name, which may be a wildcard. */
export interface NameWithCaa {
  readonly name: string
  readonly caa: CaaRecords
}

export interface CaaRefusal {
  readonly names: readonly string[]
  readonly error: Failure
}

interface Refused {
  readonly names: string[]
  readonly caa: CaaRecords
  readonly prohibition: Prohibition
}

export function caaRefusals(found: readonly NameWithCaa[], issuer: CaaIssuer): CaaRefusal[] {
  const refused = new Map<string, Refused>()
  for (const { name, caa } of found) {
    const prohibition = prohibitionIn(caa.records, { ...issuer, isWildcard: name.startsWith('*.') })
    if (prohibition === undefined) continue
    const key = JSON.stringify([caa.name, prohibition])
    const known = refused.get(key)
    if (known === undefined) refused.set(key, { names: [name], caa, prohibition })
    else known.names.push(name)
  }
  return [...refused.values()].map((each) => ({ names: each.names, error: refusal(each, issuer) }))
}

/** The account that an authority does not know any more is the one that a record allows: it is not made anew behind anybody's back. */
export const accountNamed = (authority: string, accountUrl: string, { owner }: CaaRecords, record: string): Failure =>
  new Failure(
    'ACME_ACCOUNT_MISSING',
    `${authority} knows no account ${accountUrl} of the stored key, and ${recordsAt([record], owner)} names it, so that no other is registered in its place: if it is gone for good, take accounturi out of that record`,
    { fields: { authority, records: [record] } },
  )

function refusal(
  { names, caa, prohibition }: Refused,
  { authority, accountUrl, method = 'dns-01' }: CaaIssuer,
): Failure {
  const { owner, name } = caa
  const { why, records, allowing } = prohibition
  const found = `${recordsAt(records, owner)}${owner === name ? '' : `, where a CNAME leads from ${name},`}`
  const many = records.length > 1
  const add = `add ${owner}. CAA ${allowing}`
  const shown = some(names)
  const account = accountUrl === undefined ? 'not registered yet' : accountUrl
  const words: Readonly<Record<Prohibition['why'], string>> = {
    critical: `${many ? 'are' : 'is'} critical, of a kind that nobody knows, and forbid${many ? '' : 's'} every authority to issue for ${shown}: take ${many ? 'them' : 'it'} away`,
    method: `allow${many ? '' : 's'} ${authority} other methods than ${method} for ${shown}, and no order of newleaf’s: ${add}`,
    account: `bind${many ? '' : 's'} ${shown} to another account at ${authority} than newleaf’s, which is ${account}: ${add}`,
    malformed: `${many ? 'are' : 'is'} malformed, and so forbid${many ? '' : 's'} ${authority} to issue for ${shown}: put ${owner}. CAA ${allowing} in ${many ? 'their' : 'its'} place`,
    authority: `forbid${many ? '' : 's'} ${authority} to issue for ${shown}: ${add}`,
  }
  return new Failure('ACME_CAA', `${found} ${words[why]}`, { fields: { authority, names, records } })
}

const recordsAt = (records: readonly string[], owner: string) =>
  `the CAA record${records.length > 1 ? 's' : ''} ${some(records.map(short), ' and ')} at ${owner}`

const MOST_SHOWN = 3

const some = (texts: readonly string[], between = ', ') =>
  texts.length > MOST_SHOWN
    ? `${texts.slice(0, MOST_SHOWN).join(', ')} and ${texts.length - MOST_SHOWN} more`
    : texts.join(between)

/** It comes from outside, and what to do about it must have its room. */
const short = (record: string) => (record.length > 200 ? `${record.slice(0, 200)}…` : record)
