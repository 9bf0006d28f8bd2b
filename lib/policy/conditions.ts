import type { Condition } from '../types.ts'

interface Meaning {
  readonly severity: Condition['severity']
  readonly advice?: string
}

const LOOK = 'see what keeps it from being renewed with `newleaf status`, mend it, and run `newleaf renew --only ID`'

/** Every way in which a certificate is not healthy, the worst first, and what to do about it. `info` alone leaves it healthy. */
export const CONDITIONS = {
  EXPIRED: { severity: 'critical', advice: LOOK },
  NO_CERTIFICATE: { severity: 'critical', advice: LOOK },
  TLS_BROKEN: {
    severity: 'critical',
    advice:
      'see at the load balancer why its TLS handshakes fail; `newleaf deploy --only ID` swaps the certificate again',
  },
  SERVES_OTHER: {
    severity: 'critical',
    advice: 'see who else changes the listener; `newleaf deploy --only ID` swaps the certificate again',
  },
  NOT_ANSWERING: {
    severity: 'critical',
    advice: 'see whether the load balancer is up, and whether it may still be reached from where newleaf runs',
  },
  EXPIRES_SOON: { severity: 'critical', advice: LOOK },
  NAMES_MISSING: { severity: 'critical', advice: 'run `newleaf renew --only ID`' },
  OTHER_AUTHORITY: { severity: 'critical', advice: 'run `newleaf renew --only ID`' },
  FAILED: { severity: 'critical', advice: 'mend what the message names; newleaf tries again by itself' },
  BACK_OFF: { severity: 'critical', advice: 'mend what failed, and run `newleaf renew --only ID` to try at once' },
  RETRY_AFTER: { severity: 'critical', advice: 'wait until then; `--force` does not help, and is not tried' },
  PAUSED: {
    severity: 'critical',
    advice: 'open the address that the authority names, have the account resumed, and run `newleaf renew --only ID`',
  },
  BUDGET_SPENT: {
    severity: 'critical',
    advice: 'wait until then: another order could use up the authority’s own limit for these names',
  },
  LOCKED: { severity: 'critical', advice: 'let the other run end; the lock of one that was killed ends by itself' },
  GIVEN_UP: {
    severity: 'critical',
    advice:
      'mend the load balancer and run `newleaf renew --only ID`, which tries it again, or drop it with `newleaf discard ID`',
  },
  DEGRADED: { severity: 'critical', advice: 'mend the names that are missing, or take them out of the configuration' },
  NOT_DONE: { severity: 'critical', advice: 'run it again; `newleaf status` says what stands in the way' },
  OVERDUE: { severity: 'critical', advice: 'see whether the schedule still starts newleaf' },
  UNVERIFIED: {
    severity: 'warning',
    advice:
      'run newleaf where the address can be reached; if none can be, say `private: true` at this entry of `deploy`',
  },
  NOT_LOOKED: { severity: 'warning', advice: 'see what keeps this machine from opening connections' },
  CLEAN_UP_FAILED: {
    severity: 'warning',
    advice: 'see what keeps newleaf from removing it; newleaf tries again by itself',
  },
  LEFT_BEHIND: { severity: 'info', advice: 'see whether it is still there, and remove it by hand' },
  ORPHANED: { severity: 'info' },
  PARTLY_VERIFIED: { severity: 'info' },
  PRIVATE: { severity: 'info' },
} as const satisfies Record<string, Meaning>

export type ConditionCode = keyof typeof CONDITIONS

export const CONDITION_CODES = Object.keys(CONDITIONS) as readonly ConditionCode[]

/** `id` takes the place of ID in the advice. */
export function condition(code: ConditionCode, id: string, message: string): Condition {
  const { severity, advice }: Meaning = CONDITIONS[code]
  return { code, severity, message, advice: advice?.replaceAll('ID', id) }
}
