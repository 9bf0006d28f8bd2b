/** Whether the CAA records of a name let an authority issue for it (RFC 8659 §4 and §5, RFC 8657 §3 and §4). Pure. */
import type { ValidationMethod } from '../types.ts'

/** Who would issue, for whom, and what for. */
export interface CaaRequest {
  readonly isWildcard: boolean
  /** What the authority is called in CAA records, in lower case; the first of them stands in a record to add. */
  readonly identities: readonly string[]
  /** In whose name the order would be; undefined: an account that is not registered yet. */
  readonly accountUrl: string | undefined
  /** How the names are validated; dns-01 if absent. */
  readonly method?: ValidationMethod | undefined
}

/**
 * `critical`: a tag that nobody knows, and must. Of the others what comes nearest to allowing it: `method` names the authority and
 * not the method, `account` another account there, `malformed` is nobody's for that alone, `authority` names others, or nobody.
 */
export type Forbidding = 'critical' | 'method' | 'account' | 'malformed' | 'authority'

/** What forbids it, and the record that would allow it. */
export interface Prohibition {
  readonly why: Forbidding
  /** Those that say so, as in a zone file. */
  readonly records: readonly string[]
  /** `0 issue "ca.example"` */
  readonly allowing: string
}

interface Property {
  readonly text: string
  readonly isCritical: boolean
  /** In lower case. */
  readonly tag: string
  readonly value: string
}

interface IssueValue {
  /** Empty: nobody. */
  readonly domain: string
  readonly parameters: readonly (readonly [tag: string, value: string])[]
}

/** https://www.iana.org/assignments/pkix-parameters (CAA properties): an authority may know each of them. */
const KNOWN_TAGS = ['issue', 'issuewild', 'issuemail', 'issuevmc', 'iodef', 'contactemail', 'contactphone']
const CRITICAL = 128
const DEFAULT: ValidationMethod = 'dns-01'
const NEAREST_FIRST = ['method', 'account', 'malformed', 'authority'] as const

/** Undefined: nothing in this set of records forbids it. */
export function prohibitionIn(records: readonly string[], request: CaaRequest): Prohibition | undefined {
  const properties = records.flatMap(propertyOf)
  const tagged = (wanted: string) => properties.filter(({ tag }) => tag === wanted)
  const wild = request.isWildcard ? tagged('issuewild') : []
  const deciding = wild.length > 0 ? wild : tagged('issue')
  const allowing = (beside?: Property) => recordFor(wild.length > 0 ? 'issuewild' : 'issue', request, beside)
  const unknown = properties.filter(({ isCritical, tag }) => isCritical && !KNOWN_TAGS.includes(tag))
  if (unknown.length > 0) return { why: 'critical', records: unknown.map(({ text }) => text), allowing: allowing() }
  const verdicts = deciding.map((property) => ({ property, why: whyNot(property, request) }))
  const why = NEAREST_FIRST.find((each) => verdicts.some((verdict) => verdict.why === each))
  if (why === undefined || verdicts.some((verdict) => verdict.why === undefined)) return undefined
  const nearest = verdicts.flatMap((verdict) => (verdict.why === why ? [verdict.property] : []))
  return { why, records: nearest.map(({ text }) => text), allowing: allowing(nearest[0]) }
}

/** The record that binds issuing to this account, if there is one, whether it allows anything or not. */
export const recordNaming = (records: readonly string[], accountUrl: string): string | undefined =>
  records.find((record) => accountsIn(record).includes(accountUrl))

/** Whether it matters in whose name an order would be. */
export const namesAccount = (records: readonly string[]): boolean =>
  records.some((record) => accountsIn(record).length > 0)

const accountsIn = (record: string): string[] =>
  propertyOf(record).flatMap(({ tag, value }) =>
    tag === 'issue' || tag === 'issuewild' ? parameter(issueValueOf(value), 'accounturi') : [],
  )

function propertyOf(text: string): Property[] {
  const { flags, tag, value } = /^(?<flags>\d+) (?<tag>.*?) "(?<value>.*)"$/s.exec(text)?.groups ?? {}
  if (flags === undefined || tag === undefined || value === undefined) return []
  return [{ text, isCritical: (Number(flags) & CRITICAL) !== 0, tag: tag.toLowerCase(), value }]
}

const DOMAIN = /^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/
const PARAMETER = /^(?<tag>[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*)[ \t]*=[ \t]*(?<value>[!-:<-~]*)$/

/** RFC 8659 §4.2. Undefined: it is malformed, and as good as one that names nobody. */
export function issueValueOf(text: string): IssueValue | undefined {
  const [named = '', ...written] = text.split(';').map((part) => part.trim())
  const domain = named.toLowerCase()
  if (domain !== '' && !DOMAIN.test(domain)) return undefined
  if (written.length === 1 && written[0] === '') return { domain, parameters: [] }
  const parameters: [string, string][] = []
  for (const each of written) {
    const { tag, value } = PARAMETER.exec(each)?.groups ?? {}
    if (tag === undefined || value === undefined) return undefined
    parameters.push([tag, value])
  }
  return { domain, parameters }
}

const parameter = (parsed: IssueValue | undefined, wanted: string): string[] =>
  (parsed?.parameters ?? []).flatMap(([tag, value]) => (tag === wanted ? [value] : []))

function whyNot({ value }: Property, { identities, accountUrl, method }: CaaRequest): Forbidding | undefined {
  const parsed = issueValueOf(value)
  if (parsed === undefined) {
    const [named = ''] = value.split(';')
    return identities.includes(named.trim().toLowerCase()) ? 'malformed' : 'authority'
  }
  if (!identities.includes(parsed.domain)) return 'authority'
  const accounts = parameter(parsed, 'accounturi')
  if (accounts.length > 1 || accounts.some((account) => account !== accountUrl)) return 'account'
  const methods = parameter(parsed, 'validationmethods')
  return methods.length > 1 || methods.some((listed) => !allowsMethod(listed, method)) ? 'method' : undefined
}

const allowsMethod = (listed: string, method: string = DEFAULT): boolean =>
  /^[A-Za-z0-9-]+(?:,[A-Za-z0-9-]+)*$/.test(listed) && listed.split(',').includes(method)

/** Bound to our account, and to the method, where the record that stands there is bound. */
function recordFor(
  tag: string,
  { identities, accountUrl, method = DEFAULT }: CaaRequest,
  beside: Property | undefined,
): string {
  const parsed = beside && issueValueOf(beside.value)
  const isBound = accountUrl !== undefined && parameter(parsed, 'accounturi').length > 0
  const isLimited = parameter(parsed, 'validationmethods').length > 0
  const value = [
    identities[0],
    ...(isBound ? [`accounturi=${accountUrl}`] : []),
    ...(isLimited ? [`validationmethods=${method}`] : []),
  ].join('; ')
  return `0 ${tag} "${value}"`
}
