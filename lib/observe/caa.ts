/** Asks DNS whether CAA records let an authority issue, before an order is placed. It changes nothing. */
import { type Failure, isFailure } from '../errors.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { namesAccount, recordNaming } from '../policy/caa.ts'
import { accountNamed, type CaaRefusal, caaRefusals, type NameWithCaa } from '../policy/caa-refusal.ts'
import type { CertificateAuthority, ChallengeSolver, Dependencies } from '../ports.ts'

const AT_ONCE = 10
const MOST_NAMED = 20

interface Asked {
  /** By its name in the configuration. */
  readonly name: string
  readonly authority: Pick<CertificateAuthority, 'caaIdentities' | 'accountUrl' | 'validation'>
}

type Outside = Pick<Dependencies, 'solver' | 'log'>

/** What forbids this authority to issue for these names. Where nobody can tell, the authority decides. */
export async function findCaaRefusals(
  names: readonly string[],
  { name: authority, authority: port }: Asked,
  { solver, log }: Outside,
): Promise<CaaRefusal[]> {
  const identities = await port.caaIdentities()
  if (identities.length === 0) return []
  const { found, unanswered } = await lookUp(names, solver)
  const [first] = unanswered
  if (first !== undefined) {
    const silent = unanswered.slice(0, MOST_NAMED).map(({ name }) => name)
    log.warn('CAA records could not be looked up; the authority decides', {
      names: silent,
      reason: first.error.message,
    })
  }
  const accountUrl = found.some(({ caa }) => namesAccount(caa.records)) ? await port.accountUrl() : undefined
  return caaRefusals(found, { authority, identities, accountUrl, method: port.validation })
}

/** Rejects with ACME_CAA if one of the names must not be ordered. */
export async function requireCaa(names: readonly string[], asked: Asked, outside: Outside): Promise<void> {
  const [first, ...others] = await findCaaRefusals(names, asked, outside)
  if (first === undefined) return
  const more = others.flatMap((each) => each.names)
  if (more.length === 0) throw first.error
  const message = `${first.error.message}; other records forbid ${more.slice(0, MOST_NAMED).join(', ')}`
  throw first.error.with({ message, fields: { names: [...first.names, ...more] } })
}

/** Rejects with ACME_ACCOUNT_MISSING while the CAA records of one of these names name the account, and when nobody can tell of any. */
export async function requireUnbound(
  accountUrl: string,
  authority: string,
  names: readonly string[],
  solver: Pick<ChallengeSolver, 'caa'>,
): Promise<void> {
  const { found, unanswered } = await lookUp(names, solver)
  for (const { caa } of found) {
    const record = recordNaming(caa.records, accountUrl)
    if (record !== undefined) throw accountNamed(authority, accountUrl, caa, record)
  }
  const [first] = unanswered
  if (first !== undefined && unanswered.length === names.length) throw first.error
}

async function lookUp(names: readonly string[], solver: Pick<ChallengeSolver, 'caa'>) {
  const found: NameWithCaa[] = []
  const unanswered: { readonly name: string; readonly error: Failure }[] = []
  await mapConcurrently(names, AT_ONCE, async (name) => {
    const silent = unanswered.filter(({ error }) => error.fields.reason === 'ETIMEOUT')
    const [first] = silent
    // Something in between lets no such question through: the others would keep the order waiting for nothing.
    if (first !== undefined && silent.length >= AT_ONCE) return void unanswered.push({ name, error: first.error })
    try {
      const caa = await solver.caa(name.replace(/^\*\./, ''))
      if (caa !== undefined) found.push({ name, caa })
    } catch (error) {
      if (!isFailure(error, 'DNS_LOOKUP_FAILED')) throw error
      unanswered.push({ name, error })
    }
  })
  return { found, unanswered }
}
