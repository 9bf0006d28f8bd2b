import * as v from 'valibot'
import { Failure, type FailureCode, type FailureFields } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { Authorization } from './access-tokens.ts'
import { after } from './clock.ts'
import type { Http, HttpResponse } from './http.ts'
import { safeText } from './log.ts'
import { type RetryOptions, retrySoon } from './retry.ts'
import { LONGEST_WAIT, limitEnd, retryAfter } from './retry-after.ts'
import { safeParse } from './safe-parse.ts'
import type { Secret } from './secret.ts'
import { readOnce } from './shared-reads.ts'
import { withoutCredentials } from './without-credentials.ts'

/** What a vendor's error body says, as far as it is safe to show. */
export interface Explanation {
  /** Overrides the code that the status alone would give. */
  readonly code?: FailureCode
  /** In the vendor's words. */
  readonly reason?: string
  readonly fields?: FailureFields
  /** From when on it may be asked again, where that stands elsewhere than in Retry-After. */
  readonly retryAfter?: Date | undefined
}

export interface RestOptions {
  /** The vendor's name as it stands in messages. */
  readonly vendor: string
  /** Without a final slash. */
  readonly endpoint: string
  /** Path of a PEM file, relative to the configuration's folder. */
  readonly caCertificate?: string | undefined
  readonly headers: Readonly<Record<string, string | Secret>>
  /** Where the header `authorization` is fetched, and expires. */
  readonly authorization?: Authorization
  /** Whether an answer with 2xx is an error as well, which `explain` then reads; none is if absent. */
  isRefusal?(body: unknown): boolean
  /** Reads an error body. It gets parsed JSON or undefined, and must not trust its shape. */
  explain?(status: number, body: unknown, headers: HttpResponse['headers']): Explanation | undefined
}

export interface RestRequest<Schema extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Begins with a slash; its parts are already encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Sent in the place of a body, as a form. */
  readonly form?: Readonly<Record<string, string | Secret>>
  /** What the answer must look like. It is read tolerantly: unknown fields are dropped. */
  readonly answer: Schema
  /** `answer` reads `{ headers, body }`; the body alone if absent. */
  readonly withHeaders?: true
}

export interface Rest {
  /**
   * GET and DELETE are tried again while that helps; nothing else is sent twice. Once the vendor has asked for patience, nothing
   * is sent before the time that it named. What a GET has given is shared with whoever sends the same and reads it by the same
   * schema, where reads are shared.
   */
  call<Schema extends v.GenericSchema>(request: RestRequest<Schema>): Promise<v.InferOutput<Schema>>
}

/** An `explain` for error bodies of this form; of any other the status alone tells. */
export const explainedBy =
  <Schema extends v.GenericSchema>(
    problem: Schema,
    explain: (said: v.InferOutput<Schema>, status: number) => Explanation | undefined,
  ): ((status: number, body: unknown) => Explanation | undefined) =>
  (status, body) => {
    const read = safeParse(problem, body)
    return read.success ? explain(read.output, status) : undefined
  }

/** The same, of a vendor that names in a header of its own when a limit that was reached ends, in seconds of Unix time. */
export const withLimitEnd =
  (explain: ReturnType<typeof explainedBy>, header: string): NonNullable<RestOptions['explain']> =>
  (status, body, headers) => ({ ...explain(status, body), retryAfter: limitEnd(status, headers, header) })

/** For answers that do not matter. */
export const anyAnswer = v.unknown()

/** What a vendor calls an object of its own. It goes into paths, and must not lead to another place there. */
export const textId = v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/))
export const numberId = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export function createRest(
  http: Http,
  options: RestOptions,
  { clock, ...retry }: RetryOptions & { readonly clock: Clock },
): Rest {
  const { vendor } = options
  let notBefore: Date | undefined

  async function exchange({ method, path, ...request }: RestRequest<v.GenericSchema>): Promise<Exchange> {
    const fetched = await options.authorization?.current()
    const headers = fetched === undefined ? options.headers : { ...options.headers, authorization: fetched }
    const response = await http.send({
      method,
      url: options.endpoint + path,
      headers: { accept: 'application/json', ...revealed(headers), ...request.headers, ...typeOf(request) },
      ...contentOf(request),
    })
    const sent = [...Object.values(headers), ...Object.values(request.form ?? {})]
    return { response, fetched, secrets: sent.filter((value) => typeof value !== 'string') }
  }

  async function send(request: RestRequest<v.GenericSchema>): Promise<Exchange> {
    const first = await exchange(request)
    if (first.response.status !== 401 || first.fetched === undefined) return first
    options.authorization?.discard(first.fetched)
    return exchange(request) // whatever it is: who was not let in has changed nothing
  }

  async function once<Schema extends v.GenericSchema>(request: RestRequest<Schema>): Promise<v.InferOutput<Schema>> {
    if (notBefore !== undefined && notBefore > clock.now()) throw coolingDown(vendor, notBefore)
    const { response, secrets } = await send(request)
    const body = parsed(response)
    if (response.status < 200 || response.status > 299 || options.isRefusal?.(body)) {
      const failure = refused(request, response, body, { ...options, secrets })
      if (failure.retry === 'after') notBefore = failure.retryAfter
      throw failure
    }
    const otherwise = (what: string) =>
      new Failure('ANSWER_INVALID', `${vendor} answered ${request.method} ${shown(request.path)} with ${what}`, {
        fields: { vendor, status: response.status },
      })
    if (isPage(response)) throw otherwise('a page that is none of its answers')
    const result = safeParse(request.answer, request.withHeaders ? { headers: response.headers, body } : body)
    if (result.success) return result.output
    const path = v.getDotPath(result.issues[0])
    throw otherwise(`something else than expected${path ? ` at ${path}` : ''}`)
  }

  return {
    call: (request) => {
      if (request.method !== 'GET' && request.method !== 'DELETE') return once(request)
      const repeated = () => retrySoon(() => once(request), { ...retry, clock })
      return request.method === 'GET' ? readOnce(keyOf(options, request), repeated) : repeated()
    },
  }
}

interface Exchange {
  readonly response: HttpResponse
  readonly fetched: Secret | undefined
  /** All that were sent. */
  readonly secrets: readonly Secret[]
}

/** What an answer depends on: who is asked with which credentials, for what, and how it is read. */
const keyOf = (options: RestOptions, { path, headers, answer }: RestRequest<v.GenericSchema>): string =>
  [numberOf(options), numberOf(answer), path, JSON.stringify(headers ?? {})].join(' ')

const numbers = new WeakMap<object, number>()
let last = 0
function numberOf(object: object): number {
  const number = numbers.get(object) ?? ++last
  numbers.set(object, number)
  return number
}

const coolingDown = (vendor: string, until: Date) =>
  new Failure('RATE_LIMITED', `${vendor} asked newleaf to wait until ${until.toISOString()}`, {
    fields: { vendor },
    retryAfter: until,
  })

/** From something in front of the API: it has done nothing, whatever the status says. */
const isPage = ({ body }: HttpResponse) => /^\s*</.test(body)

const revealed = (fields: RestOptions['headers']) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()]),
  )

type Content = Pick<RestRequest<v.GenericSchema>, 'body' | 'form'>

function typeOf({ body, form }: Content) {
  if (form !== undefined) return { 'content-type': 'application/x-www-form-urlencoded' }
  return body === undefined ? {} : { 'content-type': 'application/json' }
}

function contentOf({ body, form }: Content) {
  if (form !== undefined) return { body: new URLSearchParams(revealed(form)).toString() }
  return body === undefined ? {} : { body: JSON.stringify(body) }
}

/** Without the query: it may hold what the user wrote. */
const shown = (path: string) => path.split('?')[0] ?? path

function parsed({ body }: HttpResponse): unknown {
  if (body === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined // HTML from a proxy, or cut short: the schema or the status decides
  }
}

/** A vendor may repeat what it was sent: our credentials, also in part, and whatever else could be part of a key or a token, are left out. */
function quoted(reason: string, sent: readonly Secret[]): string {
  const rest = withoutCredentials(reason, sent)
  return safeText(rest.replace(/[\w+/=]{48,}/g, '…')).slice(0, 300)
}

/** As far away at most as a vendor may say in Retry-After. */
function within(moment: Date | undefined, now: Date): Date | undefined {
  if (moment === undefined || Number.isNaN(moment.getTime())) return undefined
  return new Date(Math.min(moment.getTime(), after(now, LONGEST_WAIT.vendor).getTime()))
}

/** What a status alone says. */
export const codeOf = (status: number): FailureCode => {
  if (status === 401 || status === 403) return 'DENIED'
  if (status === 404 || status === 410) return 'NOT_FOUND'
  if (status === 409 || status === 412) return 'CONFLICT'
  if (status === 429) return 'RATE_LIMITED'
  if (status === 408 || status >= 500) return 'UNAVAILABLE'
  return status >= 400 ? 'REJECTED' : 'ANSWER_INVALID'
}

function refused(
  { method, path }: Pick<RestRequest<v.GenericSchema>, 'method' | 'path'>,
  response: HttpResponse,
  body: unknown,
  { vendor, explain, secrets }: Pick<RestOptions, 'vendor' | 'explain'> & Pick<Exchange, 'secrets'>,
): Failure {
  const { status, headers, receivedAt } = response
  const { code, reason, fields, retryAfter: stated } = explain?.(status, body, headers) ?? {}
  const until = retryAfter(headers, receivedAt, LONGEST_WAIT.vendor) ?? within(stated, receivedAt)
  // Other answers were recorded that carry it though nothing is wrong.
  const isAsking = (status === 429 || status >= 500) && until !== undefined && until > receivedAt
  const said = reason === undefined ? '' : `: ${quoted(reason, secrets)}`
  return new Failure(
    isAsking ? 'RATE_LIMITED' : (code ?? codeOf(status)),
    `${vendor} answered ${method} ${shown(path)} with ${status}${said}`,
    {
      fields: { vendor, status, requestId: headers['x-request-id'], ...fields },
      retryAfter: until,
    },
  )
}
