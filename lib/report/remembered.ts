import { type Failure, toFailure } from '../errors.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { healthOf } from '../policy/health.ts'
import { servingOfEntry } from '../policy/serving.ts'
import { unhealthy } from '../policy/unhealthy.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, readDocument, type TargetEntry } from '../state/document.ts'
import type { CertificateSpec, Health } from '../types.ts'

const READS_AT_ONCE = 20

/** What is remembered of a certificate, without asking anybody; `observed.ts` is what asking shows. */
export interface RememberedCertificate {
  readonly spec: CertificateSpec
  readonly health: Health
  /** Undefined: it could not be read. */
  readonly document: CertificateDocument | undefined
  readonly error: Failure | undefined
}

type Memory = Pick<Dependencies, 'state' | 'environment' | 'clock'>

/** Reads one document of the state for each certificate, and nothing else. One that cannot be read does not hide the others. */
export const rememberedOf = (specs: readonly CertificateSpec[], memory: Memory): Promise<RememberedCertificate[]> =>
  mapConcurrently(specs, READS_AT_ONCE, (spec) => recall(spec, memory))

async function recall(spec: CertificateSpec, memory: Memory): Promise<RememberedCertificate> {
  try {
    const { document } = await readDocument(spec.id, memory)
    return { spec, document, error: undefined, health: healthIn(document, spec, memory.clock.now()) }
  } catch (error) {
    const failure = toFailure(error)
    return { spec, document: undefined, error: failure, health: unhealthy(spec.id, failure) }
  }
}

function healthIn(document: CertificateDocument, spec: CertificateSpec, now: Date): Health {
  const { current } = document
  const targets = Object.entries(entriesOf(document, spec)).map(([name, entry]) => [
    name,
    servingOfEntry(entry, current?.fingerprint),
  ])
  return healthOf({ spec, current, authority: current?.authority, document, targets: Object.fromEntries(targets) }, now)
}

/** What is remembered of the targets that are configured, by their names: undefined of one that was given nothing yet. */
export const entriesOf = (
  { targets }: CertificateDocument,
  spec: Pick<CertificateSpec, 'targets'>,
): Record<string, TargetEntry | undefined> =>
  Object.fromEntries(spec.targets.map(({ id, name }) => [name, targets[id]]))
