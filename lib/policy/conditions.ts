import type { Condition } from '../types.ts'
import { adviceOn } from './advice.ts'

/** Every way in which a certificate is not healthy, the worst first. `info` alone leaves it healthy. */
export const CONDITIONS = {
  EXPIRED: 'critical',
  NO_CERTIFICATE: 'critical',
  TLS_BROKEN: 'critical',
  SERVES_OTHER: 'critical',
  NOT_ANSWERING: 'critical',
  EXPIRES_SOON: 'critical',
  NAMES_MISSING: 'critical',
  OTHER_AUTHORITY: 'critical',
  FAILED: 'critical',
  BACK_OFF: 'critical',
  RETRY_AFTER: 'critical',
  PAUSED: 'critical',
  BUDGET_SPENT: 'critical',
  LOCKED: 'critical',
  GIVEN_UP: 'critical',
  DEGRADED: 'critical',
  NOT_DONE: 'critical',
  OVERDUE: 'critical',
  UNVERIFIED: 'warning',
  NOT_LOOKED: 'warning',
  CLEAN_UP_FAILED: 'warning',
  LEFT_BEHIND: 'info',
  ORPHANED: 'info',
  VALIDATION_LAPSES: 'info',
  PARTLY_VERIFIED: 'info',
  PRIVATE: 'info',
} as const satisfies Record<string, Condition['severity']>

export type ConditionCode = keyof typeof CONDITIONS

export const CONDITION_CODES = Object.keys(CONDITIONS) as readonly ConditionCode[]

/** `failure` is the code of the failure that it comes from, which has advice of its own. */
export const condition = (code: ConditionCode, id: string, message: string, failure?: string): Condition => ({
  ...{ code, severity: CONDITIONS[code], message },
  advice: adviceOn(code, id, failure),
})
