import { Failure } from '../../../errors.ts'
import { mapConcurrently } from '../../../platform/concurrency.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import { lazyByKey } from '../../../platform/lazy-by-key.ts'
import { openAws } from '../../../vendors/aws/client.ts'
import { type Acm, createAcm } from './api.ts'
import type { AcmOptions } from './driver.ts'

/** The tag that a person names a certificate by. */
export const NAME_TAG = 'Name'
/** Calls for one certificate each: ACM allows ten a second (user guide, quotas). */
export const CONCURRENCY = 4

/** Where a certificate is, or where it would be. */
export interface Located {
  readonly acm: Acm
  /** Undefined: there is none of that name. */
  readonly arn: string | undefined
  /** The names of those that there are, where there is none of that name. */
  readonly others?: readonly string[]
}

/** Finds certificates by ARN, in the region that it names, and by name, in that of the options. */
export function finder(options: AcmOptions, context: DriverContext): (certificate: string) => Promise<Located> {
  const regions = lazyByKey<Acm>()
  /** By name: what it stands for never changes. */
  const known = new Map<string, string>()

  const acmIn = (region: string | undefined): Promise<Acm> =>
    regions(region ?? '', async () => createAcm(await openAws({ ...options, region }, context)))

  return async (certificate) => {
    if (certificate.startsWith('arn:')) return { acm: await acmIn(certificate.split(':')[3]), arn: certificate }
    const acm = await acmIn(options.region)
    const found = known.get(certificate)
    if (found !== undefined) return { acm, arn: found }
    const named = await arnsByName(acm)
    for (const [name, [arn, ...more]] of named) if (arn !== undefined && more.length === 0) known.set(name, arn)
    const [arn, ...more] = named.get(certificate) ?? []
    if (more.length > 0) throw ambiguous(certificate, acm)
    return arn === undefined ? { acm, arn, others: [...named.keys()] } : { acm, arn }
  }
}

/** Only of those that were imported: nothing else can be replaced. */
async function arnsByName(acm: Acm): Promise<Map<string, string[]>> {
  const imported = (await acm.list()).filter(({ imported }) => imported)
  const tags = await mapConcurrently(imported, CONCURRENCY, ({ arn }) => acm.tags(arn))
  const named = new Map<string, string[]>()
  for (const [index, { arn }] of imported.entries()) {
    const name = tags[index]?.[NAME_TAG]
    if (name !== undefined) named.set(name, [...(named.get(name) ?? []), arn])
  }
  return named
}

const ambiguous = (name: string, acm: Acm) =>
  new Failure(
    'TARGET_REFUSED',
    `${acm.name} has more than one imported certificate whose tag ${NAME_TAG} is "${name}"; configure the ARN of the one that is meant`,
  )
