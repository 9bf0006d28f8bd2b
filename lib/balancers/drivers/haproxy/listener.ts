import { join } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../../errors.ts'
import { thereAre } from '../../../platform/suggestion.ts'
import type { ListenerView } from '../../../types.ts'
import { port } from '../../listener-fields.ts'
import { readCertificate, readNames, type ShownCertificate } from './answers.ts'
import type { RuntimeApi } from './runtime-api.ts'

/** Nothing that a command line of the runtime API or a path could take for something else. */
const NAME = String.raw`[\w@+=~][\w.@+=~-]*`
const relativePath = v.regex(
  new RegExp(`^${NAME}(?:/${NAME})*$`),
  'expected the path of a file, of letters, digits and ._-',
)
export const anyPath = v.regex(new RegExp(`^/?${NAME}(?:/${NAME})*/?$`), 'expected a path, of letters, digits and ._-')

const address = v.pipe(v.string(), v.ip('expected an IPv4 or IPv6 address'))

export const listener = v.strictObject({
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

export type HaproxyListener = v.InferOutput<typeof listener>

export interface PemFolder {
  /** As HAProxy names it, and where it is here. */
  readonly folder: string
  readonly here: string
}

export interface PemLocation extends Pick<ListenerView, 'endpoints'> {
  /** As HAProxy names it, and where it is here. */
  readonly name: string
  readonly file: string
}

export function locate({ certificate, addresses, port }: HaproxyListener, { folder, here }: PemFolder): PemLocation {
  const endpoints = addresses.map((each) => ({ address: each, port }))
  return { name: `${folder}/${certificate}`, file: join(here, certificate), endpoints }
}

export async function shownAt({ name }: PemLocation, api: RuntimeApi): Promise<ShownCertificate | undefined> {
  const { names } = readNames(await api.show('show ssl cert'))
  return names.includes(name) ? readCertificate(await api.show(`show ssl cert ${name}`)) : undefined
}

export async function boundAt(at: PemLocation, api: RuntimeApi): Promise<ShownCertificate> {
  const shown = await shownAt(at, api)
  if (shown?.status === 'Used') return shown
  const others = readNames(await api.show('show ssl cert')).names.filter((name) => name !== at.name)
  throw new Failure(
    'TARGET_MISSING',
    `no bind of HAProxy at ${api.socket} uses the certificate ${at.name}${thereAre(at.name, others)}`,
  )
}

/** Early: that the socket may only look should not be found out once a certificate was ordered. */
export async function requireAdmin(api: RuntimeApi): Promise<void> {
  const level = await api.show('show cli level')
  if (level === 'admin') return
  throw new Failure(
    'DENIED',
    `the socket ${api.socket} is not allowed to change certificates: it needs \`level admin\``,
  )
}
