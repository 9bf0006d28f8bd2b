import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { Order } from '../ports.ts'
import { VALIDATION_METHODS, type ValidationMethod } from '../types.ts'

/**
 * What a CA's answers look like (RFC 8555 §7.1), read tolerantly: unknown fields are dropped, but sizes have an end. What the
 * next step uses must be there and sound; whatever else cannot be read is as good as absent, so that it keeps nobody from a
 * certificate. Some CAs write null or an empty text for what is not there.
 */

const url = v.pipe(v.string(), v.maxLength(2_048), v.startsWith('https://'))
const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(2_048))

/** What this step does without. */
const spare = <const Schema extends v.GenericSchema>(schema: Schema) => v.fallback(v.optional(schema), undefined)

/** What may be absent, and is refused if it is something else. */
const optional = <const Schema extends v.GenericSchema>(schema: Schema) =>
  v.optional(
    v.pipe(
      v.unknown(),
      v.transform((value) => (value === null || value === '' ? undefined : value)),
      v.optional(schema),
    ),
  )

/** RFC 3339 (RFC 9773 §4.2, RFC 8555 §7.1.3): a year has four digits in every time zone, so in ours. */
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/),
  v.transform((date) => new Date(date)),
  v.date(),
  v.check((date) => /^\d{4}-/.test(date.toISOString())),
)

const meta = v.object({
  termsOfService: spare(text),
  externalAccountRequired: v.fallback(v.optional(v.boolean(), false), false),
  profiles: spare(v.record(v.string(), v.unknown())),
  /** What it is called in CAA records (RFC 8555 §9.7.6). */
  caaIdentities: spare(v.pipe(v.array(v.pipe(text, v.toLowerCase())), v.maxLength(100))),
})

export const directoryResource = v.object({
  newNonce: url,
  newAccount: url,
  newOrder: url,
  revokeCert: spare(url),
  renewalInfo: spare(url),
  meta: v.fallback(v.optional(meta, {}), { externalAccountRequired: false }),
})
export type Directory = v.InferOutput<typeof directoryResource>

/** A name or an address: nothing else is ever shown or written to DNS. In the one form in which names are compared. */
const identifier = v.object({
  type: text,
  value: v.pipe(
    v.string(),
    v.toLowerCase(),
    v.transform((name) => name.replace(/(?<=.)\.$/, '')),
    v.regex(/^[a-z0-9*._:-]{1,255}$/),
  ),
})

export const problemDocument = v.object({
  type: spare(text),
  detail: spare(v.string()),
  /** Where a person is to go (RFC 8555 §7.3.3). */
  instance: spare(text),
  subproblems: spare(
    v.array(v.object({ type: spare(text), detail: spare(v.string()), identifier: spare(identifier) })),
  ),
})
export type ProblemDocument = v.InferOutput<typeof problemDocument>

export const accountResource = v.object({ status: optional(v.picklist(['valid', 'deactivated', 'revoked'])) })

const urls = v.pipe(v.array(url), v.maxLength(200))
const identifiers = v.pipe(v.array(identifier), v.maxLength(200))
const orderParts = {
  expires: spare(moment),
  identifiers: spare(identifiers),
  authorizations: spare(urls),
  finalize: spare(url),
  certificate: spare(url),
  error: spare(problemDocument),
}

export const orderResource = v.variant('status', [
  v.object({
    ...orderParts,
    status: v.literal('pending'),
    identifiers: optional(identifiers),
    authorizations: urls,
    finalize: optional(url),
  }),
  v.object({ ...orderParts, status: v.literal('ready'), finalize: url }),
  v.object({ ...orderParts, status: v.literal('valid'), certificate: optional(url) }),
  v.object({ ...orderParts, status: v.picklist(['processing', 'invalid']) }),
])
export type OrderResource = v.InferOutput<typeof orderResource>

const challenge = {
  type: v.picklist(VALIDATION_METHODS),
  url: spare(url),
  status: spare(v.picklist(['pending', 'processing', 'valid', 'invalid'])),
  token: spare(text),
  /** Of dns-persist-01 (draft-ietf-acme-dns-persist-01 §3.1). */
  'issuer-domain-names': spare(v.pipe(v.array(text), v.minLength(1), v.maxLength(10))),
  error: spare(problemDocument),
}

/** The challenges of the one kind that is answered; what others look like does not matter. */
const challengesOf = <const Schema extends v.GenericSchema>(method: ValidationMethod, schema: Schema) =>
  v.pipe(
    v.array(v.unknown()),
    v.transform((all) => all.filter((each) => v.is(v.object({ type: v.literal(method) }), each))),
    v.array(schema),
  )

export const authorizationResource = (method: ValidationMethod) =>
  v.variant('status', [
    v.object({
      status: v.literal('pending'),
      identifier,
      challenges: challengesOf(method, v.object({ ...challenge, url })),
    }),
    v.object({
      status: v.picklist(['valid', 'invalid', 'deactivated', 'expired', 'revoked']),
      identifier: spare(identifier),
      challenges: v.fallback(v.optional(challengesOf(method, v.object(challenge)), []), []),
    }),
  ])
export type Authorization = v.InferOutput<ReturnType<typeof authorizationResource>>

export const renewalInfoResource = v.object({
  suggestedWindow: v.object({ start: moment, end: moment }),
  explanationURL: spare(text),
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
  const { status, identifiers = [], authorizations = [], finalize, certificate, expires } = resource
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
