import type { StoredProblem } from './state.ts'

/** The types that this CA uses and their status (RFC 8555 §6.7, RFC 9773 §7.4, and Boulder's choice of status). */
const STATUS = {
  accountDoesNotExist: 400,
  alreadyReplaced: 409,
  alreadyRevoked: 400,
  badCSR: 400,
  badNonce: 400,
  badPublicKey: 400,
  badRevocationReason: 400,
  badSignatureAlgorithm: 400,
  caa: 403,
  conflict: 409,
  dns: 400,
  externalAccountRequired: 403,
  invalidContact: 400,
  invalidProfile: 400,
  malformed: 400,
  orderNotReady: 403,
  rateLimited: 429,
  rejectedIdentifier: 400,
  serverInternal: 500,
  unauthorized: 403,
  unsupportedContact: 400,
  unsupportedIdentifier: 400,
  userActionRequired: 403,
} as const
export type ProblemType = keyof typeof STATUS

const PREFIX = 'urn:ietf:params:acme:error:'

interface ProblemOptions {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** Thrown anywhere, sent as `application/problem+json`. */
export class Problem extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly document: StoredProblem & Readonly<Record<string, unknown>>

  constructor(type: ProblemType | (string & {}), detail: string, options: ProblemOptions = {}) {
    super(`${type}: ${detail}`)
    this.status = options.status ?? (Object.hasOwn(STATUS, type) ? STATUS[type as ProblemType] : 400)
    this.headers = options.headers ?? {}
    this.document = { type: PREFIX + type, detail, status: this.status, ...options.members }
  }
}

/** One problem for several identifiers (RFC 8555 §6.7.1). */
export function identifierProblem(type: ProblemType, refused: readonly { name: string; why: string }[]): Problem {
  const [first, ...more] = refused
  const detail = `Cannot issue for "${first?.name}": ${first?.why}${more.length > 0 ? ` (and ${more.length} more)` : ''}`
  const subproblems = refused.map(({ name, why }) => ({
    type: PREFIX + type,
    detail: why,
    status: STATUS[type],
    identifier: { type: 'dns', value: name },
  }))
  return new Problem(type, detail, refused.length > 1 ? { members: { subproblems } } : {})
}
