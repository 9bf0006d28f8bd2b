import { type Failure, isFailure, toFailure } from '../errors.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, documentKey, readDocument } from '../state/document.ts'
import type { CertificateFacts, CertificateSpec } from '../types.ts'

/** A certificate of this environment that the state remembers, and that has left the configuration: nobody renews it. */
export interface Unconfigured {
  readonly id: string
  /** What was current when somebody looked last; undefined: there was none, or it cannot be read. */
  readonly current: CertificateDocument['current']
  /** The targets that were given it, as people call them, and that no certificate of the configuration has taken over. */
  readonly targets: readonly string[]
  /** Why nothing else is known. */
  readonly error: Failure | undefined
}

const READS_AT_ONCE = 20

type Configured = readonly Pick<CertificateSpec, 'id' | 'names' | 'targets'>[]
type Outside = Pick<Dependencies, 'state' | 'environment' | 'clock'>

/** With one listing and a reading for each that is not configured; what another environment keeps there is not ours. It changes nothing. */
export async function unconfiguredInState(configured: Configured, deps: Outside): Promise<Unconfigured[]> {
  const prefix = documentKey('')
  const keys = await deps.state.list(prefix)
  return unconfiguredAmong(
    keys.map((key) => key.slice(prefix.length)),
    configured,
    deps,
  )
}

/** The same of those with these ids. */
export async function unconfiguredAmong(
  ids: readonly string[],
  configured: Configured,
  deps: Outside,
): Promise<Unconfigured[]> {
  const known = new Set(configured.map(({ id }) => id))
  const left = ids.filter((id) => !known.has(id))
  const found = await mapConcurrently(left, READS_AT_ONCE, (id) => recall(id, configured, deps))
  return found.filter((each) => each !== undefined)
}

async function recall(id: string, configured: Configured, deps: Outside): Promise<Unconfigured | undefined> {
  try {
    const { document } = await readDocument(id, deps)
    return { id, current: document.current, targets: targetsOf(document, configured), error: undefined }
  } catch (error) {
    if (isFailure(error, 'STORE_FOREIGN')) return undefined
    return { id, current: undefined, targets: [], error: toFailure(error) }
  }
}

const targetsOf = ({ targets, current }: CertificateDocument, configured: Configured): string[] =>
  Object.entries(targets)
    .filter(
      ([id, { deployed }]) => deployed?.fingerprint === current?.fingerprint && !isTakenOver(id, current, configured),
    )
    .map(([, { name }]) => name)

/** A certificate of the configuration covers there all that this one did: it may only be called otherwise now. */
const isTakenOver = (target: string, current: CertificateFacts | undefined, configured: Configured): boolean =>
  configured.some(
    ({ targets, names }) =>
      targets.some(({ id }) => id === target) && current?.names.every((name) => names.includes(name)) === true,
  )
