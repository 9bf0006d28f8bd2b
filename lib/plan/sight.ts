import { sightOf } from '../platform/sight.ts'
import type { Probe } from '../ports.ts'
import type { TargetEntry } from '../state/document.ts'
import { answeringSince } from '../state/targets.ts'
import type { Endpoint, LaterSight, PublicCertificate } from '../types.ts'

/** What each address shows for this name: an API may say one thing, and the wire another. */
export const sightsOf = (
  endpoints: readonly Endpoint[],
  serverName: string,
  current: PublicCertificate | undefined,
  known: TargetEntry | undefined,
  probe: Probe,
): Promise<LaterSight[]> =>
  Promise.all(
    endpoints.map(async (endpoint) => answeringSince(known, await sightOf(endpoint, serverName, current, probe))),
  )
