import { join, posix } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../../errors.ts'
import { SECOND } from '../../../platform/clock.ts'
import type { BalancerDriver, DriverContext } from '../../../platform/driver.ts'
import { pathFrom } from '../../../platform/file-tree.ts'
import { inTurns } from '../../../platform/turns.ts'
import type { LoadBalancer } from '../../../ports.ts'
import type { CrtList } from './crt-list.ts'
import { listHeld } from './list.ts'
import { anyPath, boundAt, type HaproxyListener, listener, locate, type PemFolder, requireAdmin } from './listener.ts'
import { checkReplaceable } from './pem-file.ts'
import { createRuntimeApi, type RuntimeApi } from './runtime-api.ts'
import { attachFirstAt, servedInstead, serves, swapAt, tidy } from './swap.ts'

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
    return loadBalancer(api, { folder, here }, list, context)
  },
} satisfies BalancerDriver<typeof options, typeof listener>

/** One process, and new connections get what was committed (HAProxy management guide, `commit ssl cert`). */
const AT_ONCE = { within: 10 * SECOND, handshakes: 1 } as const

function listIn(folder: string, here: string, name: string): CrtList {
  const path = posix.relative(folder, name)
  if (!path.startsWith('..')) return { name, path: join(here, path) }
  throw new Failure('CONFIG_INVALID', `the crt-list ${name} must be in the folder ${folder}, or be that folder`)
}

function loadBalancer(
  api: RuntimeApi,
  folder: PemFolder,
  list: CrtList | undefined,
  context: DriverContext,
): LoadBalancer<HaproxyListener> {
  /** One change after the other: HAProxy has one transaction for everybody. */
  const inTurn = inTurns(1)
  return {
    async inspect(given, deployment) {
      const at = locate(given, folder)
      await requireAdmin(api)
      const shown = await boundAt(at, api)
      await checkReplaceable(at.file)
      const { endpoints } = at
      const isServed = deployment !== undefined && (await serves(at, shown, deployment.certificate))
      const seen = { resource: `haproxy:${api.address}:${at.name}`, endpoints, settles: AT_ONCE }
      if (isServed || deployment === undefined) return { ...seen, serves: isServed }
      return { ...seen, serves: false, instead: await servedInstead(at, shown) }
    },
    async swap(given, deployment) {
      await inTurn(() => swapAt(locate(given, folder), deployment, api, context))
    },
    /** Nothing stands there by name: what is replaced is gone. What a killed run may have left beside it goes as well. */
    async deleteUnused(given, names) {
      await inTurn(() => tidy(locate(given, folder), api, context.log))
      return [...names]
    },
    /** What it holds is read from files of its machine, which are not all newleaf's to remove. */
    async deleteById() {
      throw new Failure('TARGET_REFUSED', 'newleaf deletes no certificate of HAProxy; its file would bring it back')
    },
    async attachFirst(given, deployment) {
      await inTurn(() => attachFirstAt(locate(given, folder), deployment, list, api, context))
    },
    async detach() {
      return false
    },
    async list() {
      await requireAdmin(api)
      return { certificates: await listHeld(api, folder, context.environment) }
    },
  }
}
