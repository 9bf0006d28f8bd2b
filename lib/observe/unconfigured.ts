import { type Failure, isFailure, toFailure } from '../errors.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, documentKey, readDocument } from '../state/document.ts'
import type { CertificateFacts, CertificateSpec } from '../types.ts'

/** A certificate of this environment that the state remembers, and that has left the configuration: nobody renews it. */
export interface Unconfigured {
  readonly id: string
  /** What was current when somebody looked last; undefined: there was none, or it cannot be read. */
  readonly current: CertificateFacts | undefined
  /** The targets that were given it, as people call them. */
  readonly targets: readonly string[]
  /** Why nothing else is known. */
  readonly error: Failure | undefined
}

const READS_AT_ONCE = 20

/** With one listing and a reading for each that is not configured; what another environment keeps there is not ours. It changes nothing. */
export async function unconfiguredInState(
  configured: readonly Pick<CertificateSpec, 'id'>[],
  deps: Pick<Dependencies, 'state' | 'environment' | 'clock'>,
): Promise<Unconfigured[]> {
  const prefix = documentKey('')
  const known = new Set(configured.map(({ id }) => documentKey(id)))
  const left = (await deps.state.list(prefix)).filter((key) => !known.has(key))
  const found = await mapConcurrently(left, READS_AT_ONCE, (key) => recall(key.slice(prefix.length), deps))
  return found.filter((each) => each !== undefined)
}

async function recall(
  id: string,
  deps: Pick<Dependencies, 'state' | 'environment' | 'clock'>,
): Promise<Unconfigured | undefined> {
  try {
    const { document } = await readDocument(id, deps)
    return { id, current: document.current, targets: targetsOf(document), error: undefined }
  } catch (error) {
    if (isFailure(error, 'STORE_FOREIGN')) return undefined
    return { id, current: undefined, targets: [], error: toFailure(error) }
  }
}

const targetsOf = ({ targets, current }: CertificateDocument): string[] =>
  Object.values(targets)
    .filter(({ deployed }) => deployed !== undefined && deployed.fingerprint === current?.fingerprint)
    .map(({ name }) => name)
