/** `npm run bench`: what issuing 1, 20 and 100 certificates takes, at Pebble on this machine. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../handlers/esbuild.ts'
import { AUTHORITY, createIssuingWorld } from '../test/support/issuing-world.ts'
import { startSite, type Whereabouts, ZONE } from '../test/support/pebble-site.ts'
import { findPeer, peers } from '../test/support/peer.ts'
import { aligned } from './aligned.ts'
import { inProcess } from './in-process.ts'
import type { Measured, Task } from './issuer.ts'

const COUNTS = [1, 20, 100]
const HEAD = ['certificates', 'wall s', 'requests', 'floor', 'each', 'windows', 'connections', 'peak MiB']

async function main(): Promise<number> {
  const program = findPeer(peers.pebble)
  if (program === undefined) {
    process.stderr.write(`Pebble, Let's Encrypt's test server, was not found. Install it:\n  ${peers.pebble.install}\n`)
    return 1
  }
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bench-'))
  try {
    await bundle('../bench/issuer', folder) // as the functions are: what is measured is what is deployed
    const rows = [HEAD]
    for (const certificates of COUNTS) rows.push(await rowOf(program, join(folder, 'issuer.mjs'), certificates))
    process.stdout.write(aligned(rows))
    return 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each with a new Pebble and a new process. */
async function rowOf(program: string, issuer: string, certificates: number): Promise<string[]> {
  const site = await startSite({ program })
  try {
    const account = await register(site.whereabouts)
    await site.pebble.forget()
    const { issued, seconds, peakMiB } = await inProcess<Task, Measured>(issuer, {
      whereabouts: site.whereabouts,
      certificates,
      account,
    })
    if (issued !== certificates) throw new Error(`only ${issued} of ${certificates} certificates were issued`)
    const requests = await site.pebble.requests()
    const windows = requests.filter((each) => each.includes('renewalInfo')).length
    const issuing = requests.length - windows
    return [
      String(certificates),
      seconds.toFixed(2),
      String(issuing),
      String(2 + 7 * certificates),
      (issuing / certificates).toFixed(2),
      String(windows),
      String(site.pebble.connections()),
      peakMiB.toFixed(0),
    ]
  } finally {
    await site.close()
  }
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

process.exitCode = await main()
