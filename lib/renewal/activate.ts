import { certificateName } from '../balancers/names.ts'
import { isFailure } from '../errors.ts'
import { withoutRejection } from '../policy/rejected.ts'
import type { Dependencies } from '../ports.ts'
import { type Staged, type Stages, secretName } from '../secrets/certificate.ts'
import { encode, type StoredCertificate } from '../secrets/codec.ts'
import { factsOf } from '../x509/facts.ts'
import { withSuperseded } from './collect.ts'
import type { Lease } from './lease.ts'
import { step } from './step.ts'

/**
 * Makes a certificate the current one. It and what is superseded are noted first, and that what was rejected before it is of no interest
 * any more: a run that ends in between must not leave an object behind that nobody looks for, nor a word about a
 * certificate that nobody brings to a target.
 */
export async function activate(
  id: string,
  chosen: Staged<StoredCertificate>,
  { live, pending, current }: Stages,
  lease: Lease,
  deps: Dependencies,
): Promise<void> {
  const nameOf = ({ stored }: Staged<StoredCertificate>) =>
    certificateName(deps.environment, id, stored.certificate.fingerprint)
  const names = { staying: nameOf(chosen), leaving: current && nameOf(current) }
  const isNew = names.staying !== names.leaving
  const { certificate, orderSpec } = chosen.stored
  const noted = { ...factsOf(certificate), authority: orderSpec.authority }
  await lease.save((document) => {
    const next = isNew ? { ...withoutRejection(document), current: noted } : document
    return withSuperseded(next, names, deps.clock.now())
  })
  // A run that was overtaken may have staged once more what is current: activating it again takes it off.
  if (chosen.version === live && chosen.version !== pending?.version) return
  await step('activate', deps, async () => {
    const secret = secretName(id)
    try {
      await deps.secrets.activate(secret, chosen.version, live)
    } catch (error) {
      if (!isFailure(error, 'SECRET_CONFLICT')) throw error
      // A run that was frozen may have staged its key over it; what is ours is staged again, and is the same version.
      await lease.save((document) => document)
      await deps.secrets.stage(secret, encode(chosen.stored))
      await deps.secrets.activate(secret, chosen.version, live)
    }
  })
}
