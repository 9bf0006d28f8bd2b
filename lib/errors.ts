import { safeText } from './platform/log.ts'

/** Whether trying again helps, and when. `after`: not before the failure's `retryAfter`. */
export type Retry = 'soon' | 'next run' | 'after' | 'never'

/** Every way in which newleaf fails, and what trying again does about it. The only place that knows. */
const codes = {
  // what the user wrote or sent
  CONFIG_INVALID: 'never',
  EVENT_INVALID: 'never',
  REFERENCE_UNRESOLVED: 'never',

  // any answer, or none, from a server
  UNREACHABLE: 'soon',
  UNAVAILABLE: 'soon',
  RATE_LIMITED: 'after',
  DENIED: 'never',
  NOT_FOUND: 'next run',
  CONFLICT: 'next run',
  REJECTED: 'never',
  ANSWER_INVALID: 'next run',
  URL_REFUSED: 'never',
  OUT_OF_TIME: 'next run',

  // the certificate authority
  ACME_BAD_NONCE: 'soon',
  ACME_SERVER: 'soon',
  ACME_RATE_LIMITED: 'after',
  ACME_PAUSED: 'never',
  ACME_ACCOUNT_MISSING: 'next run',
  ACME_ACCOUNT_REFUSED: 'never',
  ACME_TERMS_CHANGED: 'never',
  ACME_ALREADY_REPLACED: 'next run',
  ACME_ORDER_NOT_READY: 'next run',
  ACME_ORDER_GONE: 'next run',
  ACME_ORDER_INVALID: 'next run',
  ACME_UNDECIDED: 'next run',
  ACME_VALIDATION_FAILED: 'next run',
  ACME_NAME_REFUSED: 'never',
  ACME_CAA: 'never',
  ACME_PROFILE: 'never',
  ACME_CSR: 'never',
  ACME_PROBLEM: 'next run',

  // the chain that came back
  CHAIN_INVALID: 'next run',

  // DNS
  DNS_NO_ZONE: 'never',
  DNS_NO_PROVIDER: 'never',
  DNS_CNAME_LOOP: 'never',
  DNS_LOOKUP_FAILED: 'next run',
  DNS_NOT_PROPAGATED: 'next run',
  DNS_NO_RECORD: 'never',

  // secrets and state
  STATE_CONFLICT: 'next run',
  SECRET_CONFLICT: 'next run',
  STORE_UNREADABLE: 'never',
  STORE_FOREIGN: 'never',
  STORE_OUTDATED: 'never',
  CERTIFICATE_MISSING: 'never',
  STORE_FAILED: 'next run',

  // balancers and what they serve
  TARGET_MISSING: 'next run',
  TARGET_REFUSED: 'never',
  TARGET_CONTESTED: 'never',
  STAGING_REFUSED: 'never',
  TARGET_BUSY: 'next run',
  TARGET_FULL: 'never',
  VERIFY_FAILED: 'next run',
  DEPLOY_FAILED: 'next run',

  // the run
  LOCKED: 'next run',
  CLOCK_WRONG: 'next run',
  LOCAL_TROUBLE: 'next run',
  UNEXPECTED: 'next run',
} as const satisfies Record<string, Retry>

export type FailureCode = keyof typeof codes

export const FAILURE_CODES = Object.keys(codes) as readonly FailureCode[]

/** What only a person can mend. */
export type LastingCode = { [Code in FailureCode]: (typeof codes)[Code] extends 'never' ? Code : never }[FailureCode]

export const retryOf = (code: string): Retry => (codes as Readonly<Record<string, Retry>>)[code] ?? 'next run'

/** Safe to log: a vendor's body, a header or a token never is one. */
export type FailureFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface FailureDetails {
  fields?: FailureFields
  cause?: unknown
  /** Not before this moment; only for codes whose retry is `after`. */
  retryAfter?: Date | undefined
  step?: string | undefined
}

export interface FailureAdditions {
  readonly message?: string
  readonly fields?: FailureFields
  readonly step?: string
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** What came from outside may stand in any of them, so that all of them are made fit to be shown here, once. */
const safeFields = (fields: FailureFields): FailureFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isText(value) ? safeText(value) : Array.isArray(value) ? value.map((each) => safeText(String(each))) : value,
    ]),
  )

/**
 * The one error class of newleaf. `message` says where, what was expected and what to do; it holds no secret. It is one line
 * of a thousand characters at most, whoever had a part in it; only the mistakes of a configuration have a line each.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly fields: FailureFields
  readonly retryAfter: Date | undefined
  /** The step of the renewal in which it happened. */
  readonly step: string | undefined

  constructor(code: FailureCode, message: string, { fields = {}, cause, retryAfter, step }: FailureDetails = {}) {
    const shown = code === 'CONFIG_INVALID' ? message.split('\n').map(safeText).join('\n') : safeText(message)
    super(shown, cause === undefined ? undefined : { cause })
    this.code = code
    this.fields = safeFields(fields)
    this.retryAfter = retryAfter
    this.step = step
  }

  /** The same failure, with more that is known of it. A failure itself never changes: it may have been thrown more than once. */
  with({ message = this.message, fields, step = this.step }: FailureAdditions): Failure {
    const { code, cause, retryAfter } = this
    return new Failure(code, message, { fields: { ...this.fields, ...fields }, cause, retryAfter, step })
  }

  get retry(): Retry {
    return codes[this.code]
  }
}

export const isFailure = (error: unknown, ...wanted: FailureCode[]): error is Failure =>
  error instanceof Failure && (wanted.length === 0 || wanted.includes(error.code))

/**
 * Whatever was thrown, as a Failure. What is not ours is a fault of the program: its message may hold anything, so only its
 * name is kept, and where in the code it was thrown.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const kind = error instanceof Error ? error.name : typeof error
  const at = error instanceof Error ? framesOf(error) : []
  return new Failure('UNEXPECTED', `an unexpected ${kind} was thrown${at[0] === undefined ? '' : ` at ${at[0]}`}`, {
    fields: { at },
    cause: error,
  })
}

/** The innermost places of a stack, as `function file:line`, without the message above them and without folders. */
const framesOf = ({ stack = '' }: Error): string[] =>
  [...stack.matchAll(/^ {4}at (?:(?<name>[\w.<> ]+) \()?[^()\n]*?(?<file>[\w.-]+:\d+):\d+\)?$/gm)]
    .slice(0, 5)
    .map(({ groups }) => [groups?.name, groups?.file].filter((part) => part !== undefined).join(' '))
