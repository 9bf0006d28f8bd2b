/** Whether anybody was asked again before the time that its `Retry-After` named. */

export type Sign =
  /** A request came to this scope. */
  | { readonly sign: 'call'; readonly scope: string; readonly at: Date }
  /** This scope said not to come back before `until`. */
  | { readonly sign: 'asked'; readonly scope: string; readonly until: Date }
  /** The certificate's state document was written: from now on every run can know what this one knows. */
  | { readonly sign: 'noted' }
  /** The run is over, or dead. What it could not note, because it was killed or its store took no writes, nobody can know. */
  | { readonly sign: 'ended' }

export interface Early {
  readonly scope: string
  readonly at: Date
  readonly until: Date
}

/** Follows the signs of one certificate, in their order. */
export function createEarlyWatch() {
  const waits = new Map<string, { until: Date; noted: boolean }>()
  const early: Early[] = []
  return {
    early: early as readonly Early[],
    see(event: Sign): void {
      if (event.sign === 'noted') for (const wait of waits.values()) wait.noted = true
      else if (event.sign === 'ended') {
        for (const [scope, { noted }] of waits) if (!noted || isOpen(scope)) waits.delete(scope)
      } else if (event.sign === 'asked') {
        const { scope, until } = event
        const known = waits.get(scope)
        if (known === undefined || known.until < until) waits.set(scope, { until, noted: false })
      } else {
        const { scope, at } = event
        const wait = waits.get(scope)
        if (wait !== undefined && at < wait.until) early.push({ scope, at, until: wait.until })
      }
    },
  }
}

/**
 * What a CA shows to everybody is no order: a run that is refused there does not ask again, and a later one goes by a
 * schedule of its own (RFC 9773 §4.3.3).
 */
const isOpen = (scope: string): boolean => scope.startsWith('open ')

const OPEN = /^\/(?:moved\/)?(directory|new-nonce|renewal-info)\b/

/** The API of a vendor for this certificate; at the CA all that is signed for its orders, and each open resource by itself. */
export const scopeOf = (api: string, path: string): string => (api === 'ca' && OPEN.test(path) ? `open ${path}` : api)
