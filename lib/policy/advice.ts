import { type LastingCode, retryOf } from '../errors.ts'
import type { ConditionCode } from './conditions.ts'

/** Codes of conditions and of problems, beside those of failures, for which somebody can do something. */
export type AdvisedCode =
  | Exclude<ConditionCode, 'ORPHANED' | 'PARTLY_VERIFIED' | 'PRIVATE'>
  | 'EXPIRES_VERY_SOON'
  | 'UNCONFIGURED_EXPIRED'
  | 'UNCONFIGURED_EXPIRES_VERY_SOON'
  | 'UNCONFIGURED_EXPIRES_SOON'
  | 'CREDENTIAL_EXPIRES'
  | 'CREDENTIAL_EXPIRES_SOON'
  | 'CREDENTIAL_EXPIRES_VERY_SOON'
  | 'OUT_OF_TIME'

const LOOK = 'see what keeps it from being renewed with `newleaf plan`, mend it, and run `newleaf renew --only ID`'
const PUT_BACK =
  'put it back into the configuration, or give its targets another certificate and end this one with `newleaf forget ID`'
const REPLACE =
  'make another one with the same rights at its vendor, and put it where the reference in the configuration points'
const RESUME = 'open the address that the authority names, and have the account resumed'

/** What a person should do about what only a person can mend: a message says what happened, and leaves this to the table. */
const ADVICE: Readonly<Record<LastingCode | AdvisedCode, string>> = {
  // failures
  CONFIG_INVALID: 'correct the configuration',
  EVENT_INVALID: 'correct the command or the event',
  REFERENCE_UNRESOLVED: 'set the environment variable, or store the secret with `newleaf secret set`',
  DENIED: 'see whether a token has expired or lost a right; docs/permissions.md lists what is needed',
  REJECTED: 'see what was refused, and correct the configuration',
  URL_REFUSED: 'correct the URL; a private address needs a caCertificate of its own',
  ACME_PAUSED: RESUME,
  ACME_ACCOUNT_REFUSED:
    'correct email and eab of the authority, or see at its site whether the account was deactivated',
  ACME_TERMS_CHANGED: 'read the new terms of the authority, and agree to them at the address that it names',
  ACME_NAME_REFUSED:
    'take the name out, ask an authority that certifies it, or set `validation` of this one to what it offers',
  ACME_CAA: 'allow the authority in the CAA records of the name',
  ACME_PROFILE: 'choose a profile that the authority offers',
  ACME_CSR: 'choose a key that the authority accepts',
  DNS_NO_ZONE:
    'delegate the zone of the name, or correct the name; if this network sees another DNS than the world, set `dns.resolvers`',
  DNS_NO_PROVIDER: 'configure a DNS provider for the zone of the name',
  DNS_NO_RECORD: 'place the record that is shown, in the zone of the name',
  DNS_CNAME_LOOP: 'correct the CNAME of the name’s challenge',
  STORE_UNREADABLE: 'restore what is stored from a copy, or give the right master key',
  CERTIFICATE_MISSING: 'bring a certificate with `newleaf import`, or have one ordered with `newleaf renew`',
  STORE_FOREIGN: 'give each environment its own prefix or folder in the stores',
  STORE_OUTDATED:
    'put the newest copy of the secrets store back; if there is none, have another certificate ordered with `newleaf renew --force`, or bring one with `newleaf import`',
  TARGET_REFUSED: 'free the listener from what else owns it, or take it out of the configuration',
  TARGET_CONTESTED:
    'stop whoever else changes the listener: another environment, a controller, a script; newleaf goes on once its own certificate is back, and `newleaf deploy` takes the listener over',
  STAGING_REFUSED:
    'try it at a load balancer that nobody uses yet, or name a production authority; `replaceTrusted: true` at the authority allows it',
  TARGET_FULL: 'delete certificates at the load balancer that nobody uses',

  // conditions, and problems that a notice tells
  EXPIRED: LOOK,
  NO_CERTIFICATE: LOOK,
  EXPIRES_SOON: LOOK,
  EXPIRES_VERY_SOON: LOOK,
  UNCONFIGURED_EXPIRED: PUT_BACK,
  UNCONFIGURED_EXPIRES_VERY_SOON: PUT_BACK,
  UNCONFIGURED_EXPIRES_SOON: PUT_BACK,
  TLS_BROKEN:
    'see at the load balancer why its TLS handshakes fail; `newleaf deploy --only ID` swaps the certificate again',
  SERVES_OTHER: 'see who else changes the listener; `newleaf deploy --only ID` swaps the certificate again',
  NOT_ANSWERING: 'see whether the load balancer is up, and whether it may still be reached from where newleaf runs',
  NAMES_MISSING: 'run `newleaf renew --only ID`',
  OTHER_AUTHORITY: 'run `newleaf renew --only ID`',
  FAILED: 'mend what the message names',
  BACK_OFF: 'mend what failed',
  RETRY_AFTER: 'wait until then; `--force` does not help, and is not tried',
  PAUSED: RESUME,
  BUDGET_SPENT: 'wait until then: another order could use up the authority’s own limit for these names',
  LOCKED: 'let the other run end; if it is dead, run `newleaf unlock ID`',
  GIVEN_UP:
    'mend the load balancer and run `newleaf renew --only ID`, which tries it again, or drop it with `newleaf discard ID`',
  DEGRADED: 'mend the names that are missing, or take them out of the configuration',
  NOT_DONE: '`newleaf status` says what stands in the way',
  OVERDUE: 'see whether the schedule still starts newleaf',
  UNVERIFIED:
    'run newleaf where the address can be reached; if none can be, say `private: true` at this entry of `deploy`',
  NOT_LOOKED: 'see what keeps this machine from opening connections',
  CLEAN_UP_FAILED: 'see what keeps newleaf from removing it',
  LEFT_BEHIND: 'see whether it is still there, and remove it by hand',
  VALIDATION_LAPSES:
    'put the record with a later persistUntil in its place; `newleaf plan` shows it once the old one has lapsed',
  CREDENTIAL_EXPIRES: REPLACE,
  CREDENTIAL_EXPIRES_SOON: REPLACE,
  CREDENTIAL_EXPIRES_VERY_SOON: REPLACE,
  OUT_OF_TIME: 'give the function more time, or see in its log what it waits for',
}

/** What comes after that, whether the advice is the condition's or that of the failure behind it. */
const AFTERWARDS: Partial<Readonly<Record<ConditionCode, string>>> = {
  FAILED: 'newleaf tries again by itself',
  BACK_OFF: 'then run `newleaf renew --only ID` to try at once',
  PAUSED: 'then run `newleaf renew --only ID`',
  DEGRADED: 'then run `newleaf renew --only ID` to try at once',
  NOT_DONE: 'then run it again',
  CLEAN_UP_FAILED: 'newleaf tries again by itself',
}

const textOf = (code: string): string | undefined => (ADVICE as Readonly<Record<string, string>>)[code]

/** On a failure. Undefined where newleaf goes on trying by itself, and for codes of a newer newleaf. */
export const adviceFor = (code: string): string | undefined => (retryOf(code) === 'never' ? textOf(code) : undefined)

/** On a condition or a problem of the certificate `id`; `failure` is the code of the failure that it comes from, if there is one. */
export function adviceOn(code: AdvisedCode | ConditionCode, id: string, failure?: string): string | undefined {
  const own = failure === undefined ? undefined : adviceFor(failure)
  const parts = [own ?? textOf(code), AFTERWARDS[code as ConditionCode]].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join('; ').replaceAll('ID', id)
}
