/** The peers of all DNS drivers: each file in `dns/` is that of the driver of its name. */
import { readdirSync } from 'node:fs'
import { registry } from '../../lib/dns/registry.ts'
import type { DnsDriver } from '../../lib/platform/driver.ts'
import type { DnsPeer } from './dns-vendors.ts'

const folder = new URL('dns/', import.meta.url)

export const dnsPeers: ReadonlyMap<string, DnsPeer> = new Map(
  await Promise.all(
    readdirSync(folder)
      .sort()
      .map(
        async (file): Promise<[string, DnsPeer]> => [
          file.replace(/\.ts$/, ''),
          (await import(`${folder}${file}`)).peer,
        ],
      ),
  ),
)

export const dnsDriver = async (name: string): Promise<DnsDriver> =>
  (await registry[name as keyof typeof registry]()).driver

/** `real program (BIND 9.18), recording (2025)`: the strongest first. */
export function evidenceOf({ evidence }: DnsPeer): string {
  const { program, recording, fixture, documentation } = evidence
  return Object.entries({ 'real program': program, recording, fixture, documentation })
    .flatMap(([kind, which]) => (which === undefined ? [] : [`${kind} (${which})`]))
    .join(', ')
}
