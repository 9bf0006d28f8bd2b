/** Asks vendors when the credentials end that the configuration refers to. It changes nothing. */
import { toFailure } from '../errors.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import type { ConfiguredCredential, Dependencies, StateStore } from '../ports.ts'
import { type CredentialsDocument, type KnownCredential, readCredentials } from '../state/credentials.ts'
import type { CredentialExpiry } from '../types.ts'

const AT_ONCE = 10

/** Some write an end that never comes. */
const NEVER = new Date('9999-01-01T00:00:00Z')

type Known = CredentialsDocument['known']
type Memory = Pick<Dependencies, 'environment'> & { readonly state: Pick<StateStore, 'read'> }
type Outside = Pick<Dependencies, 'credentials' | 'references' | 'digestReferences' | 'log'>

/**
 * What is known of each now. A vendor that does not let a token ask about itself has told nothing, and that is no trouble; what it told
 * earlier holds as long as the references stand for the same: a credential that has expired cannot ask any more.
 */
export async function askedAbout(known: Known, deps: Outside): Promise<Known> {
  const asked = await mapConcurrently(
    deps.credentials,
    AT_ONCE,
    async (credential) => [credential.location, await ask(credential, known[credential.location], deps)] as const,
  )
  return Object.fromEntries(asked)
}

async function ask(
  { location, expiresAt: askVendor }: ConfiguredCredential,
  known: KnownCredential | undefined,
  { references, digestReferences, log }: Outside,
): Promise<KnownCredential> {
  const own = references.map((each) => each.location).filter((each) => each.startsWith(`${location}.`))
  try {
    const expiresAt = await askVendor()
    if (expiresAt === undefined || !(expiresAt < NEVER)) return {}
    return { expiresAt, references: await digestReferences(own) }
  } catch (error) {
    const { code, message: reason } = toFailure(error)
    log.debug('when a credential expires was not told', { location, code, reason })
    const { expiresAt, references: before } = known ?? {}
    if (expiresAt === undefined || before === undefined) return {}
    const now = await digestReferences(own, before.salt).catch(() => undefined)
    return now?.digest === before.digest ? { expiresAt, references: before } : {}
  }
}

/** Those that end, the first to end first: everybody is asked, now. */
export async function credentialExpiries(deps: Outside & Memory): Promise<CredentialExpiry[]> {
  return expiriesIn(await askedAbout(await remembered(deps), deps))
}

/** The same as far as is remembered: nobody is asked. */
export const rememberedExpiries = async (memory: Memory): Promise<CredentialExpiry[]> =>
  expiriesIn(await remembered(memory))

/** A state store that cannot be read is told of by whoever needs it. */
const remembered = ({ environment, state }: Memory): Promise<Known> =>
  readCredentials(environment, state).then(
    ({ document }) => document.known,
    () => ({}),
  )

const expiriesIn = (known: Known): CredentialExpiry[] =>
  Object.entries(known)
    .flatMap(([location, { expiresAt }]) => (expiresAt === undefined ? [] : [{ location, expiresAt }]))
    .sort((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
