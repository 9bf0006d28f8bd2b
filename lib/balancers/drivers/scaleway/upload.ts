import { Failure, isFailure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import type { Certificate, Deployment, PublicCertificate, Quota } from '../../../types.ts'
import { sendOnce } from '../../send-once.ts'
import type { CertificateObject, ScalewayApi } from './api.ts'
import { isDeleted } from './delete.ts'
import { evictable } from './evictable.ts'
import { endOf, isImported } from './held.ts'

type Context = Pick<DriverContext, 'environment' | 'log'>

/** scw-docs, load-balancers-limitations. */
export const MOST_CERTIFICATES = 200

/** Objects that hold this certificate: the API shows no fingerprint of them, so that name and end must do. */
export const versionsOf = ({ name, certificate }: Deployment, known: readonly CertificateObject[]) =>
  known.filter((each) => each.name === name && isImported(each) && isThis(certificate, each))

/** The same to the second, which is all that a certificate tells; true as long as the API shows none. */
const isThis = ({ notAfter }: PublicCertificate, object: CertificateObject): boolean => {
  const shown = endOf(object)
  return shown === undefined || Math.floor(shown.getTime() / 1_000) === Math.floor(notAfter.getTime() / 1_000)
}

/** A load balancer by its id, and what it holds, the oldest first. */
export interface LoadBalancerContent {
  readonly lb: string
  /** `upload` keeps it up to date. */
  known: readonly CertificateObject[]
  /** Names of objects that must stay. */
  readonly keep: readonly string[]
}

/** How many certificates it holds, and how many more it takes once those of ours have gone that may go. */
export async function quotaOf(
  { lb, known, keep }: LoadBalancerContent,
  api: ScalewayApi,
  { environment }: Pick<Context, 'environment'>,
): Promise<Quota> {
  const [held, limit] = [known.length, MOST_CERTIFICATES]
  if (held < limit) return { held, limit, room: limit - held }
  const spare = evictable(known, await api.frontendsOf(lb), keep, environment).length
  return { held, limit, room: Math.max(0, limit - held + spare) }
}

/** Imports a certificate. Where the load balancer is full, the oldest of ours that nobody needs go first. */
export async function upload(
  deployment: Deployment<Certificate>,
  content: LoadBalancerContent,
  api: ScalewayApi,
  context: Context,
): Promise<CertificateObject> {
  const { lb, keep } = content
  const isGone = async (object: CertificateObject): Promise<boolean> => {
    if (!(await isDeleted(object, api, context))) return false
    content.known = content.known.filter(({ id }) => id !== object.id)
    return true
  }
  // What could not be taken never recovers: the content of a certificate cannot be changed.
  const failed = versionsOf(deployment, content.known).filter(({ status }) => status === 'error')
  for (const each of failed) await isGone(each)
  let candidates: CertificateObject[] | undefined
  const evict = async (): Promise<boolean> => {
    const others = content.known.filter(({ name }) => name !== deployment.name)
    candidates ??= evictable(others, await api.frontendsOf(lb), keep, context.environment)
    for (let next = candidates.shift(); next !== undefined; next = candidates.shift()) {
      if (!(await isGone(next))) continue
      context.log.info('a superseded certificate was deleted to make room', { name: next.name })
      return true
    }
    return false
  }
  for (;;) {
    try {
      if (content.known.length >= MOST_CERTIFICATES) throw full(content.known.length)
      const object = await imported(lb, deployment, api)
      content.known = [...content.known, object]
      return object
    } catch (error) {
      // The API may have a lower limit.
      if (!isFailure(error, 'TARGET_FULL') || !(await evict())) throw error
    }
  }
}

async function imported(lb: string, deployment: Deployment<Certificate>, api: ScalewayApi): Promise<CertificateObject> {
  const { name, certificate } = deployment
  const pem = [certificate.privateKeyPem.reveal(), certificate.chainPem].map((part) => `${part.trim()}\n`).join('')
  const answer = api.importCertificate(lb, name, pem)
  const outcomeUnknown = await sendOnce(answer)
  const object = outcomeUnknown ? versionsOf(deployment, await api.certificatesOf(lb))[0] : await answer
  if (object === undefined) throw outcomeUnknown
  if (isThis(certificate, object)) return object
  throw new Failure('DEPLOY_FAILED', `Scaleway shows another end of the certificate ${name} than it was sent`)
}

const full = (count: number) =>
  new Failure(
    'TARGET_FULL',
    `the load balancer holds ${count} certificates of at most ${MOST_CERTIFICATES}, and none of newleaf's can be spared; ` +
      'delete some that no frontend uses',
    { fields: { count, limit: MOST_CERTIFICATES } },
  )
