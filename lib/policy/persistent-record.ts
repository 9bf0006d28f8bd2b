/**
 * Whether the TXT values at `_validation-persist.<domain>` have an authority validate the domain for our account, and the record that
 * would (draft-ietf-acme-dns-persist-01 §4.1). Pure.
 */
import { Failure } from '../errors.ts'
import { after, DAY, SECOND } from '../platform/clock.ts'
import { issueValueOf } from './caa.ts'

/** Who is to validate what, and for whom. */
export interface PersistentRequest {
  readonly domain: string
  /** Whether wildcards below it are to be validated as well. */
  readonly isWildcard: boolean
  /** By its name in the configuration. */
  readonly authority: string
  /** What the authority is called in DNS; a new record has the first of them. */
  readonly identities: readonly string[]
  readonly accountUrl: string
}

/** `until`: when what lets it validate the domain lapses, or has lapsed; absent: never. `error`: why it does not. */
export interface Persistence {
  readonly until?: Date
  readonly error?: Failure
}

/** Of several flaws the one is told that is the least to mend. */
const NEAREST_FIRST = ['lapsed', 'wildcard', 'account', 'malformed', 'issuer'] as const
type Flaw = (typeof NEAREST_FIRST)[number]

interface Read {
  readonly text: string
  readonly flaw?: Flaw
  readonly until?: Date
}

export function persistenceOf(values: readonly string[], request: PersistentRequest, now: Date): Persistence {
  const read = values.map((text) => readRecord(text, request, now))
  const good = read.filter(({ flaw }) => flaw === undefined)
  if (good.length > 0) return good.some(({ until }) => until === undefined) ? {} : latest(good)
  const flaw = NEAREST_FIRST.find((each) => read.some((record) => record.flaw === each))
  const flawed = read.filter((record) => record.flaw === flaw)
  return { ...latest(flawed), error: wrong(flaw, flawed, request, now) }
}

const latest = (records: readonly Read[]): Pick<Persistence, 'until'> => {
  const times = records.flatMap(({ until }) => until?.getTime() ?? [])
  return times.length === 0 ? {} : { until: new Date(Math.max(...times)) }
}

function readRecord(text: string, { identities, accountUrl, isWildcard }: PersistentRequest, now: Date): Read {
  const [issuer = ''] = text.split(';')
  if (!identities.includes(issuer.trim().toLowerCase())) return { text, flaw: 'issuer' }
  const written = parametersOf(text)
  const until = timeOf(written?.get('persistuntil'))
  if (written === undefined || until === 'malformed' || !written.has('accounturi')) return { text, flaw: 'malformed' }
  if (written.get('accounturi') !== accountUrl) return { text, flaw: 'account' }
  if (isWildcard && written.get('policy')?.toLowerCase() !== 'wildcard') return { text, flaw: 'wildcard' }
  if (until === undefined) return { text }
  return { text, until, ...(until <= now ? { flaw: 'lapsed' } : {}) }
}

/** By tags in lower case; undefined: a part of it is malformed, or stands there twice. */
function parametersOf(text: string): ReadonlyMap<string, string> | undefined {
  const parsed = issueValueOf(text)
  const written = new Map(parsed?.parameters.map(([tag, value]) => [tag.toLowerCase(), value]))
  return written.size === parsed?.parameters.length ? written : undefined
}

const timeOf = (text: string | undefined): Date | 'malformed' | undefined => {
  if (text === undefined) return undefined
  return /^\d{1,11}$/.test(text) ? new Date(Number(text) * SECOND) : 'malformed'
}

const TTL = 3_600
const LASTS = 366 * DAY

/** As a line of a zone file. It lapses a year from now, at the end of a day. */
export function recordFor(request: PersistentRequest, now: Date): string {
  const { domain, identities, accountUrl, isWildcard } = request
  const until = Math.floor(after(now, LASTS).getTime() / DAY) * (DAY / SECOND)
  const parts = [`accounturi=${accountUrl}`, ...(isWildcard ? ['policy=wildcard'] : []), `persistUntil=${until}`]
  const value = [identities[0], ...parts].join('; ')
  // A string has 255 octets at most (RFC 1035 §3.3).
  const strings = value.match(/.{1,255}/g) ?? []
  return `_validation-persist.${domain}. ${TTL} IN TXT ${strings.map((each) => `"${each}"`).join(' ')}`
}

function wrong(flaw: Flaw | undefined, flawed: readonly Read[], request: PersistentRequest, now: Date): Failure {
  const { domain, authority, identities } = request
  const fields = { authority, names: [domain] }
  if (identities.length === 0) {
    const message = `the directory of ${authority} does not say what a persistent record is to call it (caaIdentities), so that nobody knows what to place for ${domain}`
    return new Failure('ACME_NAME_REFUSED', message, { fields })
  }
  const name = `_validation-persist.${domain}`
  const record = recordFor(request, now)
  const [{ text, until } = { text: '' }] = flawed
  const shown = `the record "${text.length > 200 ? `${text.slice(0, 200)}…` : text}" at ${name}`
  const add = `add \`${record}\``
  const replace = `put \`${record}\` in its place`
  const words: Readonly<Record<Flaw, string>> = {
    issuer: `the TXT records at ${name} are for others than ${authority} (${identities.join(', ')}): ${add}`,
    malformed: `${shown} is malformed: ${replace}`,
    account: `${shown} names another account at ${authority} than newleaf’s: ${add}`,
    wildcard: `${shown} lets ${authority} issue nothing for *.${domain}, for want of policy=wildcard: ${replace}`,
    lapsed: `${shown} lapsed on ${until?.toISOString() ?? 'a day before'}: ${replace}`,
  }
  const message =
    flaw === undefined ? `there is no TXT record at ${name}, by which ${authority} is to validate: ${add}` : words[flaw]
  return new Failure('DNS_NO_RECORD', message, { fields: { ...fields, record } })
}
