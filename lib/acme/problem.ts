import { Failure, type FailureCode, type FailureFields } from '../errors.ts'
import { after, HOUR } from '../platform/clock.ts'
import { safeText } from '../platform/log.ts'
import { retryAfter } from '../platform/retry-after.ts'
import { safeParse } from '../platform/safe-parse.ts'
import { type Operation, type ProblemDocument, problemDocument } from './resources.ts'
import type { AcmeAnswer } from './transport.ts'

const PREFIX = 'urn:ietf:params:acme:error:'

/** ACME's error types (RFC 8555 §6.7, RFC 9773 §7.4, draft-ietf-acme-profiles §6). What stands not here is ACME_PROBLEM. */
const codes: Readonly<Record<string, FailureCode>> = {
  accountDoesNotExist: 'ACME_ACCOUNT_MISSING',
  alreadyReplaced: 'ACME_ALREADY_REPLACED',
  badCSR: 'ACME_CSR',
  badNonce: 'ACME_BAD_NONCE',
  badPublicKey: 'ACME_CSR',
  caa: 'ACME_CAA',
  connection: 'ACME_VALIDATION_FAILED',
  dns: 'ACME_VALIDATION_FAILED',
  externalAccountRequired: 'ACME_ACCOUNT_REFUSED',
  incorrectResponse: 'ACME_VALIDATION_FAILED',
  invalidContact: 'ACME_ACCOUNT_REFUSED',
  invalidProfile: 'ACME_PROFILE',
  orderNotReady: 'ACME_ORDER_NOT_READY',
  rateLimited: 'ACME_RATE_LIMITED',
  rejectedIdentifier: 'ACME_NAME_REFUSED',
  serverInternal: 'ACME_SERVER',
  tls: 'ACME_VALIDATION_FAILED',
  unauthorized: 'ACME_ACCOUNT_REFUSED',
  unsupportedContact: 'ACME_ACCOUNT_REFUSED',
  unsupportedIdentifier: 'ACME_NAME_REFUSED',
  userActionRequired: 'ACME_TERMS_CHANGED',
}

/** Codes that say more than "the validation failed" when they stand in an authorization or an order. */
const VERDICTS: readonly FailureCode[] = ['ACME_CAA', 'ACME_NAME_REFUSED', 'ACME_CSR', 'ACME_PROFILE']

/** The failure that an answer stands for; only for answers that are none of success. */
export function problemFailure(answer: AcmeAnswer, { authority, operation }: Operation): Failure {
  const problem = parseProblem(answer.data)
  const wait = retryAfter(answer.headers, answer.receivedAt)
  const code = requestCode(problem, answer.status, wait)
  const limited = code === 'ACME_RATE_LIMITED'
  return new Failure(code, message(code, `${authority} refused to ${operation}`, problem, answer.status), {
    fields: {
      authority,
      status: answer.status,
      ...facts(problem),
      ...(code === 'ACME_PAUSED' ? { unpauseUrl: unpauseUrl(problem) } : {}),
    },
    retryAfter: limited ? (wait ?? writtenMoment(problem, answer.receivedAt)) : undefined,
  })
}

/** The failure behind an authorization or an order that became invalid. */
export function verdictFailure(
  otherwise: 'ACME_VALIDATION_FAILED' | 'ACME_ORDER_INVALID',
  what: string,
  problem: ProblemDocument = emptyProblem,
  fields: FailureFields,
): Failure {
  const typed = typeCode(problem)
  const code = VERDICTS.includes(typed) ? typed : otherwise
  return new Failure(code, message(code, what, problem), { fields: { ...facts(problem), ...fields } })
}

function requestCode(problem: ProblemDocument, status: number, wait: Date | undefined): FailureCode {
  if (status < 400) return 'ANSWER_INVALID'
  const code = typeCode(problem)
  // Let's Encrypt's paused accounts: no Retry-After, and nothing gets better by itself (Boulder, wfe2).
  if (code === 'ACME_RATE_LIMITED' && wait === undefined && unpauseUrl(problem)) return 'ACME_PAUSED'
  if (status === 429 || (status >= 500 && wait !== undefined)) return 'ACME_RATE_LIMITED'
  if (code !== 'ACME_PROBLEM') return code
  if (status >= 500) return 'ACME_SERVER'
  return status === 404 ? 'NOT_FOUND' : code
}

/** The type's code; when it has none of its own, that of the first subproblem that has. */
function typeCode({ type, subproblems = [] }: ProblemDocument): FailureCode {
  const found = [type, ...subproblems.map((each) => each.type)].map(code).find((each) => each !== undefined)
  return found ?? 'ACME_PROBLEM'
}

const code = (type: string | undefined): FailureCode | undefined => {
  const name = shortType(type)
  return name !== undefined && Object.hasOwn(codes, name) ? codes[name] : undefined
}

const shortType = (type: string | undefined) => (type?.startsWith(PREFIX) ? type.slice(PREFIX.length) : undefined)

const parseProblem = (data: unknown): ProblemDocument => {
  const result = safeParse(problemDocument, data)
  return result.success ? result.output : emptyProblem
}

const emptyProblem: ProblemDocument = {
  type: undefined,
  detail: undefined,
  instance: undefined,
  subproblems: undefined,
}

/** What happened, and the CA's own words about it. */
function message(code: FailureCode, what: string, problem: ProblemDocument, status?: number): string {
  const kind = shortType(problem.type) ?? status
  const words = [short(problem.detail ?? ''), ...addressToOpen(code, problem)].filter((part) => part !== '').join(' ')
  return `${what}${kind === undefined ? '' : ` (${short(String(kind))})`}${words === '' ? '' : `: ${words}`}`
}

/** Where a person has to go, unless the detail already says so: it may be too long to be shown as a whole. */
function addressToOpen(code: FailureCode, problem: ProblemDocument): string[] {
  const { detail = '', instance = '' } = problem
  const address =
    code === 'ACME_PAUSED' ? unpauseUrl(problem) : code === 'ACME_TERMS_CHANGED' ? webAddress(instance) : undefined
  return address === undefined || short(detail).includes(address) ? [] : [address]
}

const short = (text: string) => safeText(text.slice(0, 300)).trim()

function facts({ type, instance, subproblems = [] }: ProblemDocument): FailureFields {
  const problems = subproblems.slice(0, 20).map((each) => {
    const parts = [each.identifier?.value, shortType(each.type), each.detail]
    return short(parts.filter((part) => part !== undefined).join(': '))
  })
  const names = subproblems.slice(0, 100).flatMap(({ identifier }) => (identifier ? [short(identifier.value)] : []))
  return {
    type: type && short(type),
    instance: instance && webAddress(instance),
    ...(problems.length === 0 ? {} : { problems }),
    ...(names.length === 0 ? {} : { names }),
  }
}

const webAddress = (text: string): string | undefined => /https:\/\/[!-~]{1,1000}/.exec(text)?.[0]

const unpauseUrl = ({ detail = '' }: ProblemDocument): string | undefined =>
  /temporarily prevented|unpause/i.test(detail) ? webAddress(detail) : undefined

/** Boulder writes `retry after 2026-11-08 12:00:00 UTC` into the detail; an hour when nothing is said. */
function writtenMoment({ detail = '' }: ProblemDocument, now: Date): Date {
  const [, day, time] = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(detail) ?? []
  const moment =
    day === undefined ? undefined : retryAfter({ 'retry-after': new Date(`${day}T${time}Z`).toUTCString() }, now)
  return moment ?? after(now, HOUR)
}
