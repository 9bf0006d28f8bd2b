import type { SecretStore } from '../ports.ts'
import { decode, type StoredCertificate, type StoredKey } from '../secrets/codec.ts'

export interface Staged<S> {
  readonly version: string
  readonly stored: S
}

/** What the secrets store holds of a certificate, with the versions that a promotion is told. */
export interface Stages {
  readonly current: Staged<StoredCertificate> | undefined
  readonly pending: Staged<StoredKey | StoredCertificate> | undefined
}

export const secretName = (id: string): string => `certificate/${id}`

export async function readStages(id: string, secrets: SecretStore): Promise<Stages> {
  const name = secretName(id)
  const [current, pending] = await Promise.all([secrets.read(name, 'current'), secrets.read(name, 'pending')])
  const live = current && { version: current.version, stored: decode(name, current.value) }
  return {
    current: live !== undefined && isCertificate(live) ? live : undefined,
    pending: pending && { version: pending.version, stored: decode(name, pending.value) },
  }
}

export const isCertificate = (staged: Staged<StoredKey | StoredCertificate>): staged is Staged<StoredCertificate> =>
  staged.stored.kind === 'certificate'
