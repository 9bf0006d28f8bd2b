import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CLOCK_FILE, clockEnv, openClock } from './clock.ts'
import { type Address, fault, handshake, isUnder, type Presented } from './handshake.ts'
import { concrete, type ProbeCount, shownAddress, startProber } from './prober.ts'
import { shiftDate } from './shift-clock.cjs'
import { certificateCells, fromHere, paintFor, table } from './shown.ts'
import { type Site, startWorld, type World } from './world.ts'

const USAGE = `Usage: npm start [-- --fresh] [-- --folder DIR]

Renews the certificates of two load balancers in a sandbox, and shows what clients see before, meanwhile and after.

  --fresh       begin with a new sandbox
  --folder DIR  where it keeps everything; .sandbox if not given
`

const CLI = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const paint = paintFor(process.stdout)
const say = (text = '') => process.stdout.write(`${text}\n`)
const heading = (text: string) => say(`\n${paint.title(text)}`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      folder: { type: 'string', default: '.sandbox' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const world = await startWorld(values)
  try {
    shiftDate(openClock(join(world.folder, CLOCK_FILE)).offset)
    return await renewOnce(world)
  } finally {
    await world.close()
  }
}

async function renewOnce(world: World): Promise<number> {
  const sites = Object.values(world.sites)
  const { ledger } = world.ca
  const [ordersBefore, certificatesBefore] = [ledger.orders.length, ledger.certificates.length]

  heading('Before: what clients see')
  const before = await lookAt(sites)
  say(shownSightings(before))

  heading(`newleaf renew --config ${fromHere(world.configuration)}`)
  const prober = startProber({ sites: sites.map(probed), root: world.issuerRoot })
  const exitCode = await runNewleaf(world)
  const count = await prober.stop()

  heading('After: what clients see')
  const after = await lookAt(sites)
  say(shownSightings(after))

  const complaints = [
    ...(exitCode === 0 ? [] : [`newleaf ended with ${exitCode}`]),
    ...(count.made === 0 ? ['no handshake was made'] : []),
    ...Object.entries(count.failures).map(([failure, times]) => `${failure} (${times} times)`),
    ...wrongAfterwards(before, after, world),
  ]
  const ordered = ledger.orders.length - ordersBefore
  sum(world, count, { ordered, issued: ledger.certificates.length - certificatesBefore }, complaints)
  return complaints.length === 0 ? 0 : 1
}

/** Ends when newleaf ends. Ctrl-C reaches both: newleaf decides when it stops. */
function runNewleaf({ folder, configuration, env }: World): Promise<number> {
  const ignore = () => {}
  process.on('SIGINT', ignore)
  return new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, 'renew', '--config', configuration], {
      stdio: 'inherit',
      env: { ...process.env, ...env, ...clockEnv(join(folder, CLOCK_FILE)) },
    })
    const pass = () => child.kill('SIGTERM')
    process.once('SIGTERM', pass)
    child.once('error', reject)
    child.once('exit', (code) => {
      process.off('SIGTERM', pass)
      process.off('SIGINT', ignore)
      resolve(code ?? 1)
    })
  })
}

/** One name at one address, and what was presented there. */
interface Sighting {
  readonly site: Site
  readonly name: string
  readonly isForeign: boolean
  readonly endpoint: Address
  readonly presented: Presented | undefined
}

const endpointsOf = (site: Site): Address[] => {
  const { addresses, port } = site.listener()
  return addresses.map((address) => ({ address, port }))
}

const probed = (site: Site) => ({ endpoints: endpointsOf(site), names: [...site.names, ...site.foreign] })

function lookAt(sites: readonly Site[]): Promise<Sighting[]> {
  const visits = sites.flatMap((site) =>
    [...site.names, ...site.foreign].flatMap((name) => endpointsOf(site).map((endpoint) => ({ site, name, endpoint }))),
  )
  return Promise.all(
    visits.map(async ({ site, name, endpoint }) => ({
      site,
      name,
      endpoint,
      isForeign: site.foreign.includes(name),
      // A listener that cannot be greeted is shown, and counted, as such.
      presented: await handshake(endpoint, concrete(name)).catch(() => undefined),
    })),
  )
}

/** Below each listener a line for each certificate that it presents, with the names in it. */
function shownSightings(sightings: readonly Sighting[]): string {
  const rows = sightings.map(({ site, endpoint, presented }) => ({
    listener: `${site.title}, port ${endpoint.port}`,
    cells: presented ? certificateCells(presented) : ['no handshake', '', '', ''],
  }))
  const distinct = [...new Map(rows.map((row) => [[row.listener, ...row.cells].join('\n'), row])).values()]
  const heading = ['certificate for', 'issuer', 'until', 'fingerprint']
  const lines = table([heading, ...distinct.map(({ cells }) => cells)], '    ')
    .trimEnd()
    .split('\n')
  const shown = distinct.map(({ listener }, at) => {
    const isSame = listener === distinct[at - 1]?.listener
    return isSame ? lines[at + 1] : `  ${listener}\n${lines[at + 1]}`
  })
  return [lines[0], ...shown].join('\n')
}

/** Each listener must serve its names with a certificate of this world's CA, and leave foreign ones as they were. */
function wrongAfterwards(before: readonly Sighting[], after: readonly Sighting[], world: World): string[] {
  const root = new X509Certificate(world.issuerRoot)
  return after.flatMap(({ name, endpoint, isForeign, presented }, index) => {
    const where = `${name} at ${shownAddress(endpoint)}`
    if (presented === undefined) return [`${where}: no handshake`]
    const was = before[index]?.presented?.leaf.fingerprint256
    if (isForeign) return presented.leaf.fingerprint256 === was ? [] : [`${where}: a foreign certificate was changed`]
    const why = isUnder(root, presented) ? fault(presented, concrete(name), root) : 'not issued by this CA'
    return why === undefined ? [] : [`${where}: ${why}`]
  })
}

interface Work {
  readonly ordered: number
  readonly issued: number
}

function sum(world: World, count: ProbeCount, { ordered, issued }: Work, complaints: readonly string[]) {
  const failed = count.failed === 0 ? paint.good('none failed') : paint.bad(`${count.failed} failed`)
  const rate = Math.round(count.made / Math.max(count.seconds, 0.001))
  heading('Result')
  say(
    table([
      ['Handshakes meanwhile', `${count.made} in ${count.seconds.toFixed(1)} s (${rate} a second), ${failed}`],
      ['Orders', String(ordered)],
      ['Certificates issued', String(issued)],
      ['Requests to the CA', String(world.ca.ledger.requests.length)],
      ['Everything is in', fromHere(world.folder)],
      ['  configuration', fromHere(world.configuration)],
      ['  secrets, sealed', `${fromHere(world.folder)}/newleaf/secrets`],
      ['  state', `${fromHere(world.folder)}/newleaf/state`],
    ]).trimEnd(),
  )
  for (const each of complaints) say(`  ${paint.bad('✗')} ${each}`)
  if (complaints.length > 0) return
  const next = ordered === 0 ? 'Nothing was due, and nothing was ordered.' : 'Run it again: nothing will be ordered.'
  say(`\n${paint.good('All is well.')} ${next}`)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
