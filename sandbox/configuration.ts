import { BLOG, SHOP } from './seed.ts'

export interface Whereabouts {
  readonly directoryUrl: string
  readonly dnsPort: number
  readonly scalewayPort: number
  readonly linodePort: number
  /** Of the NodeBalancer. */
  readonly appsPort: number
  readonly storagePort: number
  /** Of the secrets. */
  readonly project: string
  readonly bucket: string
}

export const SCALEWAY_TOKEN = 'NEWLEAF_SANDBOX_SCALEWAY_TOKEN'
export const LINODE_TOKEN = 'NEWLEAF_SANDBOX_LINODE_TOKEN'
export const HTTPREQ_PASSWORD = 'NEWLEAF_SANDBOX_HTTPREQ_PASSWORD'
export const STORAGE_ID = 'NEWLEAF_SANDBOX_STORAGE_ID'
export const STORAGE_SECRET = 'NEWLEAF_SANDBOX_STORAGE_SECRET'

const quoted = (names: readonly string[]) => names.map((name) => (name.startsWith('*') ? `'${name}'` : name)).join(', ')

/** Where newleaf keeps its secrets and its state: in the folder, or as a function at Scaleway would. */
export const STORES = {
  files: () => `\
environment: sandbox
secrets: { use: file, options: { folder: newleaf/secrets, masterKey: master.key } }
state: { use: file, options: { folder: newleaf/state } }
`,
  scaleway: (at) => `\
environment: cloud
secrets:
  use: scaleway-secret-manager
  options:
    region: fr-par
    projectId: ${at.project}
    token: env:${SCALEWAY_TOKEN}
    endpoint: ${scaleway(at)}
    caCertificate: ca.pem
state:
  use: s3
  options:
    bucket: ${at.bucket}
    region: fr-par
    endpoint: https://localhost:${at.storagePort}
    caCertificate: ca.pem
    forcePathStyle: true
    accessKeyId: env:${STORAGE_ID}
    secretAccessKey: env:${STORAGE_SECRET}
`,
} as const satisfies Record<string, (at: Whereabouts) => string>

/** A configuration for newleaf that fits this world. */
export const configurationFor = (at: Whereabouts, stores: keyof typeof STORES): string => `\
# The sandbox wrote this file once; only port numbers are kept up to date. Change the rest as you like.
${STORES[stores](at)}acme:
  authorities:
    sandbox: { directory: ${at.directoryUrl}, email: ops@shop.example, agreeToTerms: true, caCertificate: ca.pem }
dns:
  resolvers: ['127.0.0.1:${at.dnsPort}']
  nameservers: ['127.0.0.1:${at.dnsPort}']
  main:
    use: scaleway
    zones: [shop.example]
    options: { token: env:${SCALEWAY_TOKEN}, endpoint: ${scaleway(at)}, caCertificate: ca.pem }
  edge:
    use: linode
    zones: [blog.example]
    options: { token: env:${LINODE_TOKEN}, endpoint: ${linode(at)}, caCertificate: ca.pem }
balancers:
  fr:
    use: scaleway
    options: { zone: fr-par-1, token: env:${SCALEWAY_TOKEN}, endpoint: ${scaleway(at)}, caCertificate: ca.pem }
  us:
    use: linode
    options: { token: env:${LINODE_TOKEN}, endpoint: ${linode(at)}, caCertificate: ca.pem }
certificates:
  shop:
    names: [${quoted(SHOP)}]
    deploy:
      - { balancer: fr, loadBalancer: edge, frontend: https }
  blog:
    names: [${quoted(BLOG)}]
    deploy:
      - { balancer: us, nodeBalancer: apps, port: ${at.appsPort} }
`

const scaleway = ({ scalewayPort }: Whereabouts) => `https://localhost:${scalewayPort}`
const linode = ({ linodePort }: Whereabouts) => `https://localhost:${linodePort}`

/** A port that moved is replaced wherever it stands. */
export function withPorts(text: string, moved: ReadonlyMap<number, number>): string {
  return text.replace(/(?<=:\s*)\d{2,5}\b/g, (port) => String(moved.get(Number(port)) ?? port))
}
