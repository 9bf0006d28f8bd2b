import { createFaultList, type Ending } from '../fault-list.ts'

export const ENDPOINTS = [
  'directory',
  'newNonce',
  'newAccount',
  'account',
  'keyChange',
  'newOrder',
  'order',
  'authorization',
  'challenge',
  'finalize',
  'certificate',
  'revokeCert',
  'renewalInfo',
] as const
export type Endpoint = (typeof ENDPOINTS)[number]

/** Chains that are not what they should be; only at `certificate`. */
export const CHAIN_FAULTS = ['missing-intermediate', 'other-names', 'other-key', 'expired', 'trailing-junk'] as const
export type ChainFault = (typeof CHAIN_FAULTS)[number]

/** What goes wrong at an endpoint, beside the chains. */
export type AnswerFault =
  /** Refused before anything happens: 429, 400 with a fresh nonce, 500, 503, or a page from something in front. */
  | 'rateLimited'
  | 'badNonce'
  | 'serverError'
  | 'unavailable'
  | 'html'
  /** Refused before anything happens, with `problem`. */
  | 'problem'
  /** The connection breaks before, or after, the CA has acted. */
  | 'lostRequest'
  | 'lostAnswer'
  /** Acts and answers rightly, but `delayMs` late. */
  | 'slow'
  /** An order or authorization that is done still looks as if the CA were working on it. */
  | 'stillProcessing'

export interface CaFault {
  /** Absent: wherever it can happen. */
  readonly on?: Endpoint
  readonly how: AnswerFault | ChainFault
  /** For how many requests; default 1. */
  readonly times?: number
  /** The header, in any form, right or wrong. */
  readonly retryAfter?: string
  /** With `slow`; default 50. */
  readonly delayMs?: number
  /** With `problem`; the type without its prefix. */
  readonly problem?: { readonly type: string; readonly status: number; readonly detail: string }
}

export interface CaFaults {
  add(fault: CaFault): Ending
  /** The first fault of these kinds that is set for the endpoint; it is then used up by one. */
  take(on: Endpoint, kinds: readonly CaFault['how'][]): CaFault | undefined
}

export function createCaFaults(): CaFaults {
  const { add, take } = createFaultList<CaFault>()
  return { add, take: (at, kinds) => take(({ on, how }) => (on ?? at) === at && kinds.includes(how)) }
}
