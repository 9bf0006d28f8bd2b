import { Failure } from '../../errors.ts'
import type { DriverContext } from '../../platform/driver.ts'
import type { Certificate, Deployment } from '../../types.ts'
import type { CertificateObject, ScalewayApi } from './api.ts'
import { changedSettings, idsWith, type OwnCertificate, settingsWith } from './frontend.ts'
import type { Found } from './listener.ts'
import { untilImported, untilReady } from './ready.ts'

type Context = Pick<DriverContext, 'clock' | 'timeLeft' | 'log'>

/** Import, wait, bind, wait. What an earlier run has done of it is found and not done again. */
export async function swapAt(
  { lb, frontend }: Found,
  deployment: Deployment<Certificate>,
  api: ScalewayApi,
  context: Context,
): Promise<void> {
  await untilReady(lb, api, context)
  const known = await api.certificatesOf(lb.id)
  const versions = known.filter(({ name }) => name === deployment.name)
  const certificate =
    usable(versions, frontend.certificate_ids) ?? (await importNew(lb.id, deployment, known, versions, api))
  await untilImported(certificate, api, context)
  await untilReady(lb, api, context)
  const changed = await bind(frontend.id, ownCertificate(certificate.id, deployment), known, api, context)
  if (changed) await untilReady(lb, api, context)
}

export const ownCertificate = (id: string, { name, certificate }: Deployment): OwnCertificate => ({
  id,
  name,
  names: certificate.names,
})

/** A lost answer may have left several of one name; the one in use is preferred. */
function usable(versions: readonly CertificateObject[], bound: readonly string[]): CertificateObject | undefined {
  const good = versions.filter(({ status }) => status !== 'error')
  return good.find(({ id }) => bound.includes(id)) ?? good[0]
}

/** scw-docs, load-balancers-limitations. */
const MOST_CERTIFICATES = 200

async function importNew(
  lb: string,
  { name, certificate }: Deployment<Certificate>,
  known: readonly CertificateObject[],
  failed: readonly CertificateObject[],
  api: ScalewayApi,
): Promise<CertificateObject> {
  // What could not be imported never recovers: the content of a certificate cannot be changed.
  for (const { id } of failed) await api.deleteCertificate(id)
  const count = known.length - failed.length
  if (count >= MOST_CERTIFICATES) {
    throw new Failure(
      'TARGET_FULL',
      `the load balancer holds ${count} certificates of at most ${MOST_CERTIFICATES}; delete some that no frontend uses`,
      { fields: { count, limit: MOST_CERTIFICATES } },
    )
  }
  const pem = [certificate.privateKeyPem.reveal(), certificate.chainPem].map((part) => `${part.trim()}\n`).join('')
  return api.importCertificate(lb, name, pem)
}

/** Resolves to whether anything had to be changed. The frontend is read right before and again after. */
async function bind(
  id: string,
  own: OwnCertificate,
  known: readonly CertificateObject[],
  api: ScalewayApi,
  { log }: Context,
): Promise<boolean> {
  const before = await api.frontend(id)
  const ids = idsWith(own, { ids: before.certificate_ids, known })
  if (ids.join() === before.certificate_ids.join()) return false
  await api.updateFrontend(id, settingsWith(before, ids))
  const now = await api.frontend(id)
  if (!now.certificate_ids.includes(own.id)) {
    throw new Failure('DEPLOY_FAILED', `the frontend "${now.name}" does not have the new certificate after its update`)
  }
  const settings = changedSettings(before, now)
  if (settings.length > 0) log.warn('other settings of a frontend differ after its update', { settings })
  if (now.certificate_ids.join() !== ids.join()) {
    log.warn('a frontend holds other certificates, or in another order, than it was told', { frontend: id })
  }
  return true
}
