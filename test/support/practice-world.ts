import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** A sandbox in which nobody waits longer than a test needs: a certificate is asked for again before a second has passed. */
export const startQuickWorld = ({ ca, ...options }: WorldOptions): Promise<World> =>
  startWorld({ settleMs: 40, ca: { pollSeconds: 0, ...ca }, ...options })

/** A world of its own for a test file, and clients for its vendors. */
export async function practiceWorld(options: Partial<WorldOptions> = {}) {
  const folder = practiceFolder()
  const world = await startQuickWorld({ folder: folder.path, ...options })
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
