import { join, posix } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../../errors.ts'
import { SECOND } from '../../../platform/clock.ts'
import type { BalancerDriver, DriverContext } from '../../../platform/driver.ts'
import { pathFrom } from '../../../platform/file-tree.ts'
import { removeFile } from '../../../platform/files.ts'
import { inTurns } from '../../../platform/turns.ts'
import type { LoadBalancer, Log } from '../../../ports.ts'
import type { Certificate, Deployment, PublicCertificate } from '../../../types.ts'
import { port } from '../../listener-fields.ts'
import { isShown, readCertificate, readNames, type ShownCertificate } from './answers.ts'
import { addToCrtList, type CrtList, checkCrtList } from './crt-list.ts'
import { listHeld } from './list.ts'
import { checkOwnFile, fileHolds, fingerprintIn, leftBeside, pemText, readPemFile, stageFile } from './pem-file.ts'
import { replace, takeBack } from './replace.ts'
import { createRuntimeApi, type RuntimeApi } from './runtime-api.ts'

/** Nothing that a command line of the runtime API or a path could take for something else. */
const NAME = String.raw`[\w@+=~][\w.@+=~-]*`
const relativePath = v.regex(
  new RegExp(`^${NAME}(?:/${NAME})*$`),
  'expected the path of a file, of letters, digits and ._-',
)
const anyPath = v.regex(new RegExp(`^/?${NAME}(?:/${NAME})*/?$`), 'expected a path, of letters, digits and ._-')

const options = v.strictObject({
  socket: v.pipe(
    v.string(),
    v.nonEmpty(),
    v.description('The stats socket with `level admin`: its path, or host:port on this machine.'),
  ),
  folder: v.pipe(
    v.string(),
    anyPath,
    v.transform((path) => path.replace(/\/$/, '')),
    v.description('The folder of the PEM files, as HAProxy names it in `show ssl cert`.'),
  ),
  mountedAt: v.optional(
    v.pipe(v.string(), v.nonEmpty(), v.description('Where newleaf finds that folder, if it has another path here.')),
  ),
  crtList: v.optional(
    v.pipe(
      v.string(),
      anyPath,
      v.transform((path) => path.replace(/\/$/, '')),
      v.description('A crt-list in that folder, or the folder itself: where the first certificate of a bind is added.'),
    ),
  ),
  unencrypted: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Whether private keys may cross a private network in clear text to the socket at host:port.'),
    ),
  ),
})

const address = v.pipe(v.string(), v.ip('expected an IPv4 or IPv6 address'))

const listener = v.strictObject({
  certificate: v.pipe(
    v.string(),
    relativePath,
    v.description('The PEM file, by its path in the folder of the balancer: shop.pem.'),
  ),
  addresses: v.pipe(
    v.union([address, v.pipe(v.array(address), v.nonEmpty())]),
    v.transform((given): readonly string[] => [given].flat()),
    v.description('Where its bind answers, one IP address or several: for the handshakes that verify a swap.'),
  ),
  port: v.optional(v.pipe(port, v.description('The port of that bind; 443.')), 443),
})

type HaproxyListener = v.InferOutput<typeof listener>

/** HAProxy's certificates in memory, through its runtime API, and in the PEM files that it reads when it starts. */
export const driver = {
  options,
  listener,
  identity: ['certificate'],
  supportedKeys: ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'],
  singleCertificate: true,
  async open({ socket, folder, mountedAt = folder, crtList, unencrypted = false }, context) {
    const api = createRuntimeApi({ socket, unencrypted }, context)
    const here = pathFrom(context.folder, mountedAt)
    const list = crtList === undefined ? undefined : listIn(folder, here, crtList)
    return loadBalancer(api, { folder, here, list }, context)
  },
} satisfies BalancerDriver<typeof options, typeof listener>

/** One process, and new connections get what was committed (HAProxy management guide, `commit ssl cert`). */
const AT_ONCE = { within: 10 * SECOND, handshakes: 1 } as const

interface Files {
  /** As HAProxy names it, and where it is here. */
  readonly folder: string
  readonly here: string
  readonly list: CrtList | undefined
}

function listIn(folder: string, here: string, name: string): CrtList {
  const path = posix.relative(folder, name)
  if (!path.startsWith('..')) return { name, path: join(here, path) }
  throw new Failure('CONFIG_INVALID', `the crt-list ${name} must be in the folder ${folder}, or be that folder`)
}

function loadBalancer(api: RuntimeApi, files: Files, context: DriverContext): LoadBalancer<HaproxyListener> {
  /** One change after the other: HAProxy has one transaction for everybody. */
  const inTurn = inTurns(1)
  const serves = async (at: PemLocation, shown: ShownCertificate | undefined, certificate: PublicCertificate) =>
    isShown(shown, certificate) && (await fileHolds(at.file, certificate))

  /** Memory first: HAProxy refuses there what it would refuse at its next start. What can fail on disk is done before. */
  async function bring(at: PemLocation, deployment: Deployment<Certificate>): Promise<void> {
    const staged = await stageFile(at.file, pemText(deployment))
    try {
      await replace(at.name, deployment.certificate, api, context.log)
      await staged.putInPlace()
    } finally {
      await staged.discard()
    }
    // A restart in between has read the old file.
    if (await serves(at, await shownAt(at, api), deployment.certificate)) return
    throw new Failure('DEPLOY_FAILED', `HAProxy shows another certificate as ${at.name} after it was replaced`)
  }

  return {
    async inspect(given, deployment) {
      const at = locate(given, files)
      await requireAdmin(api)
      const shown = await boundAt(at, api)
      const { endpoints } = at
      const isServed = deployment !== undefined && (await serves(at, shown, deployment.certificate))
      return { resource: `haproxy:${api.address}:${at.name}`, serves: isServed, endpoints, settles: AT_ONCE }
    },
    async swap(given, deployment) {
      const at = locate(given, files)
      await inTurn(async () => {
        await requireAdmin(api)
        await tidy(at, api, context.log, deployment)
        if (await serves(at, await boundAt(at, api), deployment.certificate)) return
        await bring(at, deployment)
      })
    },
    /** Nothing stands there by name: what is replaced is gone. What a killed run may have left beside it goes as well. */
    async deleteUnused(given, names) {
      await inTurn(() => tidy(locate(given, files), api, context.log))
      return [...names]
    },
    async attachFirst(given, deployment) {
      const at = locate(given, files)
      await inTurn(async () => {
        await requireAdmin(api)
        const shown = await shownAt(at, api)
        if (shown?.status === 'Used') throw refused(`HAProxy serves a certificate as ${at.name} already: swap that`)
        const { list } = files
        if (list === undefined) {
          throw refused(
            `HAProxy can be given ${at.name} while it runs only by a bind with a crt-list or a folder: set crtList in the ` +
              'options of this balancer, or put a self-signed certificate there and restart HAProxy',
          )
        }
        await checkOwnFile(at.file, context.environment)
        await checkCrtList(list, at.file, api)
        await tidy(at, api, context.log, deployment)
        if (shown === undefined) await api.send(`new ssl cert ${at.name}`)
        await bring(at, deployment)
        await addToCrtList(at.name, list, api)
      })
    },
    async detach() {
      return false
    },
    async list() {
      await requireAdmin(api)
      return listHeld(api, files, context.environment)
    },
  }
}

interface PemLocation extends Pick<Awaited<ReturnType<LoadBalancer['inspect']>>, 'endpoints'> {
  /** As HAProxy names it, and where it is here. */
  readonly name: string
  readonly file: string
}

function locate({ certificate, addresses, port }: HaproxyListener, { folder, here }: Files): PemLocation {
  const endpoints = addresses.map((each) => ({ address: each, port }))
  return { name: `${folder}/${certificate}`, file: join(here, certificate), endpoints }
}

/** Takes back what runs that were killed have begun, and removes what they left on disk. */
async function tidy({ name, file }: PemLocation, api: RuntimeApi, log: Log, deployment?: Deployment): Promise<void> {
  const left = await leftBeside(file)
  const texts = await Promise.all(left.map(readPemFile))
  const known = [deployment?.certificate.chainPem, ...texts].map((text = '') => fingerprintIn(text))
  const fingerprints = known.filter((each) => each !== undefined)
  if (fingerprints.length > 0) await takeBack(name, fingerprints, api, log)
  for (const path of left) await removeFile(path)
}

async function shownAt({ name }: PemLocation, api: RuntimeApi): Promise<ShownCertificate | undefined> {
  const { names } = readNames(await api.show('show ssl cert'))
  return names.includes(name) ? readCertificate(await api.show(`show ssl cert ${name}`)) : undefined
}

async function boundAt(at: PemLocation, api: RuntimeApi): Promise<ShownCertificate> {
  const shown = await shownAt(at, api)
  if (shown?.status === 'Used') return shown
  throw new Failure(
    'TARGET_MISSING',
    `no bind of HAProxy at ${api.socket} uses the certificate ${at.name}; \`show ssl cert\` lists those that are used`,
  )
}

/** Early: that the socket may only look should not be found out once a certificate was ordered. */
async function requireAdmin(api: RuntimeApi): Promise<void> {
  const level = await api.show('show cli level')
  if (level === 'admin') return
  throw new Failure(
    'DENIED',
    `the socket ${api.socket} is not allowed to change certificates: it needs \`level admin\``,
  )
}

const refused = (message: string) => new Failure('TARGET_REFUSED', message)
