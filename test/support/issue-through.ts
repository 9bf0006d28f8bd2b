/** A whole run of the sandbox's configuration, with Pebble as the authority, whose TXT records are looked for at one DNS server. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { run } from '../../lib/run.ts'
import { startWorld } from '../../sandbox/world.ts'
import { startPebble } from './pebble.ts'

export const ZONES = ['shop.example', 'blog.example'] as const

export interface Through {
  readonly pebble: string
  /** Where Pebble, and newleaf, look for TXT records: `127.0.0.1:5353`. */
  readonly dns: string
  /** Of both zones, in YAML on one line: `{ use: …, options: { … } }`. */
  readonly provider: string
  readonly env: Readonly<Record<string, string>>
  /** PEM of a certificate that the provider's options name as `dns-ca.pem`. */
  readonly caCertificate?: string
}

/** Runs it twice, forced, and gives what the runs reported. */
export async function issueThrough({
  pebble: program,
  dns,
  provider,
  env,
  caCertificate,
}: Through): Promise<RunReport[]> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-through-'))
  const world = await startWorld({ folder, fresh: true, settleMs: 40 })
  const { tls, house } = world.memory
  const pebble = await startPebble({ program, tls, caCertificate: house.rootPem, dns })
  try {
    if (caCertificate !== undefined) await writeFile(join(folder, 'dns-ca.pem'), caCertificate)
    const text = (await readFile(world.configuration, 'utf8'))
      .replace(world.ca.directoryUrl, pebble.directory)
      .replace(/^dns:\n(?: .*\n)*/m, `dns:\n  resolvers: ['${dns}']\n  nameservers: ['${dns}']\n  main: ${provider}\n`)
    await writeFile(world.configuration, text)
    const reports: RunReport[] = []
    for (const _ of ['first', 'second']) {
      const until = Date.now() + 600_000
      const context = {
        env: { ...world.env, ...env },
        clock: systemClock,
        log: createLog(silent, systemClock),
        random: Math.random,
        timeLeft: () => until - Date.now(),
      }
      const request = { force: true, dryRun: false, fullScan: true }
      reports.push(await run(await loadConfig(world.configuration), request, context))
    }
    return reports
  } finally {
    await pebble.close()
    await world.close()
    await rm(folder, { recursive: true, force: true })
  }
}

export const resultsOf = (reports: readonly RunReport[]) =>
  reports.map(({ certificates }) => certificates.map(({ result, error }) => [result, error?.message]))

/** Of `issueThrough`, where nothing went wrong. */
export const RENEWED_TWICE = [1, 2].map(() => ZONES.map(() => ['renewed', undefined]))
