import { Failure, isFailure } from '../../../errors.ts'
import { addressesOf } from '../../../platform/addresses.ts'
import { MINUTE, SECOND } from '../../../platform/clock.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import { thereAre } from '../../../platform/suggestion.ts'
import { oneByOne } from '../../../platform/turns.ts'
import type { LoadBalancer } from '../../../ports.ts'
import type { Certificate, Endpoint, KeyAlgorithm, PublicCertificate } from '../../../types.ts'
import { sendOnce } from '../../send-once.ts'
import type { Acm, CertificateDetail } from './api.ts'
import { holds } from './content.ts'
import type { AcmListener, AcmOptions } from './driver.ts'
import { finder, type Located, NAME_TAG } from './find.ts'
import { heldBy, MANAGED_TAG } from './held.ts'

/** By ACM's own words for them. */
const KEYS: Readonly<Record<string, KeyAlgorithm>> = {
  RSA_2048: 'rsa-2048',
  RSA_3072: 'rsa-3072',
  RSA_4096: 'rsa-4096',
  EC_prime256v1: 'ecdsa-p256',
  EC_secp384r1: 'ecdsa-p384',
}

/** What is imported in ACM, each certificate a listener: whatever refers to its ARN serves it. */
export function openCertificates(
  options: AcmOptions,
  context: DriverContext,
  find = addressesOf,
): LoadBalancer<AcmListener> {
  const locate = finder(options, context)
  /** One import after the other: two for the same certificate would be one too many. */
  const inTurn = oneByOne()

  return {
    async inspect({ certificate, hosts = [], port = 443 }, deployment) {
      const { acm, arn } = there(certificate, await locate(certificate))
      const key = keyOf(certificate, await acm.describe(arn))
      const [endpoints, content] = await Promise.all([
        endpointsOf(hosts, port, find),
        deployment === undefined ? '' : acm.content(arn),
      ])
      const isHeld = deployment !== undefined && holds(content, deployment.certificate)
      return { resource: arn, serves: isHeld, endpoints, allowedKeys: [key], settles: SLOWLY }
    },

    async swap({ certificate }, deployment) {
      const { acm, arn } = there(certificate, await locate(certificate))
      await inTurn(arn, async () => {
        const key = keyOf(certificate, await acm.describe(arn))
        if (holds(await acm.content(arn), deployment.certificate)) return
        if (key !== deployment.certificate.keyAlgorithm) throw otherKey(certificate, key, deployment.certificate)
        await acm.importOver(arn, deployment.certificate)
        await untilHeld(arn, deployment.certificate, acm, context)
      })
    },

    /** Nothing stands there by name: what is replaced is gone. */
    deleteUnused: async (_given, names) => [...names],

    deleteById: async ({ certificate }, id) => isDeleted(id, (await locate(certificate)).acm),

    async attachFirst({ certificate }, deployment) {
      const { acm, arn } = await locate(certificate)
      if (arn !== undefined) {
        await acm.describe(arn) // which may not be there, for all its ARN
        throw refused(`${acm.name} has the certificate ${certificate} already; renewing puts another in its place`)
      }
      const tags = { [NAME_TAG]: certificate, [MANAGED_TAG]: context.environment }
      const outcomeUnknown = await sendOnce(acm.importNew(deployment.certificate, tags))
      if (outcomeUnknown !== undefined && (await locate(certificate)).arn === undefined) throw outcomeUnknown
    },

    /** ACM hands no key out, and keeps nothing of what was replaced. */
    async detach() {
      return false
    },

    async list({ certificate }) {
      const { acm } = await locate(certificate)
      return { certificates: await heldBy(acm, context.environment) }
    },
  }
}

function there(certificate: string, { acm, arn, others = [] }: Located): { acm: Acm; arn: string } {
  if (arn !== undefined) return { acm, arn }
  throw new Failure(
    'TARGET_MISSING',
    `${acm.name} has no imported certificate whose tag ${NAME_TAG} is "${certificate}"${thereAre(certificate, others)}; correct it, or make ` +
      'one with `newleaf placeholder --only <certificate>`',
  )
}

/** The kind of its key, which it has for good. Rejects with TARGET_REFUSED when nothing of newleaf can take its place. */
function keyOf(certificate: string, { Type, KeyAlgorithm: kind }: CertificateDetail): KeyAlgorithm {
  if (Type !== 'IMPORTED') {
    throw refused(
      `the certificate ${certificate} was issued through ACM, which renews it itself; nothing can be imported in its place: ` +
        'configure one that was imported, and have the load balancer refer to that',
    )
  }
  // Answers have been seen with a hyphen, too: RSA-2048.
  const key = KEYS[String(kind).replaceAll('-', '_')]
  if (key !== undefined) return key
  throw refused(
    `the certificate ${certificate} has a key of the kind ${kind}, and ACM lets no other take its place: import a new ` +
      'one with an RSA 2048 key, and have the load balancer refer to that',
  )
}

/** Unless something uses it. */
async function isDeleted(arn: string, acm: Acm): Promise<boolean> {
  try {
    const { InUseBy = [] } = await acm.describe(arn)
    if (InUseBy.length > 0) return false
    await acm.remove(arn)
  } catch (error) {
    if (!isFailure(error, 'TARGET_MISSING')) throw error
  }
  return true
}

const otherKey = (certificate: string, key: KeyAlgorithm, { keyAlgorithm }: PublicCertificate) =>
  refused(
    `the certificate ${certificate} in ACM has an ${key} key, and ACM lets no ${keyAlgorithm} take its place; configure ` +
      `key: ${key}, or import a new certificate and have the load balancer refer to that`,
  )

async function endpointsOf(hosts: readonly string[], port: number, find: typeof addressesOf): Promise<Endpoint[]> {
  const found = hosts.map(async (host) => {
    const addresses = await find(host)
    if (addresses.length > 0) return addresses
    throw new Failure('TARGET_MISSING', `there is no host ${host}: nothing can be verified there; check hosts`)
  })
  const addresses = new Set((await Promise.all(found)).flat())
  return [...addresses].map((address) => ({ address, port }))
}

/** Many machines stand behind one name, and each of them gets the new certificate when it gets it. */
const SLOWLY = { within: 5 * MINUTE, handshakes: 4 } as const

/** What was just written may be read later than that. */
const PAUSES = [SECOND / 2, SECOND, 2 * SECOND, 4 * SECOND]

async function untilHeld(arn: string, certificate: Certificate, acm: Acm, { clock }: DriverContext): Promise<void> {
  for (const pause of [...PAUSES, undefined]) {
    if (holds(await acm.content(arn), certificate)) return
    if (pause !== undefined) await clock.sleep(pause)
  }
  throw new Failure(
    'DEPLOY_FAILED',
    `${acm.name} still shows another certificate, or another chain, at ${arn} after the import`,
  )
}

const refused = (message: string) => new Failure('TARGET_REFUSED', message)
