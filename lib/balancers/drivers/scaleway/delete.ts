import { isFailure, toFailure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import { isManaged } from '../../names.ts'
import type { CertificateObject, ScalewayApi } from './api.ts'
import { isImported } from './held.ts'

type Context = Pick<DriverContext, 'environment' | 'log'>

/** Deletes what is ours by name and in use at no frontend. Resolves to the names of which nothing is left. */
export async function deleteUnusedAt(
  lb: string,
  names: readonly string[],
  api: ScalewayApi,
  { environment, log }: Context,
): Promise<string[]> {
  const frontends = await api.frontendsOf(lb)
  const certificates = await api.certificatesOf(lb)
  const inUse = new Set(frontends.flatMap(({ certificate_ids }) => certificate_ids))
  const isGone = async (each: CertificateObject) => !inUse.has(each.id) && (await isDeleted(each, api, { log }))
  const gone: string[] = []
  for (const name of names.filter((each) => isManaged(each, environment))) {
    const left: CertificateObject[] = []
    for (const each of certificates.filter((one) => one.name === name && isImported(one))) {
      if (!(await isGone(each))) left.push(each)
    }
    if (left.length === 0) gone.push(name)
  }
  return gone
}

/** Deletes one certificate, whoever has put it there, unless a frontend of this load balancer uses it. Resolves to whether it is gone. */
export async function deleteByIdAt(lb: string, id: string, api: ScalewayApi): Promise<boolean> {
  const frontends = await api.frontendsOf(lb)
  if (frontends.some(({ certificate_ids }) => certificate_ids.includes(id))) return false
  try {
    await api.deleteCertificate(id)
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
  }
  return true
}

/** Resolves to whether it is gone. The status of "in use" is documented nowhere: whatever the refusal, a certificate can wait. */
export async function isDeleted(
  { id, name }: Pick<CertificateObject, 'id' | 'name'>,
  api: ScalewayApi,
  { log }: Pick<Context, 'log'>,
): Promise<boolean> {
  try {
    await api.deleteCertificate(id)
    return true
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return true
    if (!isFailure(error, 'REJECTED', 'CONFLICT', 'DENIED', 'TARGET_BUSY')) throw error
    log.warn('a superseded certificate was not deleted', { name, code: error.code, reason: error.message })
    return false
  }
}

/** Removes what could not be taken. What hinders that is told and no more: the next swap removes it. */
export async function discard(
  object: CertificateObject,
  api: ScalewayApi,
  { log }: Pick<Context, 'log'>,
): Promise<void> {
  try {
    await isDeleted(object, api, { log })
  } catch (error) {
    const { code, message } = toFailure(error)
    log.warn('a certificate that could not be imported is still there', { name: object.name, code, reason: message })
  }
}
