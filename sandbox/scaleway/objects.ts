import { randomUUID } from 'node:crypto'
import type { KeptSecret } from './secrets.ts'

/** What the Scaleway side of the world remembers: plain JSON, in the vendor's own words. */
export interface ScalewayState {
  readonly project: string
  lbs: Lb[]
  backends: Backend[]
  frontends: Frontend[]
  certificates: StoredCertificate[]
  secrets: KeptSecret[]
}

export interface LbAddress {
  readonly id: string
  readonly address: string
}

export interface Lb {
  readonly id: string
  readonly zone: string
  name: string
  description: string
  tags: string[]
  addresses: readonly LbAddress[]
  readonly instance: string
  readonly created_at: string
  updated_at: string
}

export interface Backend {
  readonly id: string
  readonly lb: string
  readonly name: string
  readonly forward_port: number
  readonly created_at: string
}

export interface Frontend {
  readonly id: string
  readonly lb: string
  readonly created_at: string
  updated_at: string
  name: string
  inbound_port: number
  backend: string
  /** Milliseconds. */
  timeout_client: number | null
  certificate_ids: string[]
  connection_rate_limit: number | null
  enable_access_logs: boolean
  enable_http3: boolean
}

export interface StoredCertificate {
  readonly id: string
  readonly lb: string
  name: string
  readonly chainPem: string
  readonly privateKeyPem: string
  readonly created_at: string
  updated_at: string
}

export const emptyScaleway = (): ScalewayState => ({
  project: randomUUID(),
  lbs: [],
  backends: [],
  frontends: [],
  certificates: [],
  secrets: [],
})

const stamps = () => {
  const now = new Date().toISOString()
  return { created_at: now, updated_at: now }
}

export interface LbFields {
  readonly name: string
  readonly zone?: string
  readonly description?: string
  readonly tags?: readonly string[]
}

/** Those that it had before keep their ids. */
export const lbAddresses = (addresses: readonly string[], before: readonly LbAddress[] = []): LbAddress[] =>
  addresses.map((address) => before.find((each) => each.address === address) ?? { id: randomUUID(), address })

export function addLb(state: ScalewayState, fields: LbFields, addresses: readonly string[]): Lb {
  const { name, zone = 'fr-par-1', description = '', tags = [] } = fields
  const lb: Lb = {
    id: randomUUID(),
    zone,
    name,
    description,
    tags: [...tags],
    addresses: lbAddresses(addresses),
    instance: randomUUID(),
    ...stamps(),
  }
  state.lbs.push(lb)
  return lb
}

export function addBackend(state: ScalewayState, lb: Lb, name: string, forward_port = 80): Backend {
  const backend = { id: randomUUID(), lb: lb.id, name, forward_port, created_at: stamps().created_at }
  state.backends.push(backend)
  return backend
}

export type FrontendFields = Omit<Frontend, 'id' | 'lb' | 'created_at' | 'updated_at'>

export const newFrontend = (lb: Lb, fields: FrontendFields): Frontend => ({
  id: randomUUID(),
  lb: lb.id,
  ...stamps(),
  ...fields,
})

export function addCertificate(
  state: ScalewayState,
  lb: Lb,
  fields: Pick<StoredCertificate, 'name' | 'chainPem' | 'privateKeyPem'>,
): StoredCertificate {
  const certificate: StoredCertificate = { id: randomUUID(), lb: lb.id, ...fields, ...stamps() }
  state.certificates.push(certificate)
  return certificate
}
