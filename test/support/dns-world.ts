import { createSolver, type SolverOptions } from '../../lib/dns/solver.ts'
import { MINUTE } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { DnsProvider, TxtRecord } from '../../lib/ports.ts'
import { type DnsServer, startDns } from '../../sandbox/dns/server.ts'
import { createZones, type Zones } from '../../sandbox/dns/zones.ts'

export const ZONE = 'example.test'
export const NAME = `_acme-challenge.${ZONE}`
export const record = (value: string, name = NAME): TxtRecord => ({ name, value, zone: ZONE, provider: 'main' })

const opened: DnsServer[] = []

/** Closes every server that was started here. */
export const closeServers = () => Promise.all(opened.splice(0).map((server) => server.close()))

export async function start(zones: Zones): Promise<DnsServer> {
  const server = await startDns({ zones })
  opened.push(server)
  return server
}

const providerOver = (zones: Zones): DnsProvider => ({
  addTxt: async ({ name, value }) => void zones.addRecord({ name, type: 'TXT', data: value }),
  removeTxt: async ({ name, value }) => void zones.removeRecord({ name, type: 'TXT', data: value }),
})

/** Two real servers on this machine over the same zones; time passes only by sleeping. */
export async function dnsWorld(options: Partial<SolverOptions> = {}) {
  const zones = createZones()
  for (const zone of [ZONE, 'delegate.test']) zones.addZone(zone)
  const [one, two] = [await start(zones), await start(zones)]
  const address = ({ port }: DnsServer) => `127.0.0.1:${port}`
  const pauses: number[] = []
  let time = 0
  let beforePause = () => {}
  const clock = {
    now: () => new Date(time),
    sleep: async (milliseconds: number) => {
      beforePause()
      pauses.push(milliseconds)
      time += milliseconds
    },
  }
  const solver = createSolver({
    providers: { main: { provider: providerOver(zones) } },
    resolvers: [address(one)],
    nameservers: [address(one), address(two)],
    clock,
    log: createLog(silent, clock),
    random: () => 0.5,
    timeLeft: () => 60 * MINUTE - time,
    ...options,
  })
  return {
    solver,
    zones,
    one,
    two,
    address,
    pauses,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
    whenPausing: (work: () => void) => {
      beforePause = work
    },
    txt: (name = NAME) =>
      zones.list(ZONE).flatMap((each) => (each.type === 'TXT' && each.name === name ? [each.data] : [])),
  }
}
