import type { InstalledCertificate } from '../../../types.ts'
import { covers } from '../../../x509/certificate.ts'
import { isManaged } from '../../names.ts'
import type { CertificateObject, FrontendObject, LoadBalancerObject } from './api.ts'

/** Not one of those that Scaleway itself obtains: newleaf makes none of these. */
export const isImported = ({ type }: CertificateObject): boolean => !type.startsWith('letsenc')

/** The API shows the first DNS name as `common_name` and the others as `subject_alternative_name`. */
export const namesOf = ({ common_name, subject_alternative_name }: CertificateObject): string[] =>
  [common_name, ...subject_alternative_name].filter((name) => name !== '').map((name) => name.toLowerCase())

/** Undefined while the API does not know it. */
export function endOf({ not_valid_after }: CertificateObject): Date | undefined {
  const end = new Date(not_valid_after)
  return end.getTime() > 0 ? end : undefined
}

/** All certificates of a load balancer, and where each of them is served: the first in a list that covers a name wins. */
export function heldBy(
  { name: loadBalancer }: LoadBalancerObject,
  frontends: readonly FrontendObject[],
  known: readonly CertificateObject[],
  environment: string,
): InstalledCertificate[] {
  const byId = new Map(known.map((certificate) => [certificate.id, namesOf(certificate)]))
  const isFirst = (id: string, name: string, ids: readonly string[]) =>
    ids.find((each) => covers(byId.get(each) ?? [], name)) === id
  return known.map((certificate) => {
    const { id, name } = certificate
    const names = namesOf(certificate)
    return {
      loadBalancer,
      name,
      id,
      covers: names,
      notAfter: endOf(certificate),
      managed: isImported(certificate) && isManaged(name, environment),
      bound: frontends
        .filter(({ certificate_ids: ids }) => ids.includes(id))
        .map(({ name: listener, certificate_ids: ids }) => ({
          listener,
          effectiveFor: names.filter((each) => isFirst(id, each, ids)),
        })),
    }
  })
}
