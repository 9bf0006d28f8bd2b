import { Failure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import { secretName } from '../secrets/certificate.ts'
import { encode } from '../secrets/codec.ts'
import { withEvent } from '../state/document.ts'
import { type Certificate, type CertificateSpec, IMPORTED, type KeyAlgorithm, SELF_SIGNED } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { withLease } from './lease.ts'

/**
 * Makes a certificate that was bought elsewhere pending: the run that follows, or any later one, brings it to its targets.
 * Rejects with EVENT_INVALID what is not to be imported, what does not cover the names of the configuration, and what a target
 * cannot serve.
 */
export async function importCertificate(
  spec: CertificateSpec,
  certificate: Certificate,
  deps: Dependencies,
): Promise<void> {
  const { id, names, selfSigned } = spec
  if (!spec.imported && selfSigned === undefined) {
    throw refused(`newleaf orders ${id} itself; to bring it, write \`imported: true\` under certificates.${id}`)
  }
  const uncovered = names.filter((name) => !covers(certificate.names, name))
  if (uncovered.length > 0) {
    throw refused(
      `the certificate does not cover ${uncovered.join(', ')}, which certificates.${id} names; it covers ${certificate.names.join(', ') || 'no name'}`,
    )
  }
  const { keyAlgorithm: key } = certificate
  if (key === 'other') throw refused('the key is of a kind that no load balancer takes: bring ECDSA P-256 or RSA 2048')
  if (selfSigned !== undefined && key !== spec.key)
    throw refused(`its key is ${key}, and that of ${id} is ${spec.key}: write \`key: ${key}\` under certificates.${id}`)
  await requireTaken(key, spec, deps)

  const { environment, secrets, clock } = deps
  const orderSpec = { names, key, authority: selfSigned === undefined ? IMPORTED : SELF_SIGNED, environment }
  await withLease(id, deps, async () => {
    await secrets.stage(secretName(id), encode({ kind: 'certificate', certificate, orderSpec }))
    const detail = certificate.fingerprint.slice(0, 16)
    return { value: undefined, change: (document) => withEvent(document, clock.now(), 'imported', detail) }
  })
}

/** What some target cannot serve would be pending for ever. A target that cannot be asked now does not keep anybody from importing. */
async function requireTaken(
  key: KeyAlgorithm,
  { acceptedKeys = [key], targets }: CertificateSpec,
  { balancers }: Pick<Dependencies, 'balancers'>,
): Promise<void> {
  const require = (taken: readonly KeyAlgorithm[], where: string) => {
    if (taken.includes(key)) return
    throw refused(
      `the key of the certificate is ${key}, and ${where} only ${taken.join(', ')}: bring one with such a key; nothing was changed`,
    )
  }
  require(acceptedKeys, 'its targets take')
  const seen = await Promise.allSettled(
    targets.map(async ({ balancer, listener }) => lookup(balancers, balancer).inspect(listener, undefined)),
  )
  for (const [index, view] of seen.entries())
    if (view.status === 'fulfilled') require(view.value.allowedKeys ?? [key], `${targets[index]?.name} takes`)
}

const refused = (message: string) => new Failure('EVENT_INVALID', message)
