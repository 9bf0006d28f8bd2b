import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { Order } from '../ports.ts'

/** What a CA's answers look like (RFC 8555 §7.1), read tolerantly: unknown fields are dropped, but sizes have an end. */

const url = v.pipe(v.string(), v.maxLength(2_048), v.startsWith('https://'))
const text = v.pipe(v.string(), v.maxLength(2_048))

/** RFC 3339 (RFC 9773 §4.2, RFC 8555 §7.1.3): a year has four digits in every time zone, so in ours. */
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/),
  v.transform((date) => new Date(date)),
  v.date(),
  v.check((date) => /^\d{4}-/.test(date.toISOString())),
)

export const directoryResource = v.object({
  newNonce: url,
  newAccount: url,
  newOrder: url,
  revokeCert: url,
  renewalInfo: v.optional(url),
  meta: v.optional(
    v.object({
      termsOfService: v.optional(text),
      externalAccountRequired: v.optional(v.boolean(), false),
      profiles: v.optional(v.record(v.string(), v.unknown())),
    }),
    {},
  ),
})
export type Directory = v.InferOutput<typeof directoryResource>

/** A name or an address: nothing else is ever shown or written to DNS. */
const identifier = v.object({
  type: text,
  value: v.pipe(v.string(), v.toLowerCase(), v.regex(/^[a-z0-9*._:-]{1,255}$/)),
})

export const problemDocument = v.object({
  type: v.fallback(v.optional(text), undefined),
  detail: v.fallback(v.optional(v.string()), undefined),
  /** Where a person is to go (RFC 8555 §7.3.3). */
  instance: v.fallback(v.optional(text), undefined),
  subproblems: v.fallback(
    v.optional(
      v.array(
        v.object({
          type: v.fallback(v.optional(text), undefined),
          detail: v.fallback(v.optional(v.string()), undefined),
          identifier: v.fallback(v.optional(identifier), undefined),
        }),
      ),
    ),
    undefined,
  ),
})
export type ProblemDocument = v.InferOutput<typeof problemDocument>

export const accountResource = v.object({ status: v.picklist(['valid', 'deactivated', 'revoked']) })

export const orderResource = v.object({
  status: v.picklist(['pending', 'ready', 'processing', 'valid', 'invalid']),
  expires: v.fallback(v.optional(moment), undefined),
  identifiers: v.pipe(v.array(identifier), v.maxLength(200)),
  authorizations: v.pipe(v.array(url), v.maxLength(200)),
  finalize: url,
  certificate: v.optional(url),
  error: v.optional(problemDocument),
})
export type OrderResource = v.InferOutput<typeof orderResource>

export const authorizationResource = v.object({
  status: v.picklist(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier,
  challenges: v.array(
    v.object({
      type: text,
      url,
      status: v.picklist(['pending', 'processing', 'valid', 'invalid']),
      token: v.optional(text),
      error: v.optional(problemDocument),
    }),
  ),
})
export type Authorization = v.InferOutput<typeof authorizationResource>

export const renewalInfoResource = v.object({
  suggestedWindow: v.object({ start: moment, end: moment }),
  explanationURL: v.fallback(v.optional(text), undefined),
})

/** Who was asked for what: `letsencrypt`, `take an order`. */
export interface Operation {
  readonly authority: string
  readonly operation: string
}

/** What a CA answered, as this schema has it; or throws ANSWER_INVALID, which names the place. */
export function parseAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
  { authority, operation }: Operation,
): v.InferOutput<Schema> {
  const result = safeParse(schema, data)
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0])
  throw new Failure(
    'ANSWER_INVALID',
    `${authority} answered with something else than expected${path ? ` at ${path}` : ''} when asked to ${operation}`,
    { fields: { authority } },
  )
}

export function toOrder(location: string, resource: OrderResource): Order {
  const { status, identifiers, authorizations, finalize, certificate, expires } = resource
  return {
    url: location,
    status,
    names: [...new Set(identifiers.map(({ value }) => value))],
    expires,
    authorizations: [...new Set(authorizations)],
    finalize,
    certificate,
  }
}
