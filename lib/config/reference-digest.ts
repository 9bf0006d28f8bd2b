import { randomBytes } from 'node:crypto'
import { isFailure } from '../errors.ts'
import { lazyByKey } from '../platform/lazy-by-key.ts'
import { saltedDigest } from '../platform/salted-digest.ts'
import type { Secret, SecretReference } from '../platform/secret.ts'
import type { Dependencies } from '../ports.ts'
import type { LocatedReference } from './reference-locations.ts'

/** All digests of a run have one salt, so that certificates with the same references share the work; an earlier run's is given. */
export function createReferenceDigest(
  references: readonly LocatedReference[],
  resolve: (reference: SecretReference) => Promise<Secret>,
): Dependencies['digestReferences'] {
  const ownSalt = randomBytes(16).toString('base64url')
  const once = lazyByKey<string>()
  const secretOf = async ({ reference }: LocatedReference) => {
    try {
      return await resolve(reference)
    } catch (error) {
      if (!isFailure(error, 'REFERENCE_UNRESOLVED')) throw error
      return undefined // which is another value than the one that it will have
    }
  }
  return async (locations, salt = ownSalt) => {
    const sorted = [...locations].sort()
    const wanted = sorted.flatMap((location) => references.filter((each) => each.location === location))
    const digest = await once([salt, ...sorted].join(' '), async () =>
      saltedDigest(await Promise.all(wanted.map(secretOf)), salt),
    )
    return { salt, digest }
  }
}
