import { toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { RecordLocation } from '../ports.ts'
import type { Providers } from './provider.ts'
import { inZone } from './zone-record.ts'

/** Asks a provider for a zone once; again only after trouble that passes by itself. */
export function createZoneCheck(providers: Providers): (location: RecordLocation) => Promise<void> {
  const asked = new Map<string, Promise<void>>()
  return (location) => {
    const key = `${location.provider} ${location.zone}`
    const known = asked.get(key)
    if (known !== undefined) return known
    const answer = (async () => lookup(providers, location.provider).provider.check?.(inZone(location)))()
    asked.set(key, answer)
    answer.catch((error: unknown) => {
      if (toFailure(error).retry !== 'never') asked.delete(key)
    })
    return answer
  }
}
