import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Secret } from '../../../lib/platform/secret.ts'
import { decode } from '../../../lib/secrets/codec.ts'
import { credentialsKey } from '../../../lib/state/credentials.ts'
import { documentKey, parseDocument } from '../../../lib/state/document.ts'
import { markerKey } from '../../../lib/state/schedule.ts'
import type { CertificateFacts } from '../../../lib/types.ts'
import { publicCertificate } from '../../../lib/x509/certificate.ts'
import { concrete } from '../../../sandbox/prober.ts'
import type { Site, World } from '../../../sandbox/world.ts'
import { seenAt } from '../../support/practice-world.ts'
import { openSecrets, openState } from '../../support/stores.ts'
import { storesOf } from './run-once.ts'

/** What a world looks like whose renewals are done: the same for all, whatever happened on the way. */
export interface Aftermath {
  /** What is not as it must be. */
  readonly wrong: readonly string[]
  readonly shape: Shape
}

/** Load balancers and zones, with certificates called by their part. */
export type Shape = ReturnType<typeof shapeOf>

/** How many orders and certificates the CA had when the scene began. */
export interface Counted {
  readonly orders: number
  readonly certificates: number
}

export async function aftermathOf(world: World, before: Counted, now: Date): Promise<Aftermath> {
  const stores = await openStores(world)
  const lives = await Promise.all([
    lifeOf('shop', world.sites.edge, world, before, now, stores),
    lifeOf('blog', world.sites.apps, world, before, now, stores),
  ])
  const parts = new Map(lives.flatMap(({ parts }) => parts))
  return {
    wrong: [...lives.flatMap(({ wrong }) => wrong), ...liveOrders(world)],
    shape: shapeOf(world, parts),
  }
}

type Stores = Awaited<ReturnType<typeof openStores>>

async function openStores(world: World) {
  const secrets = await openSecrets(world.folder, { folder: 'newleaf/secrets', masterKey: 'master.key' })
  return { secrets, state: await openState(storesOf(world)) }
}

async function lifeOf(id: string, site: Site, { ca }: World, before: Counted, now: Date, { secrets, state }: Stores) {
  const wrong: string[] = []
  const expect = (holds: boolean, otherwise: string) => void (holds || wrong.push(`${id}: ${otherwise}`))
  const certificateAt = async (stage: 'current' | 'previous'): Promise<CertificateFacts | undefined> => {
    const stored = await secrets.read(documentKey(id), stage)
    const decoded = stored && decode(id, stored.value) // it rejects a key that does not belong to its chain
    return decoded?.kind === 'certificate' ? decoded.certificate : undefined
  }
  const [current, previous] = [await certificateAt('current'), await certificateAt('previous')]
  expect((await secrets.read(documentKey(id), 'pending')) === undefined, 'something is pending')

  const ofIt = ({ names }: { readonly names: readonly string[] }) => names.join() === [...site.names].sort().join()
  const issued = ca.ledger.certificates.slice(before.certificates).filter(ofIt)
  const ordered = ca.ledger.orders.slice(before.orders).filter(ofIt)
  expect(issued.length === 1, `${issued.length} certificates were issued`)
  expect(ordered.length === 1, `${ordered.length} orders were made`)
  expect(current?.fingerprint === issued.at(-1)?.fingerprint, 'what was issued last is not current')

  for (const name of site.names) {
    const seen = await seenAt(site, concrete(name))
    expect(seen.length > 0 && seen.every((each) => each === current?.fingerprint), `${name} is not served with it`)
  }

  const stored = await state.read(documentKey(id))
  const document = parseDocument(id, stored?.document)
  expect(document.lease === undefined || document.lease.until <= now, 'the lease is held')
  expect(document.order === undefined, 'an order is remembered')
  expect(document.challengeRecords.length === 0, 'TXT values are noted')
  expect(document.issued.length === 1, `${document.issued.length} certificates count for its budget`)
  expect(document.failures === undefined, `failures are remembered: ${JSON.stringify(document.failures)}`)
  const wakes = (await state.list('wake/')).filter((key) => key.endsWith(`/${id}`))
  expect(
    document.nextLook !== undefined && wakes.includes(markerKey(document.nextLook, id)),
    'nothing wakes the next run',
  )
  expect(wakes.length <= 2, `${wakes.length} markers wake the next run`)

  const part = (certificate: CertificateFacts | undefined, name: string): [string, string][] =>
    certificate === undefined ? [] : [[certificate.fingerprint, `${id} ${name}`]]
  return { wrong, parts: [...part(previous, 'previous'), ...part(current, 'current')] }
}

const liveOrders = ({ ca }: World): string[] =>
  ca.ledger.orders
    .filter(({ status }) => !['valid', 'invalid'].includes(status))
    .map(({ names, status }) => `the order for ${names.join(', ')} is ${status}`)

/**
 * Temporary files and empty folders that stay even after the next write beside them, and after the markers were removed, as each
 * is once its time has come. What it writes is of no use to anybody.
 */
export async function leftBehind(world: World): Promise<string[]> {
  const { secrets, state } = await openStores(world)
  for (const key of [...(await state.list('certificate/')), credentialsKey('sandbox')]) {
    const stored = await state.read(key)
    await state.write(key, stored?.document ?? {}, stored?.tag)
  }
  for (const marker of await state.list('wake/')) await state.remove(marker)
  for (const name of ['account/sandbox', 'certificate/shop', 'certificate/blog']) {
    await secrets.stage(name, new Secret('canary-token-of-the-next-write'))
  }
  const entries = readdirSync(storesOf(world), { recursive: true, withFileTypes: true })
  return [
    ...entries
      .filter(({ name }) => name.startsWith('@tmp-'))
      .map(({ parentPath }) => `a temporary file is left in ${relative(world.folder, parentPath)}`),
    ...entries
      .filter((entry) => entry.isDirectory() && readdirSync(join(entry.parentPath, entry.name)).length === 0)
      .map(({ parentPath, name }) => `an empty folder is left: ${relative(world.folder, join(parentPath, name))}`),
    ...readdirSync(world.folder)
      .filter((name) => name.startsWith('@'))
      .map(() => 'a temporary file is left beside the master key'),
  ]
}

function shapeOf({ memory, zones, scaleway }: World, parts: ReadonlyMap<string, string>) {
  const partOf = (chainPem: string) => parts.get(publicCertificate(chainPem).fingerprint) ?? 'unknown'
  const called = new Map(
    scaleway.state.certificates.map(({ id, name, chainPem }) => [
      id,
      name.startsWith('newleaf-') ? `${partOf(chainPem)} of newleaf` : name,
    ]),
  )
  return {
    certificates: [...called.values()].sort(),
    frontends: scaleway.state.frontends.map(({ updated_at: _, certificate_ids, ...rest }) => ({
      ...rest,
      certificates: certificate_ids.map((id) => called.get(id)),
    })),
    nodeBalancers: memory.linode.configs.map(({ tls, ...rest }) => ({ ...rest, tls: tls && partOf(tls.chainPem) })),
    records: [...zones.zones.keys()].map((zone) =>
      zones
        .list(zone)
        .filter(({ type }) => type !== 'SOA')
        .map(({ name, type, data }) => `${name} ${type} ${data}`)
        .sort(),
    ),
  }
}
