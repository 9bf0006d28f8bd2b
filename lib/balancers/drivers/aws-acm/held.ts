import { mapConcurrently } from '../../../platform/concurrency.ts'
import type { InstalledCertificate } from '../../../types.ts'
import { covers } from '../../../x509/certificate.ts'
import type { Acm, CertificateDetail } from './api.ts'
import { CONCURRENCY, NAME_TAG } from './find.ts'

/** The environment in which newleaf imported it first. */
export const MANAGED_TAG = 'newleaf'

interface Found {
  readonly arn: string
  readonly detail: CertificateDetail
  readonly tags: Readonly<Record<string, string>>
}

/** All certificates of a region, those that Amazon issued as well: they may be bound to the same load balancer. */
export async function heldBy(acm: Acm, environment: string): Promise<InstalledCertificate[]> {
  const all = await mapConcurrently(await acm.list(), CONCURRENCY, async ({ arn }): Promise<Found> => {
    const [detail, tags] = await Promise.all([acm.describe(arn), acm.tags(arn)])
    return { arn, detail, tags }
  })
  const entries = all.map(({ arn, detail, tags }) => ({
    arn,
    loadBalancer: acm.name,
    name: tags[NAME_TAG] || arn,
    id: arn,
    covers: namesOf(detail),
    notAfter: detail.NotAfter,
    managed: detail.Type === 'IMPORTED' && tags[MANAGED_TAG] === environment,
    users: detail.InUseBy ?? [],
  }))
  return entries.map(({ arn, users, ...entry }) => ({
    ...entry,
    bound: users.map((user) => {
      const others = entries.filter((other) => other.arn !== arn && other.users.includes(user))
      // A load balancer chooses among several that cover a name, in an order that ACM does not know.
      const effectiveFor = entry.covers.filter((name) => !others.some((other) => covers(other.covers, name)))
      return { listener: shortened(user), effectiveFor }
    }),
  }))
}

/** The first name stands among the others, but for certificates that have no others. */
const namesOf = ({ DomainName, SubjectAlternativeNames = [] }: CertificateDetail): string[] => {
  const names = [...SubjectAlternativeNames, ...(DomainName === undefined ? [] : [DomainName])]
  return [...new Set(names.map((name) => name.toLowerCase()))]
}

/** An ARN without what is the same for all of them: `elasticloadbalancing:loadbalancer/app/edge/50dc6c495c0c9188`. */
const shortened = (arn: string): string => {
  const [, , service = '', , , ...resource] = arn.split(':')
  return resource.length === 0 ? arn : `${service}:${resource.join(':')}`
}
