import { isFailure, toFailure } from '../errors.ts'
import { withIssued } from '../policy/issuance-budget.ts'
import { orderSpecOf } from '../policy/order-spec.ts'
import type { Dependencies } from '../ports.ts'
import { secretName } from '../secrets/certificate.ts'
import { encode, type StoredCertificate } from '../secrets/codec.ts'
import { type CertificateSpec, SELF_SIGNED } from '../types.ts'
import { createSelfSigned } from '../x509/self-signed.ts'
import type { Ordered } from './fail-over.ts'
import type { Lease } from './lease.ts'
import { step } from './step.ts'

/**
 * In the place of an order: key and certificate are made here, and end pending in the store as what an authority has issued does.
 * Whoever is killed before that has made nothing that anybody knows of. Rejects with LOCKED alone.
 */
export async function selfSign(
  spec: CertificateSpec & Required<Pick<CertificateSpec, 'selfSigned'>>,
  lease: Lease,
  deps: Dependencies,
): Promise<Ordered> {
  const issuer = { authority: SELF_SIGNED }
  try {
    const { days } = spec.selfSigned
    const certificate = await step('key', deps, () => createSelfSigned(spec, days, deps.clock.now()))
    const stored: StoredCertificate = {
      ...{ kind: 'certificate', certificate },
      orderSpec: orderSpecOf(spec, issuer, deps.environment),
    }
    const version = await step('store', deps, async () => {
      await lease.ensureHeld()
      const staged = await deps.secrets.stage(secretName(spec.id), encode(stored))
      lease.note((document) => withIssued(document, spec.names, issuer, deps.clock.now(), certificate))
      return staged
    })
    return { chosen: { version, stored }, happened: [{ kind: 'issued', isWhole: true }] }
  } catch (thrown) {
    if (isFailure(thrown, 'LOCKED')) throw thrown
    const error = toFailure(thrown)
    return { chosen: undefined, happened: [{ kind: 'not-issued', order: 'issue', issuer, error }], error }
  }
}

/** Whether newleaf makes it by itself. */
export const isSelfSigned = (
  spec: CertificateSpec,
): spec is CertificateSpec & Required<Pick<CertificateSpec, 'selfSigned'>> => spec.selfSigned !== undefined
