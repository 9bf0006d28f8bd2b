/** lego beside it: the same certificates, at the same authority, over the same DNS. */
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mapConcurrently } from '../lib/platform/concurrency.ts'
import type { Whereabouts } from '../test/support/pebble-site.ts'
import { timed } from './timed.ts'

export interface Lego {
  readonly version: string
  /** Gets a certificate for each name, so many processes at a time, and resolves to the seconds from the first start to the last end. */
  issue(names: readonly string[], atOnce: number): Promise<number>
}

const LONGEST = 60_000

/** In a folder of its own, which holds its account and what it gets. The waits are the smallest that it can be given. */
export async function legoIn(folder: string, program: string, whereabouts: Whereabouts): Promise<Lego> {
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).match(/\d+(\.\d+)+/)?.[0] ?? '?'
  const trusted = join(folder, 'ca.pem')
  await writeFile(trusted, whereabouts.caCertificate)
  const env = {
    HOME: folder,
    LEGO_CA_CERTIFICATES: trusted,
    SSL_CERT_FILE: trusted, // of the DNS service
    HTTPREQ_ENDPOINT: whereabouts.txtEndpoint,
    HTTPREQ_POLLING_INTERVAL: '0',
  }
  const args = argumentsFor(Number.parseInt(version, 10), folder, whereabouts)
  return {
    version,
    async issue(names, atOnce) {
      const started = performance.now()
      await mapConcurrently(names, atOnce, (name) => timed(program, args(name), { env, longest: LONGEST }))
      return (performance.now() - started) / 1_000
    },
  }
}

function argumentsFor(major: number, folder: string, { directory, resolver }: Whereabouts) {
  const common = (name: string) => [
    ...['--accept-tos', '--email', 'bench@example.test', '--server', directory, '--path', join(folder, 'lego')],
    ...['--domains', name, '--dns', 'httpreq', '--dns.resolvers', resolver, '--cert.timeout', '1'],
  ]
  // Version 5 has its options behind the command, and a limit of its own.
  const five = ['--dns.propagation.disable-ans', '--dns.propagation.disable-rns', '--overall-request-limit', '1000']
  return major >= 5
    ? (name: string) => ['run', ...common(name), ...five]
    : (name: string) => [...common(name), '--key-type', 'ec256', '--dns.disable-cp', 'run']
}
