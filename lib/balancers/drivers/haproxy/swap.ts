import { Failure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import { removeFile } from '../../../platform/files.ts'
import type { Log } from '../../../ports.ts'
import type { Certificate, Deployment, PublicCertificate, ServedInstead } from '../../../types.ts'
import { isShown, type ShownCertificate } from './answers.ts'
import { addToCrtList, type CrtList, checkCrtList } from './crt-list.ts'
import { boundAt, type PemLocation, requireAdmin, shownAt } from './listener.ts'
import {
  checkOwnFile,
  fileHolds,
  fingerprintIn,
  leftBeside,
  nameIn,
  pemText,
  readPemFile,
  stageFile,
} from './pem-file.ts'
import { replace, takeBack } from './replace.ts'
import type { RuntimeApi } from './runtime-api.ts'

type Context = Pick<DriverContext, 'environment' | 'log'>

/** Whether HAProxy has it in memory (`shown`), and in the file that it reads when it starts. */
export const serves = async (
  at: PemLocation,
  shown: ShownCertificate | undefined,
  certificate: PublicCertificate,
): Promise<boolean> => isShown(shown, certificate) && (await fileHolds(at.file, certificate))

/** What HAProxy has in memory, by the name that newleaf has noted in its file. */
export async function servedInstead(
  { file }: PemLocation,
  { fingerprint, covers, notAfter }: ShownCertificate,
): Promise<ServedInstead[]> {
  const text = (await readPemFile(file)) ?? ''
  const name = fingerprintIn(text) === fingerprint ? nameIn(text) : undefined
  return name === undefined ? [] : [{ name, covers, notAfter }]
}

export async function swapAt(
  at: PemLocation,
  deployment: Deployment<Certificate>,
  api: RuntimeApi,
  { log }: Context,
): Promise<void> {
  await requireAdmin(api)
  await tidy(at, api, log, deployment)
  if (await serves(at, await boundAt(at, api), deployment.certificate)) return
  await bring(at, deployment, api, log)
}

/** Gives a bind its first certificate: one that reads `list`, since no other takes a certificate while HAProxy runs. */
export async function attachFirstAt(
  at: PemLocation,
  deployment: Deployment<Certificate>,
  list: CrtList | undefined,
  api: RuntimeApi,
  { environment, log }: Context,
): Promise<void> {
  await requireAdmin(api)
  const shown = await shownAt(at, api)
  if (shown?.status === 'Used') throw refused(`HAProxy serves a certificate as ${at.name} already: swap that`)
  if (list === undefined) {
    throw refused(
      `HAProxy can be given ${at.name} while it runs only by a bind with a crt-list or a folder: set crtList in the ` +
        'options of this balancer, or put a self-signed certificate there and restart HAProxy',
    )
  }
  await checkOwnFile(at.file, environment)
  await checkCrtList(list, at.file, api)
  await tidy(at, api, log, deployment)
  if (shown === undefined) await api.send(`new ssl cert ${at.name}`)
  await bring(at, deployment, api, log)
  await addToCrtList(at.name, list, api)
}

/** Memory first: HAProxy refuses there what it would refuse at its next start. What can fail on disk is done before. */
async function bring(at: PemLocation, deployment: Deployment<Certificate>, api: RuntimeApi, log: Log): Promise<void> {
  const staged = await stageFile(at.file, pemText(deployment))
  try {
    await replace(at.name, deployment.certificate, api, log)
    await staged.install()
  } finally {
    await staged.discard()
  }
  // A restart in between has read the old file.
  if (await serves(at, await shownAt(at, api), deployment.certificate)) return
  throw new Failure('DEPLOY_FAILED', `HAProxy shows another certificate as ${at.name} after it was replaced`)
}

/** Takes back what runs that were killed have begun, and removes what they left on disk. */
export async function tidy(
  { name, file }: PemLocation,
  api: RuntimeApi,
  log: Log,
  deployment?: Deployment,
): Promise<void> {
  const left = await leftBeside(file)
  const texts = await Promise.all(left.map(readPemFile))
  const known = [deployment?.certificate.chainPem, ...texts].map((text = '') => fingerprintIn(text))
  const fingerprints = known.filter((each) => each !== undefined)
  if (fingerprints.length > 0) await takeBack(name, fingerprints, api, log)
  for (const path of left) await removeFile(path)
}

const refused = (message: string) => new Failure('TARGET_REFUSED', message)
