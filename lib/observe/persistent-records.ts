/** Looks at the persistent records of names (dns-persist-01), before an order is placed. It changes nothing in DNS. */
import { Failure, toFailure } from '../errors.ts'
import { isForToday } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { lazy } from '../platform/lazy.ts'
import type { Persistence } from '../policy/persistent-record.ts'
import type { CertificateAuthority, Dependencies } from '../ports.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { CertificateSpec } from '../types.ts'

const AT_ONCE = 10
const MOST_NAMED = 20

type Outside = Pick<Dependencies, 'solver' | 'clock'>

/** Who is to validate names by such records: the authority under its name in the configuration, and our account there. */
interface Asked {
  readonly name: string
  readonly authority: Pick<CertificateAuthority, 'caaIdentities'>
  readonly accountUrl: string
}

interface Seen extends Persistence {
  readonly domain: string
}

export const isPersistent = (authority: Pick<CertificateAuthority, 'validation'> | undefined): boolean =>
  authority?.validation === 'dns-persist-01'

const loadPolicy = lazy(() => import('../policy/persistent-record.ts'))

/** What the records of each domain say. Rejects when the authority does not say what they are to call it. */
export async function seenRecords(
  names: readonly string[],
  { name, authority, accountUrl }: Asked,
  { solver, clock }: Outside,
): Promise<Seen[]> {
  const { persistenceOf } = await loadPolicy()
  const identities = await authority.caaIdentities()
  const domains = [...new Set(names.map((each) => each.replace(/^\*\./, '')))]
  return mapConcurrently(domains, AT_ONCE, async (domain) => {
    const request = { domain, isWildcard: names.includes(`*.${domain}`), authority: name, identities, accountUrl }
    try {
      return { domain, ...persistenceOf(await solver.persistentRecords(domain), request, clock.now()) }
    } catch (error) {
      return { domain, error: toFailure(error) }
    }
  })
}

/**
 * Rejects unless the records of all names have the authority validate them, with the record to place. The records name the account,
 * so that it is registered before; not for a profile that is not offered.
 */
export async function requirePersistentRecords(
  { names, profile }: Pick<CertificateSpec, 'names' | 'profile'>,
  { name, authority }: { readonly name: string; readonly authority: CertificateAuthority },
  outside: Outside,
): Promise<void> {
  await authority.check(profile === undefined ? {} : { profile })
  const accountUrl = await authority.register()
  const seen = await seenRecords(names, { name, authority, accountUrl }, outside)
  const wrong = seen.filter(({ error }) => error !== undefined)
  const [{ error, domain } = {}, ...others] = wrong
  if (error === undefined || domain === undefined) return
  if (others.length === 0) throw error
  const more = others.map((each) => each.domain)
  const shown = `${more.slice(0, MOST_NAMED).join(', ')}${more.length > MOST_NAMED ? ' and others' : ''}`
  const message = `${error.message}; and \`newleaf plan\` shows what to place for ${shown}`
  throw error.with({ message, fields: { names: [domain, ...more] } })
}

/** As long as there is no account, nobody knows what the records are to say. */
export const noAccountYet = (authority: string): Failure =>
  new Failure(
    'DNS_NO_RECORD',
    `there is no account at ${authority} yet, which the records of dns-persist-01 must name: \`newleaf renew\` registers it, orders nothing, and shows the record to place`,
    { fields: { authority } },
  )

/**
 * The document, with when the first of the persistent records lapses that the certificate's names are validated by, which is looked at
 * once a day, or now. Nobody is asked for one that has none; where not all can be told, it stays as it is.
 */
export async function withPersistUntil(
  document: CertificateDocument,
  { names, authorities }: Pick<CertificateSpec, 'names' | 'authorities'>,
  { authorities: known, log, ...outside }: Outside & Pick<Dependencies, 'authorities' | 'log'>,
  when: 'daily' | 'now',
): Promise<CertificateDocument> {
  const asked = authorities.flatMap((name) => {
    const authority = known[name]
    return authority !== undefined && isPersistent(authority) ? [{ name, authority }] : []
  })
  const { persistUntil: before, persistSeen: seenAt, ...rest } = document
  if (asked.length === 0) return before === undefined && seenAt === undefined ? document : rest
  const now = outside.clock.now()
  if (when === 'daily' && isForToday(seenAt, now)) return document
  try {
    const seen = await Promise.all(
      asked.map(async ({ name, authority }) => {
        const accountUrl = await authority.accountUrl()
        return accountUrl === undefined ? [] : seenRecords(names, { name, authority, accountUrl }, outside)
      }),
    )
    const records = seen.flat()
    if (records.some(({ error, until }) => error !== undefined && until === undefined)) return document
    const times = records.flatMap(({ until }) => until?.getTime() ?? [])
    const first = times.length === 0 ? undefined : Math.min(...times)
    return { ...rest, persistSeen: now, ...(first !== undefined && { persistUntil: new Date(first) }) }
  } catch (error) {
    log.debug('the persistent records could not be looked at', { reason: toFailure(error).message })
    return document
  }
}
