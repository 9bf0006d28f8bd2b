import { randomBytes } from 'node:crypto'
import type { Folder } from './folder.ts'
import { emptyHosted, type HostedState } from './hosted-zones.ts'
import { emptyLinode, type LinodeState } from './linode/objects.ts'
import {
  type Authority,
  type AuthorityPems,
  createAuthority,
  type Identity,
  restoreAuthority,
  serverCertificate,
} from './pki.ts'
import { emptyScaleway, type ScalewayState } from './scaleway/objects.ts'

/** All that a world remembers, beside what its CA keeps for itself: plain JSON in one file. */
export interface Memory {
  readonly v: 1
  readonly tokens: {
    readonly scaleway: string
    readonly linode: string
    readonly httpreq: string
    readonly storage: string
  }
  /** Of the last start. */
  ports: { ca: number; dns: number; scaleway: number; linode: number; httpreq: number; storage: number }
  /** Signs the certificates of the CA. */
  readonly issuer: AuthorityPems
  /** Signed the certificate of the world's own https endpoints. */
  readonly house: AuthorityPems
  readonly tls: Identity
  readonly scaleway: ScalewayState
  readonly linode: LinodeState
  readonly hosted: { readonly scaleway: HostedState; readonly linode: HostedState }
}

export const MEMORY_FILE = 'world.json'

export interface Remembered {
  readonly memory: Memory
  readonly isNew: boolean
  readonly issuer: Authority
  save(): void
}

/** What was saved last, or a new and empty world. */
export async function remember(folder: Folder): Promise<Remembered> {
  const saved = folder.read(MEMORY_FILE)
  const isNew = saved === undefined || saved === ''
  const memory = isNew ? await emptyMemory() : completed(JSON.parse(saved) as Memory)
  return {
    memory,
    isNew,
    issuer: restoreAuthority(memory.issuer),
    save: () => folder.write(MEMORY_FILE, JSON.stringify(memory, undefined, 1)),
  }
}

async function emptyMemory(): Promise<Memory> {
  const [issuer, house] = await Promise.all([
    createAuthority({ name: 'Sandbox CA' }),
    createAuthority({ name: 'Sandbox House' }),
  ])
  return {
    v: 1,
    tokens: newTokens(),
    ports: NO_PORTS,
    issuer: issuer.pems,
    house: house.pems,
    tls: await serverCertificate(house),
    scaleway: emptyScaleway(),
    linode: emptyLinode(),
    hosted: { scaleway: emptyHosted(), linode: emptyHosted() },
  }
}

const NO_PORTS = { ca: 0, dns: 0, scaleway: 0, linode: 0, httpreq: 0, storage: 0 }

const newTokens = () => ({
  scaleway: newToken(),
  linode: newToken(),
  httpreq: newToken(),
  storage: newToken(),
})

/** An older sandbox had less to remember. */
const completed = (memory: Memory): Memory => ({
  ...memory,
  tokens: { ...newTokens(), ...memory.tokens },
  ports: { ...NO_PORTS, ...memory.ports },
  scaleway: { ...emptyScaleway(), ...memory.scaleway },
})

/** Easy to find, should it turn up where no token may be. */
const newToken = () => `canary-token-${randomBytes(16).toString('hex')}`
