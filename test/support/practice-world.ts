import { mkdtempSync, rmSync } from 'node:fs'
import { Agent as HttpsAgent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as linode from '@linode/api-v4'
import { createAdvancedClient, withHTTPClient, withProfile } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { Agent, request } from 'undici'
import { handshake } from '../../sandbox/handshake.ts'
import {
  type Authority,
  type IssuedCertificate,
  type KeyKind,
  newKeyPair,
  restoreAuthority,
} from '../../sandbox/pki.ts'
import { type Site, startWorld, type World, type WorldOptions } from '../../sandbox/world.ts'

/** A folder under the system's own for temporary files; `remove` forgets it. */
export function practiceFolder() {
  const path = mkdtempSync(join(tmpdir(), 'newleaf-world-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A world of its own for a test file, and clients for its vendors. */
export async function practiceWorld(options: Partial<WorldOptions> = {}) {
  const folder = practiceFolder()
  const world = await startWorld({ folder: folder.path, settleMs: 40, ...options })
  const scaleway = rawClient(world.scaleway.port, world, { 'x-auth-token': world.memory.tokens.scaleway })
  const linodeRaw = rawClient(world.linode.port, world, { authorization: `Bearer ${world.memory.tokens.linode}` })
  return {
    world,
    folder: folder.path,
    scaleway,
    linode: linodeRaw,
    issuer: restoreAuthority(world.memory.issuer),
    async close() {
      await Promise.all([scaleway.close(), linodeRaw.close()])
      await world.close()
      folder.remove()
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API said; the tests say what they expect
  readonly body: any
}

/** Plain JSON over https, with these headers unless a call has its own. */
export function rawClient(port: number, { memory }: Pick<World, 'memory'>, auth: Readonly<Record<string, string>>) {
  const agent = new Agent({ connect: { ca: memory.house.rootPem } })
  async function call(method: string, path: string, body?: unknown, headers = auth): Promise<Answer> {
    const answer = await request(`https://localhost:${port}${path}`, {
      dispatcher: agent,
      method: method as 'GET',
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await answer.body.text()
    const isJson = text !== '' && answer.headers['content-type'] === 'application/json'
    return { status: answer.statusCode, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
  }
  return { call, close: () => agent.destroy() }
}

/** The official client. It takes a UUID for a key, so that the token is set beneath it. */
export function officialScaleway({ scaleway, memory }: World) {
  const agent = new Agent({ connect: { ca: memory.house.rootPem } })
  const httpClient = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const asked = new Request(input, init)
    const { statusCode, headers, body } = await request(asked.url, {
      dispatcher: agent,
      method: asked.method as 'GET',
      headers: { ...Object.fromEntries(asked.headers), 'x-auth-token': memory.tokens.scaleway },
      body: asked.body === null ? null : await asked.text(),
    })
    const type = String(headers['content-type'])
    return new Response(statusCode === 204 ? null : await body.text(), {
      status: statusCode,
      headers: { 'content-type': type },
    })
  }
  const client = createAdvancedClient(
    withProfile({ apiURL: `https://localhost:${scaleway.port}`, defaultZone: 'fr-par-1' }),
    withHTTPClient(httpClient),
  )
  return { api: new Lbv1.ZonedAPI(client), close: () => agent.destroy() }
}

/** What the tests use of the official client; its type declarations cannot be resolved by name. */
interface OfficialLinode {
  readonly baseRequest: {
    interceptors: {
      request: {
        use(change: (config: Record<string, unknown>) => Record<string, unknown>): number
        eject(id: number): void
      }
    }
  }
  getNodeBalancers(parameters: object, filter: object): Promise<Answer['body']>
  getNodeBalancerConfigs(nodeBalancer: number): Promise<Answer['body']>
  getNodeBalancerConfigNodes(nodeBalancer: number, config: number): Promise<Answer['body']>
  updateNodeBalancerConfig(nodeBalancer: number, config: number, data: object): Promise<Answer['body']>
  getDomains(parameters: object, filter: object): Promise<Answer['body']>
  getDomainRecords(domain: number, parameters: object, filter: object): Promise<Answer['body']>
  createDomainRecord(domain: number, data: object): Promise<Answer['body']>
  deleteDomainRecord(domain: number, record: number): Promise<Answer['body']>
}

/** The official client, led to this world until `close`. */
export function officialLinode({ linode: { port }, memory }: World) {
  const api = linode as unknown as OfficialLinode
  const httpsAgent = new HttpsAgent({ ca: memory.house.rootPem })
  const { request: interceptors } = api.baseRequest.interceptors
  const id = interceptors.use((config) => {
    const headers = config.headers as { set(name: string, value: string): void }
    headers.set('Authorization', `Bearer ${memory.tokens.linode}`)
    const url = String(config.url).replace(/^https:\/\/api\.linode\.com/, `https://localhost:${port}`)
    return { ...config, url, httpsAgent }
  })
  return {
    api,
    close() {
      interceptors.eject(id)
      httpsAgent.destroy()
    },
  }
}

const DAY = 86_400_000

export interface Issued extends IssuedCertificate {
  readonly privateKeyPem: string
}

/** A certificate from an authority, with its key. */
export async function issue(
  authority: Authority,
  kind: KeyKind,
  names: readonly string[],
  { days = 90, since = 1 }: { days?: number; since?: number } = {},
): Promise<Issued> {
  const { privateKeyPem, publicKey } = await newKeyPair(kind)
  const now = Date.now()
  const notBefore = new Date(now - since * DAY)
  const issued = await authority.issue({ publicKey, names, notBefore, notAfter: new Date(now + days * DAY) })
  return { ...issued, privateKeyPem }
}

/** The fingerprint that clients see for this name, at each address of the site. */
export async function seenAt(site: Site, name: string): Promise<string[]> {
  const { addresses, port } = site.listener()
  const seen = await Promise.all(addresses.map((address) => handshake({ address, port }, name)))
  return seen.map(({ leaf }) => leaf.fingerprint256.replaceAll(':', '').toLowerCase())
}
