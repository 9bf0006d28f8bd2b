import { safeParse } from '../platform/safe-parse.ts'
import { suggestion } from '../platform/suggestion.ts'
import { zoneList } from './names.ts'
import { mapOf, type RawConfig } from './raw-config.ts'
import { configName, dns as dnsSchema } from './schema.ts'
import type { ValidationErrors } from './validation-errors.ts'

const settings = Object.keys(dnsSchema.entries)

/** The providers among what is written under `dns`: all but its settings. */
export function providersIn(dns: unknown, mistakes: ValidationErrors): RawConfig {
  const providers = Object.fromEntries(Object.entries(mapOf(dns)).filter(([key]) => !settings.includes(key)))
  for (const [name, provider] of Object.entries(providers)) {
    if (Array.isArray(provider)) mistakes.add(['dns', name], `not a setting of dns${suggestion(name, settings)}`)
    else mistakes.check(configName, name, ['dns', name])
    const { zones, together } = mapOf(provider)
    if (together === true && zones === undefined)
      mistakes.add(['dns', name, 'together'], 'needs zones: those that this provider serves together with others')
  }
  return providers
}

/** All zones that the providers may write to; undefined when one of them may write to any, or they cannot be read. */
export function zonesOf(providers: RawConfig): ReadonlySet<string> | undefined {
  const zones = new Set<string>()
  for (const provider of Object.values(providers)) {
    const read = safeParse(zoneList, mapOf(provider).zones)
    if (!read.success) return undefined
    for (const zone of read.output) zones.add(zone)
  }
  return zones.size > 0 ? zones : undefined
}
