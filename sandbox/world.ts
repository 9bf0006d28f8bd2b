import { CLOCK_FILE, clockExports } from './clock.ts'
import {
  configurationFor,
  HTTPREQ_PASSWORD,
  LINODE_TOKEN,
  SCALEWAY_TOKEN,
  STORAGE_ID,
  STORAGE_SECRET,
  withPorts,
} from './configuration.ts'
import { type Folder, openFolder } from './folder.ts'
import { type Listener, ownAddresses } from './listener.ts'
import type { Listeners } from './listeners.ts'
import { MEMORY_FILE, type Memory, remember } from './memory.ts'
import { BLOG, moveTo, PARTNER, SHOP, seed } from './seed.ts'
import { BUCKET, type ServiceOptions, type Services, STORAGE_KEY, startServices } from './services.ts'

export interface WorldOptions extends ServiceOptions {
  /** Kept between starts. */
  readonly folder: string
  /** Forget everything that an earlier world left there. */
  readonly fresh?: boolean
  /** Of its load balancers, on this machine; default: 127.0.0.1, and ::1 where that is. A NodeBalancer tells of one of each kind. */
  readonly addresses?: readonly string[]
}

/** A listener as people know it. */
export interface Site {
  readonly title: string
  /** That newleaf shall serve there. */
  readonly names: readonly string[]
  /** That stand beside them and must stay as they are. */
  readonly foreign: readonly string[]
  listener(): Listener
}

export interface World extends Services {
  readonly folder: string
  /** `newleaf.yaml` in the folder. */
  readonly configuration: string
  /** `scaleway.yaml`: the same with secrets and state at Scaleway. */
  readonly cloudConfiguration: string
  /** The tokens, as the configuration asks for them. */
  readonly env: Readonly<Record<string, string>>
  /** PEM of the root under which the CA issues. */
  readonly issuerRoot: string
  readonly sites: { readonly edge: Site; readonly apps: Site }
  /** What it remembers; whoever changes it calls `save`. */
  readonly memory: Memory
  save(): void
  close(): Promise<void>
}

/** A CA, a DNS server, two vendors' APIs, and load balancers that really terminate TLS, all on this machine. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = openFolder(options.folder, { fresh: options.fresh ?? false, mark: MEMORY_FILE })
  const stops: (() => Promise<void>)[] = [async () => folder.release()]
  try {
    return await build(folder, options, stops)
  } catch (error) {
    await stopAll(stops)
    throw error
  }
}

async function build(folder: Folder, options: WorldOptions, stops: (() => Promise<void>)[]): Promise<World> {
  const addresses = options.addresses ?? (await ownAddresses())
  const remembered = await remember(folder)
  const { memory, isNew, issuer, save } = remembered
  const portsBefore = portsOf(memory)
  if (isNew) await seed(memory, addresses, new Date())
  else await moveTo(memory, addresses)

  const onStop = (stop: () => Promise<void>) => void stops.push(stop)
  const services = await startServices(options, { folder: folder.path, remembered, addresses, onStop })
  services.scaleway.zones.host('shop.example')
  services.linode.zones.host('blog.example')
  memory.ports = {
    ca: Number(new URL(services.ca.directoryUrl).port),
    dns: services.dns.port,
    scaleway: services.scaleway.port,
    linode: services.linode.port,
    httpreq: services.httpreq.port,
    storage: services.storage.port,
  }
  save()

  const { tokens } = memory
  const env = {
    [SCALEWAY_TOKEN]: tokens.scaleway,
    [LINODE_TOKEN]: tokens.linode,
    [HTTPREQ_PASSWORD]: tokens.httpreq,
    [STORAGE_ID]: STORAGE_KEY,
    [STORAGE_SECRET]: tokens.storage,
  }
  writeFiles(folder, memory, { env, portsBefore, directoryUrl: services.ca.directoryUrl })
  return {
    ...services,
    folder: folder.path,
    configuration: folder.file('newleaf.yaml'),
    cloudConfiguration: folder.file('scaleway.yaml'),
    env,
    issuerRoot: issuer.rootPem,
    sites: sitesOf(memory, services),
    memory,
    save,
    close: () => stopAll(stops),
  }
}

function sitesOf(memory: Memory, { listeners }: Services): World['sites'] {
  const [frontend, config] = [only(memory.scaleway.frontends), only(memory.linode.configs)]
  const listenerOf = (list: Listeners, id: string | number) => () => {
    const listener = list.get(String(id))
    if (listener === undefined) throw new Error('nothing listens there any more')
    return listener
  }
  return {
    edge: {
      title: 'Scaleway LB edge',
      names: SHOP,
      foreign: PARTNER,
      listener: listenerOf(listeners.scaleway, frontend.id),
    },
    apps: { title: 'NodeBalancer apps', names: BLOG, foreign: [], listener: listenerOf(listeners.linode, config.id) },
  }
}

/** The first one: the one that seeded the world. */
function only<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('this sandbox has lost a load balancer: start it with --fresh')
  return first
}

/** In an order of their own, so that two lists can be compared. */
const portsOf = ({ ports: { ca, dns, scaleway, linode, httpreq, storage }, ...memory }: Memory): number[] => [
  ...[ca, dns, scaleway, linode, httpreq, storage],
  ...memory.linode.configs.map(({ port }) => port),
]

/** The last that was started is the first to stop; all of them are tried. */
async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  const results = []
  for (const stop of stops.splice(0).reverse()) results.push(...(await Promise.allSettled([stop()])))
  const broken = results.find((result) => result.status === 'rejected')
  if (broken) throw broken.reason
}

interface Written {
  readonly env: Readonly<Record<string, string>>
  readonly portsBefore: readonly number[]
  readonly directoryUrl: string
}

function writeFiles(folder: Folder, memory: Memory, { env, portsBefore, directoryUrl }: Written) {
  folder.write('ca.pem', memory.house.rootPem)
  folder.write('issuer.pem', memory.issuer.rootPem)
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${value}\n`)
  folder.write('env', exports.join('') + clockExports(folder.file(CLOCK_FILE)))

  const { dns: dnsPort, scaleway: scalewayPort, linode: linodePort, storage: storagePort } = memory.ports
  const appsPort = only(memory.linode.configs).port
  const { project } = memory.scaleway
  const at = { directoryUrl, dnsPort, scalewayPort, linodePort, storagePort, appsPort, project, bucket: BUCKET }
  const now = portsOf(memory)
  const moved = new Map(portsBefore.map((port, index) => [port, now[index] ?? port]))
  for (const [file, stores] of [
    ['newleaf.yaml', 'files'],
    ['scaleway.yaml', 'scaleway'],
  ] as const) {
    const written = folder.read(file)
    folder.write(file, written === undefined ? configurationFor(at, stores) : withPorts(written, moved))
  }
}
