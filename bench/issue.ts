/** `npm run bench`: what issuing 1, 20 and 100 certificates takes, at Pebble, near and 50 ms away, and beside it what lego takes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../build/bundle.ts'
import { AUTHORITY, createIssuingWorld } from '../test/support/issuing-world.ts'
import { type Site, startSite, type Whereabouts, ZONE } from '../test/support/pebble-site.ts'
import { findPeer, peers } from '../test/support/peer.ts'
import { aligned } from './aligned.ts'
import { startDelayProxy } from './delay-proxy.ts'
import type { Measured, Task } from './issuer.ts'
import { type Lego, legoIn } from './lego.ts'
import { timed } from './timed.ts'

const HEAD = ['RTT ms', 'certificates', 'newleaf s', 'lego s', 'ratio', 'requests', 'floor', 'each', 'windows']
const MORE = ['connections', 'peak MiB']
const STEPS = ['RTT ms', 'certificates', 'step', 'median ms', 'longest ms']
/** A process that is not done by then has met an authority that hangs. */
const LONGEST = 120_000
/** As many processes of lego as fit on a machine; it gets one certificate in each. */
const LEGO_AT_ONCE = 10

interface Programs {
  readonly pebble: string
  readonly lego: string | undefined
  /** newleaf's part, bundled. */
  readonly issuer: string
}

interface Case {
  readonly roundTrip: number
  readonly certificates: number
  readonly rounds: number
}

interface Round {
  readonly newleaf: number
  readonly lego: number
  readonly requests: readonly string[]
  readonly connections: number
  readonly measured: Measured
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '1' },
      rtt: { type: 'string', default: '0,50' },
      counts: { type: 'string', default: '1,20,100' },
    },
  })
  const [pebble, lego] = [findPeer(peers.pebble), findPeer(peers.lego)]
  if (pebble === undefined) {
    process.stderr.write(`Pebble, Let's Encrypt's test server, was not found. Install it:\n  ${peers.pebble.install}\n`)
    return 1
  }
  if (lego === undefined)
    process.stderr.write(`lego was not found, and is left out. Install it:\n  ${peers.lego.install}\n`)
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bench-'))
  try {
    await bundle('../bench/issuer', join(folder, 'built')) // as the functions are: what is measured is what is deployed
    const programs = { pebble, lego, issuer: join(folder, 'built/issuer.mjs') }
    const [rows, steps] = [[[...HEAD, ...MORE]], [STEPS]]
    for (const roundTrip of numbers(values.rtt)) {
      for (const certificates of numbers(values.counts)) {
        const which = { roundTrip, certificates, rounds: Number(values.rounds) }
        const rounds = await roundsOf(which, programs)
        rows.push(rowOf(which, rounds))
        steps.push(...stepsOf(which, rounds))
      }
    }
    process.stdout.write(`${aligned(rows)}\n${aligned(steps)}`)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${HANGS}`)
    return 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const HANGS =
  'Nothing is told of a run that was not whole. Pebble sometimes stops answering when several orders come at once: begin again then.\n'

const numbers = (list: string) => list.split(',').map(Number)

/** Each case with a new Pebble, each round with new processes and new names, the two programs in turn. */
async function roundsOf({ roundTrip, certificates, rounds }: Case, programs: Programs): Promise<Round[]> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bench-'))
  const site = await startSite({ program: programs.pebble })
  const proxy = await startDelayProxy(Number(new URL(site.whereabouts.directory).port), roundTrip)
  try {
    const directory = `https://127.0.0.1:${proxy.port}/dir`
    const whereabouts = roundTrip === 0 ? site.whereabouts : { ...site.whereabouts, directory }
    const account = await register(whereabouts)
    const lego = programs.lego === undefined ? undefined : await legoIn(folder, programs.lego, whereabouts)
    await lego?.issue([`first.${ZONE}`], 1) // its account
    const all: Round[] = []
    for (let round = 0; round < rounds; round++) {
      const names = (who: string) => Array.from({ length: certificates }, (_, at) => `${who}${round}-${at}.${ZONE}`)
      const task = { whereabouts, names: names('n'), account }
      all.push(await oneRound(task, names('l'), { site, lego, folder, issuer: programs.issuer }))
    }
    return all
  } finally {
    await proxy.close()
    await site.close()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Means {
  readonly site: Site
  readonly lego: Lego | undefined
  readonly folder: string
  readonly issuer: string
}

async function oneRound(task: Task, names: readonly string[], { site, lego, folder, issuer }: Means): Promise<Round> {
  const file = join(folder, 'task.json')
  await writeFile(file, JSON.stringify(task))
  await site.pebble.forget()
  const { seconds: newleaf, stdout } = await timed(process.execPath, [issuer, file], { env: {}, longest: LONGEST })
  const measured: Measured = JSON.parse(stdout)
  const { issued, reason } = measured
  if (issued !== task.names.length) throw new Error(`${issued} of ${task.names.length} were issued: ${reason}`)
  const [requests, connections] = [await site.pebble.requests(), site.pebble.connections()]
  const atOnce = names.length === 1 ? 1 : LEGO_AT_ONCE
  return { newleaf, measured, requests, connections, lego: (await lego?.issue(names, atOnce)) ?? Number.NaN }
}

/** An account as an earlier run leaves it in the secrets store. */
async function register(whereabouts: Whereabouts): Promise<string> {
  const world = await createIssuingWorld(whereabouts)
  try {
    await world.authority.newOrder({ names: [ZONE] })
    return (await world.secrets.read(`account/${AUTHORITY}`, 'current'))?.value.reveal() ?? ''
  } finally {
    await world.close()
  }
}

function rowOf({ roundTrip, certificates }: Case, rounds: readonly Round[]): string[] {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure))
  const windows = of(({ requests }) => requests.filter((each) => each.includes('renewalInfo')).length)
  const requests = of((round) => round.requests.length) - windows
  const [newleaf, lego] = [of((round) => round.newleaf), of((round) => round.lego)]
  return [
    String(roundTrip),
    String(certificates),
    newleaf.toFixed(2),
    Number.isNaN(lego) ? '' : lego.toFixed(2),
    Number.isNaN(lego) ? '' : (newleaf / lego).toFixed(2),
    String(requests),
    String(2 + 7 * certificates),
    (requests / certificates).toFixed(2),
    String(windows),
    String(of(({ connections }) => connections)),
    of(({ measured }) => measured.peakMiB).toFixed(0),
  ]
}

/** Over all certificates of all rounds. */
function stepsOf({ roundTrip, certificates }: Case, rounds: readonly Round[]): string[][] {
  const names = new Set(rounds.flatMap(({ measured }) => Object.keys(measured.steps)))
  return [...names].map((step) => {
    const times = rounds.flatMap(({ measured }) => measured.steps[step] ?? [])
    return [`${roundTrip}`, `${certificates}`, step, median(times).toFixed(0), Math.max(...times).toFixed(0)]
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

process.exitCode = await main()
