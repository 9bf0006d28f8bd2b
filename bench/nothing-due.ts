/** `npm run bench:nothing-due`: what a run costs that finds nobody due, by the number of certificates. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../build/bundle.ts'
import { findDue } from '../lib/observe/due.ts'
import { openRuntime } from '../lib/open.ts'
import { after, DAY, systemClock } from '../lib/platform/clock.ts'
import { mapConcurrently } from '../lib/platform/concurrency.ts'
import { createLog, silent } from '../lib/platform/log.ts'
import { markerKey } from '../lib/state/schedule.ts'
import { type ObjectStorage, startObjectStorage } from '../sandbox/object-storage/object-storage.ts'
import { createAuthority, serverCertificate } from '../sandbox/pki.ts'
import { aligned } from './aligned.ts'
import { inProcess } from './in-process.ts'
import { configFor, type Measured, type Task } from './looker.ts'

const COUNTS = [10, 1_000, 10_000]
const HEAD = ['certificates', 'listings', 'other requests', 'wall ms', 'again ms', 'peak MiB']
const KEY = { id: 'canary-token-bench-id', secret: 'canary-token-bench-key' }

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bench-'))
  try {
    await bundle('../bench/looker', join(folder, 'looker')) // as the functions are: what is measured is what is deployed
    const house = await createAuthority({ name: 'House of the bench' })
    await writeFile(join(folder, 'ca.pem'), house.rootPem)
    const rows = [HEAD]
    for (const certificates of COUNTS) {
      const tls = await serverCertificate(house)
      const storage = await startObjectStorage({ tls, keys: [KEY], buckets: ['state'] })
      try {
        rows.push(await rowOf(storage, folder, certificates))
      } finally {
        await storage.close()
      }
    }
    process.stdout.write(aligned(rows))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function rowOf(storage: ObjectStorage, folder: string, certificates: number): Promise<string[]> {
  const task: Task = { folder, endpoint: storage.endpoint, certificates }
  const env = { STORAGE_ID: KEY.id, STORAGE_KEY: KEY.secret }
  await furnish(task, env)
  const before = storage.requests.length
  const { wall, again, peakMiB } = await inProcess<Task, Measured>(join(folder, 'looker/looker.mjs'), task, env)
  const requests = storage.requests.slice(before)
  const listings = requests.filter(({ method, path }) => method === 'GET' && /^\/state\/?$/.test(path)).length
  const shown = [certificates, listings / 2, (requests.length - listings) / 2, wall, again, peakMiB]
  return shown.map((number) => number.toFixed(0))
}

/** The state as earlier runs leave it: a marker for each certificate, tomorrow, and the note that all were looked over today. */
async function furnish(task: Task, env: NodeJS.ProcessEnv): Promise<void> {
  const config = await configFor(task)
  const log = createLog(silent, systemClock)
  const world = openRuntime(config, { env, clock: systemClock, log, random: Math.random, timeLeft: () => DAY })
  const tomorrow = after(systemClock.now(), DAY)
  await mapConcurrently(config.certificates, 50, ({ id }) => world.state.write(markerKey(tomorrow, id), {}, undefined))
  const due = await findDue(config.certificates, { force: false, dryRun: false, fullScan: false }, world)
  await due.updateSchedule([])
  await world.close()
}

await main()
