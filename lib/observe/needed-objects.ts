import { mapConcurrently } from '../platform/concurrency.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, readDocument } from '../state/document.ts'
import type { CertificateSpec } from '../types.ts'

const READS_AT_ONCE = 20

/**
 * What stands in the states of these certificates, each with the id of one that needs it: objects by name, and what is replaced in
 * place by its resource. It rejects when a state cannot be read: then nobody knows what is needed.
 */
export async function neededObjects(
  specs: readonly Pick<CertificateSpec, 'id'>[],
  deps: Pick<Dependencies, 'state' | 'environment' | 'clock'>,
): Promise<ReadonlyMap<string, string>> {
  const needed = await mapConcurrently(specs, READS_AT_ONCE, async ({ id }) => {
    const { document } = await readDocument(id, deps)
    return objectsIn(document).map((object) => [object, id] as const)
  })
  return new Map(needed.flat())
}

const objectsIn = ({ targets, orphans }: CertificateDocument): string[] => [
  ...Object.values(targets).flatMap(({ objects, superseded, deployed, resource }) => [
    ...objects,
    ...superseded.map(({ object }) => object),
    ...(deployed === undefined ? [] : [deployed.object]),
    ...(resource === undefined ? [] : [resource]),
  ]),
  ...Object.values(orphans ?? []).flatMap(({ objects }) => objects.map(({ object }) => object)),
]
