/** The driver `aws-acm`, opened at any server that speaks like ACM, and certificates for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { type AcmOptions, driver } from '../../lib/balancers/drivers/aws-acm/driver.ts'
import { certificateName } from '../../lib/balancers/names.ts'
import { forAnyListener } from '../../lib/balancers/open.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Deployment, Listener } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { type Authority, type KeyKind, type KeyPair, newKeyPair } from '../../sandbox/pki.ts'
import { REGION } from './cloudformation.ts'
import { contextOver } from './driver-context.ts'

const DAY = 86_400_000
export const SHOP = ['shop.example', '*.shop.example']

/** Making an RSA key takes longer than the rest of a test: all versions of a kind have the same one. */
const keys = new Map<KeyKind, Promise<KeyPair>>()
function keyOf(kind: KeyKind): Promise<KeyPair> {
  const key = keys.get(kind) ?? newKeyPair(kind)
  keys.set(kind, key)
  return key
}

/** Moto reads no certificate without a common name. */
export async function version(
  authority: Authority,
  kind: KeyKind = 'rsa-2048',
  names: readonly string[] = SHOP,
): Promise<Deployment<Certificate>> {
  const { privateKeyPem, publicKey } = await keyOf(kind)
  const { chainPem } = await authority.issue({
    publicKey,
    names,
    commonName: names[0] ?? '',
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 89 * DAY),
  })
  const certificate = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
  return { name: certificateName('test', 'shop', certificate.fingerprint), certificate }
}

export interface Site {
  /** What the driver is opened with. */
  given(options?: object, context?: Partial<DriverContext>): [AcmOptions, DriverContext]
  open(options?: object, context?: Partial<DriverContext>): Promise<LoadBalancer>
  remove(): Promise<void>
}

export async function siteAt({ endpoint }: { endpoint: string }, caCertificate: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-acm-'))
  await writeFile(join(folder, 'ca.pem'), caCertificate)
  const usual = { endpoint, caCertificate: 'ca.pem', region: REGION }
  const noHttp = { send: () => Promise.reject(new Error('no other HTTP is spoken')), close: async () => {} }
  const given: Site['given'] = (options = {}, context = {}) => [
    v.parse(driver.options, { ...usual, ...options }),
    { ...contextOver(noHttp, '').context, folder, ...context },
  ]
  return {
    given,
    open: async (...more) => forAnyListener(driver.listener, await driver.open(...given(...more))),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** As the configuration gives it to the driver. */
export const listenerOf = (fields: object): Listener => v.parse(driver.listener, fields) as Listener
