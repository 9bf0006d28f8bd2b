import { addNode, addNodeBalancer, newConfig, oneOfEachKind } from './linode/objects.ts'
import type { Memory } from './memory.ts'
import { selfSigned } from './pki.ts'
import { freePort } from './ports.ts'
import { addBackend, addCertificate, addLb, lbAddresses, newFrontend } from './scaleway/objects.ts'

/** What stands in a world that nobody has touched yet. */
export const SHOP = ['shop.example', '*.shop.example'] as const
export const BLOG = ['blog.example', 'www.blog.example'] as const
/** On the same frontend as the shop, and none of our business. */
export const PARTNER = ['partner.example'] as const

const DAY = 86_400_000

export async function seed({ scaleway, linode }: Memory, addresses: readonly string[], now: Date): Promise<void> {
  const validity = (days: number) => ({
    notBefore: new Date(now.getTime() - 80 * DAY),
    notAfter: new Date(now.getTime() + days * DAY),
  })
  const [shop, partner, blog] = await Promise.all([
    selfSigned('ecdsa-p256', { names: SHOP, ...validity(10) }),
    selfSigned('ecdsa-p256', { names: PARTNER, ...validity(200) }),
    selfSigned('rsa-2048', { names: BLOG, ...validity(10) }),
  ])

  const lb = addLb(scaleway, { name: 'edge', description: 'the shop' }, addresses)
  const backend = addBackend(scaleway, lb, 'shop-servers')
  const certificates = [
    addCertificate(scaleway, lb, { name: 'placeholder', chainPem: shop.cert, privateKeyPem: shop.key }),
    addCertificate(scaleway, lb, { name: 'partner', chainPem: partner.cert, privateKeyPem: partner.key }),
  ]
  const edgePort = await freePort(0, addresses)
  const frontend = newFrontend(lb, {
    name: 'https',
    inbound_port: edgePort,
    backend: backend.id,
    timeout_client: 30_000,
    certificate_ids: certificates.map(({ id }) => id),
    connection_rate_limit: 100,
    enable_access_logs: true,
    enable_http3: false,
  })
  scaleway.frontends.push(frontend)

  const nodeBalancer = addNodeBalancer(linode, { label: 'apps' }, addresses)
  const appsPort = await portBeside(edgePort, addresses)
  const tls = { chainPem: blog.cert, privateKeyPem: blog.key }
  const config = newConfig(linode, nodeBalancer, { protocol: 'https', check: 'connection', tls }, appsPort)
  linode.configs.push(config)
  for (const [index, label] of ['blog-1', 'blog-2'].entries()) {
    addNode(linode, config, { label, address: `192.168.128.${index + 10}:80` })
  }
}

async function portBeside(other: number, addresses: readonly string[]): Promise<number> {
  const port = await freePort(0, addresses)
  return port === other ? portBeside(other, addresses) : port
}

/** The load balancers of last time at these addresses. Ports that somebody else took in the meantime are exchanged for free ones. */
export async function moveTo({ scaleway, linode }: Memory, addresses: readonly string[]): Promise<void> {
  for (const lb of scaleway.lbs) lb.addresses = lbAddresses(addresses, lb.addresses)
  for (const nodeBalancer of linode.nodeBalancers) Object.assign(nodeBalancer, oneOfEachKind(addresses))
  for (const frontend of scaleway.frontends) {
    if (frontend.certificate_ids.length > 0) frontend.inbound_port = await freePort(frontend.inbound_port, addresses)
  }
  for (const config of linode.configs) {
    if (config.tls !== undefined) config.port = await freePort(config.port, addresses)
  }
}
