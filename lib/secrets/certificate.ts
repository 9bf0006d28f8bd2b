import { Failure } from '../errors.ts'
import type { SecretStore, StoredSecret } from '../ports.ts'
import { decode, type StoredCertificate, type StoredKey } from './codec.ts'

export interface Staged<S> {
  readonly version: string
  readonly stored: S
}

/** What the secrets store holds of a certificate, with the versions that an activation is told. */
export interface Stages {
  readonly current: Staged<StoredCertificate> | undefined
  /** The version that is current, even if it is a key alone that somebody has moved there: what an activation expects. */
  readonly live: string | undefined
  readonly pending: Staged<StoredKey | StoredCertificate> | undefined
}

export const secretName = (id: string): string => `certificate/${id}`

/** Rejects with STORE_UNREADABLE what is damaged or newer, and with STORE_FOREIGN what another environment keeps there. */
export async function readStages(
  id: string,
  { secrets, environment }: { readonly secrets: Pick<SecretStore, 'read'>; readonly environment: string },
): Promise<Stages> {
  const name = secretName(id)
  const [current, pending] = await Promise.all([secrets.read(name, 'current'), secrets.read(name, 'pending')])
  const found = current && staged(name, current, environment)
  return {
    current: found !== undefined && isCertificate(found) ? found : undefined,
    live: found?.version,
    pending: pending && staged(name, pending, environment),
  }
}

/** What was current before it; undefined if there is none. */
export async function readPrevious(
  id: string,
  { secrets, environment }: { readonly secrets: Pick<SecretStore, 'read'>; readonly environment: string },
): Promise<Staged<StoredCertificate> | undefined> {
  const name = secretName(id)
  const previous = await secrets.read(name, 'previous')
  const found = previous && staged(name, previous, environment)
  return found !== undefined && isCertificate(found) ? found : undefined
}

function staged(
  name: string,
  { version, value }: StoredSecret,
  environment: string,
): Staged<StoredKey | StoredCertificate> {
  const stored = decode(name, value)
  const { environment: owner = environment } = stored.orderSpec
  if (owner === environment) return { version, stored }
  throw new Failure(
    'STORE_FOREIGN',
    `the secret ${name} belongs to the environment "${owner}", not to "${environment}": give each its own place in the secrets store`,
  )
}

export const isCertificate = (staged: Staged<StoredKey | StoredCertificate>): staged is Staged<StoredCertificate> =>
  staged.stored.kind === 'certificate'
