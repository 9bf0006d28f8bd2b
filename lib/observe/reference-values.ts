import { toFailure } from '../errors.ts'
import type { SaltedDigest } from '../platform/salted-digest.ts'
import { isHeldBack } from '../policy/back-off.ts'
import { isUsedBy } from '../policy/location.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateDocument } from '../state/document.ts'
import { allFailures, mapFailures, withFailures } from '../state/failures.ts'
import type { CertificateSpec } from '../types.ts'

type Outside = Pick<Dependencies, 'references' | 'digestReferences' | 'log'>
type Spec = Pick<CertificateSpec, 'authorities' | 'targets'>

/** What all references stand for that a certificate depends on; undefined: it has none, or nobody can tell now. */
export async function digestNow(
  spec: Spec,
  { references, digestReferences, log }: Outside,
  salt?: string,
): Promise<SaltedDigest | undefined> {
  const locations = references.map(({ location }) => location).filter((location) => isUsedBy(location, spec))
  if (locations.length === 0) return undefined
  try {
    return await digestReferences(locations, salt)
  } catch (thrown) {
    const { code, message } = toFailure(thrown)
    log.debug('what the references stand for could not be read', { code, reason: message })
    return undefined
  }
}

/**
 * The document, in which what failed may be tried now if a reference stands for another value than it did then. Nothing is
 * resolved for a certificate that nothing holds back.
 */
export async function withNewValues(
  document: CertificateDocument,
  spec: Spec,
  deps: Outside & Pick<Dependencies, 'clock'>,
): Promise<CertificateDocument> {
  const now = deps.clock.now()
  const held = allFailures(document.failures).filter((failure) => isHeldBack(failure, now))
  const salts = [...new Set(held.flatMap(({ references }) => references?.salt ?? []))]
  if (document.failures === undefined || salts.length === 0) return document
  const digests = new Map(
    await Promise.all(salts.map(async (salt) => [salt, (await digestNow(spec, deps, salt))?.digest] as const)),
  )
  const failures = mapFailures(document.failures, (failure) => {
    const { references } = failure
    const digest = references && digests.get(references.salt)
    const isAnother = digest !== undefined && digest !== references?.digest
    return isAnother && isHeldBack(failure, now) ? { ...failure, notBefore: now } : failure
  })
  return withFailures(document, failures)
}
