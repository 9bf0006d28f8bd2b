/** One measurement, in a process of its own: a run that finds nobody due, and the same once more. */
import { type Config, parseConfig } from '../lib/config/load.ts'
import { DAY, systemClock } from '../lib/platform/clock.ts'
import { createLog, silent } from '../lib/platform/log.ts'
import { run } from '../lib/run.ts'

export interface Task {
  /** `ca.pem` lies in it. */
  readonly folder: string
  readonly endpoint: string
  readonly certificates: number
}

/** Milliseconds, but for the memory. */
export interface Measured {
  readonly wall: number
  readonly again: number
  readonly peakMiB: number
}

const TEXT = (endpoint: string) => `
environment: bench
acme: { authorities: { none: { directory: letsencrypt-staging, agreeToTerms: true } } }
dns: { main: { use: linode, options: { token: env:NONE } } }
state:
  use: s3
  options:
    bucket: state
    region: fr-par
    endpoint: ${endpoint}
    caCertificate: ca.pem
    forcePathStyle: true
    accessKeyId: env:STORAGE_ID
    secretAccessKey: env:STORAGE_KEY
balancers: { us: { use: linode, options: { token: env:NONE } } }
certificates: { c: { names: [shop.example], deploy: [{ balancer: us, nodeBalancer: apps, port: 443 }] } }
`

/** One certificate is read, and multiplied: what it takes to read many is another measurement. */
export async function configFor({ folder, endpoint, certificates }: Task): Promise<Config> {
  const config = await parseConfig(TEXT(endpoint), { folder, file: 'newleaf.yaml' })
  const many = Array.from({ length: certificates }, (_, at) =>
    config.certificates.map((spec) => ({ ...spec, id: `c${at}`, configHash: `${spec.configHash}${at}` })),
  )
  return { ...config, certificates: many.flat() }
}

async function measure(task: Task): Promise<Measured> {
  const config = await configFor(task)
  const once = async () => {
    const started = performance.now()
    const report = await run(
      config,
      { force: false, dryRun: false, fullScan: false },
      {
        env: process.env,
        clock: systemClock,
        log: createLog(silent, systemClock),
        random: Math.random,
        timeLeft: () => DAY,
      },
    )
    if (report.certificates.length > 0) throw new Error('somebody was due')
    return performance.now() - started
  }
  return { wall: await once(), again: await once(), peakMiB: process.resourceUsage().maxRSS / 1_024 }
}

process.once('message', async (task: Task) => {
  process.send?.(await measure(task))
  process.disconnect()
})
