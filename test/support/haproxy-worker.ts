/**
 * A process of its own that swaps a certificate for ever: `node haproxy-worker.ts <file>`. The file holds the socket, the
 * folder, the listener and the versions. It prints a dot for each swap.
 */
import { readFile } from 'node:fs/promises'
import { Secret } from '../../lib/platform/secret.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { listenerAt, openDriver } from './haproxy-driver.ts'

export interface HaproxyWork {
  readonly socket: string
  readonly folder: string
  readonly port: number
  readonly versions: readonly { readonly name: string; readonly chainPem: string; readonly privateKeyPem: string }[]
}

const { socket, folder, port, versions } = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as HaproxyWork
const deployments = versions.map(({ name, chainPem, privateKeyPem }) => ({
  name,
  certificate: { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) },
}))
const balancer = await openDriver({ socket, folder }, [])
for (;;) {
  for (const deployment of deployments) {
    await balancer.swap(listenerAt('shop.pem', port), deployment)
    process.stdout.write('.')
  }
}
