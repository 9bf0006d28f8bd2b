import { Failure, isFailure } from '../errors.ts'
import type { RetryOptions } from '../platform/retry.ts'
import type { Clock, Log } from '../ports.ts'
import type { ValidationMethod } from '../types.ts'
import type { Account } from './account.ts'

/** What every step of an order needs. */
export interface Session {
  readonly authority: string
  /** Which challenge is answered. */
  readonly validation: ValidationMethod
  readonly account: Account
  readonly clock: Clock
  readonly timeLeft: () => number
  readonly retry: RetryOptions
  readonly log: Log
}

/** Orders and authorizations expire; then the CA knows nothing of them, and a new order is the way on. */
export async function unlessGone<T>(authority: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw isFailure(cause, 'NOT_FOUND') ? orderGone(authority, 'it is not known there any more', cause) : cause
  }
}

export const orderGone = (authority: string, why: string, cause?: unknown): Failure =>
  new Failure('ACME_ORDER_GONE', `the order at ${authority} is gone: ${why}; the next run makes another`, {
    fields: { authority },
    cause,
  })
