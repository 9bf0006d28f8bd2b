import { readFile } from 'node:fs/promises'
import type * as v from 'valibot'
import type { driver } from '../../lib/balancers/drivers/haproxy/driver.ts'
import { certificateName } from '../../lib/balancers/names.ts'
import type { LogRecord } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import type { KeyKind } from '../../sandbox/pki.ts'
import type { BalancerPractice, BalancerShape } from './balancer-contract.ts'
import { type Haproxy, type HaproxyOptions, SHOP, startHaproxy } from './haproxy.ts'
import { ADDRESSES, listenerAt, openDriver } from './haproxy-driver.ts'
import { issue } from './practice-world.ts'

export const shape: BalancerShape = {
  replaces: 'content',
  bare: true,
  tells: { names: false, end: true, ours: true },
  wire: true,
}

export interface HaproxyPractice extends BalancerPractice {
  readonly haproxy: Haproxy
  /** The driver again, with other options. */
  openWith(options: Partial<v.InferInput<typeof driver.options>>): Promise<LoadBalancer>
  /** Of the run, in milliseconds. */
  timeLeft: number
}

export async function versionOf(
  { authority }: Pick<Haproxy, 'authority'>,
  kind: KeyKind,
  id = 'shop',
  names: readonly string[] = SHOP,
): Promise<Deployment<Certificate>> {
  const { chainPem, privateKeyPem } = await issue(authority, kind, names)
  const certificate = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
  return { name: certificateName('test', id, certificate.fingerprint), certificate }
}

/** HAProxy with a bind for the shop, which serves a certificate that newleaf did not make, and with one for nobody yet. */
export async function practiceHaproxy(
  program: string,
  kind: KeyKind,
  more: Pick<HaproxyOptions, 'global' | 'whole'> = {},
): Promise<HaproxyPractice> {
  const haproxy = await startHaproxy({ program, kind, ...more })
  const { folder, port, barePort, sockets, tapped } = haproxy
  const log: LogRecord[] = []
  const given = { socket: tapped, folder, crtList: `${folder}/bare.txt` }
  const openWith: HaproxyPractice['openWith'] = (options) =>
    openDriver({ ...given, ...options }, log, () => self.timeLeft)
  const changing = (command: string) => !command.startsWith('show ')
  const self: HaproxyPractice = {
    haproxy,
    openWith,
    timeLeft: 60_000,
    balancer: await openDriver(given, log, () => self.timeLeft),
    listener: listenerAt('shop.pem', port),
    aliases: [],
    seenElsewhere: [listenerAt('shop.pem', barePort)],
    nowhere: [listenerAt('nowhere/shop.pem', port)],
    foreign: [`${folder}/partner.pem`],
    bare: async () => listenerAt('bare.pem', barePort),
    version: (id, names) => versionOf(haproxy, kind, id, names),
    ours: [`${folder}/shop.pem`],
    async untouched() {
      const files = await Promise.all(['partner.pem', 'shop.txt'].map((name) => readFile(`${folder}/${name}`, 'utf8')))
      const asks = [
        'show ssl crt-list',
        `show ssl crt-list -n ${folder}/shop.txt`,
        `show ssl cert ${folder}/partner.pem`,
      ]
      return [files, await Promise.all(asks.map((command) => haproxy.ask(command)))]
    },
    objects: async () => [],
    changes: () => haproxy.commands.filter(changing).length,
    wire: { endpoints: ADDRESSES.map((address) => ({ address, port })), root: haproxy.authority.rootPem },
    loseAnswer() {
      haproxy.fate = (command) => {
        if (!changing(command)) return 'done'
        haproxy.fate = () => 'done'
        return 'lost'
      }
    },
    outage() {
      haproxy.fate = (command) => (changing(command) ? 'refused' : 'done')
      return () => {
        haproxy.fate = () => 'done'
      }
    },
    denied: () => Promise.all([sockets.operator, sockets.user].map((socket) => openWith({ socket }))),
    logged: () => JSON.stringify(log),
    close: () => haproxy.close(),
  }
  return self
}
