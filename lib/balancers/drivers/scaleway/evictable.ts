import { isManaged, lineageOf } from '../../names.ts'
import type { CertificateObject, FrontendObject } from './api.ts'
import { isImported } from './held.ts'

/**
 * What may go from a full load balancer, in the order of `known`: ours, bound nowhere and not in `keep`. Of each certificate
 * the newest version that is bound nowhere stays as well: it is the one that is put back when something is wrong.
 */
export function evictable(
  known: readonly CertificateObject[],
  frontends: readonly Pick<FrontendObject, 'certificate_ids'>[],
  keep: readonly string[],
  environment: string,
): CertificateObject[] {
  const inUse = new Set(frontends.flatMap(({ certificate_ids }) => certificate_ids))
  const managed = known.filter((each) => isImported(each) && isManaged(each.name, environment))
  const namesInUse = new Set(managed.filter(({ id }) => inUse.has(id)).map(({ name }) => name))
  // A lost answer may have left a second object of a name: what is bound needs no other one.
  const newest = new Map(
    managed
      .filter(({ name, status }) => !namesInUse.has(name) && status !== 'error')
      .map(({ name }) => [lineageOf(name), name]),
  )
  return managed.filter(
    ({ id, name, status }) =>
      !inUse.has(id) && !keep.includes(name) && (status === 'error' || newest.get(lineageOf(name)) !== name),
  )
}
