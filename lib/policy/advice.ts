import { type LastingCode, retryOf } from '../errors.ts'

/** What a person should do about what only a person can mend: a message says what happened, and leaves this to the table. */
const advice: Readonly<Record<LastingCode, string>> = {
  CONFIG_INVALID: 'correct the configuration',
  EVENT_INVALID: 'correct the event',
  REFERENCE_UNRESOLVED: 'set the environment variable, or store the secret with `newleaf secret set`',
  DENIED: 'see whether a token has expired or lost a right; docs/permissions.md lists what is needed',
  REJECTED: 'see what was refused, and correct the configuration',
  URL_REFUSED: 'correct the URL; a private address needs a caCertificate of its own',
  ACME_PAUSED: 'open the address that the authority names, and have the account resumed',
  ACME_ACCOUNT_REFUSED:
    'correct email and eab of the authority, or see at its site whether the account was deactivated',
  ACME_TERMS_CHANGED: 'read the new terms of the authority, and agree to them at the address that it names',
  ACME_NAME_REFUSED: 'take the name out, or ask an authority that certifies it',
  ACME_CAA: 'allow the authority in the CAA records of the name',
  ACME_PROFILE: 'choose a profile that the authority offers',
  ACME_CSR: 'choose a key that the authority accepts',
  DNS_NO_ZONE: 'delegate the zone of the name, or correct the name',
  DNS_NO_PROVIDER: 'configure a DNS provider for the zone of the name',
  DNS_CNAME_LOOP: 'correct the CNAME of the name’s challenge',
  STORE_UNREADABLE: 'restore what is stored from a copy, or give the right master key',
  CERTIFICATE_MISSING: 'bring a certificate with `newleaf import`, or have one ordered with `newleaf renew`',
  STORE_FOREIGN: 'give each environment its own prefix or folder in the stores',
  TARGET_REFUSED: 'free the listener from what else owns it, or take it out of the configuration',
  TARGET_FULL: 'delete certificates at the load balancer that nobody uses',
}

/** Undefined where newleaf goes on trying by itself, and for codes of a newer newleaf. */
export const adviceFor = (code: string): string | undefined =>
  retryOf(code) === 'never' ? (advice as Readonly<Record<string, string>>)[code] : undefined
