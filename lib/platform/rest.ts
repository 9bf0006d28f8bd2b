import * as v from 'valibot'
import { Failure, type FailureCode, type FailureFields } from '../errors.ts'
import type { Http, HttpResponse } from './http.ts'
import { safeText } from './log.ts'
import { type RetryOptions, retrySoon } from './retry.ts'
import { retryAfter } from './retry-after.ts'
import type { Secret } from './secret.ts'

/** What a vendor's error body says, as far as it is safe to show. */
export interface Explanation {
  /** Overrides the code that the status alone would give. */
  readonly code?: FailureCode
  /** In the vendor's words. */
  readonly reason?: string
  readonly fields?: FailureFields
}

export interface RestOptions {
  /** The vendor's name as it stands in messages: `Scaleway`. */
  readonly vendor: string
  /** Without a final slash. */
  readonly endpoint: string
  /** Path of a PEM file, relative to the configuration's folder. */
  readonly caCertificate?: string | undefined
  readonly headers: Readonly<Record<string, string | Secret>>
  /** Reads an error body. It gets parsed JSON or undefined, and must not trust its shape. */
  explain?(status: number, body: unknown): Explanation | undefined
}

export interface RestRequest<Schema extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Begins with a slash; its parts are already encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** What the answer must look like. It is read tolerantly: unknown fields are dropped. */
  readonly answer: Schema
}

export interface Rest {
  /** GET and DELETE are tried again while that helps; nothing else is sent twice. */
  call<Schema extends v.GenericSchema>(request: RestRequest<Schema>): Promise<v.InferOutput<Schema>>
}

/** For answers that do not matter. */
export const anyAnswer = v.unknown()

export function createRest(http: Http, options: RestOptions, retry: RetryOptions): Rest {
  async function once<Schema extends v.GenericSchema>(request: RestRequest<Schema>): Promise<v.InferOutput<Schema>> {
    const response = await http.send({
      method: request.method,
      url: options.endpoint + request.path,
      headers: {
        accept: 'application/json',
        ...revealed(options.headers),
        ...request.headers,
        ...jsonType(request.body),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    })
    const body = parsed(response)
    if (response.status < 200 || response.status > 299) throw refused(request, response, body, options)
    const result = v.safeParse(request.answer, body)
    if (result.success) return result.output
    const path = v.getDotPath(result.issues[0])
    throw new Failure(
      'ANSWER_INVALID',
      `${options.vendor} answered ${request.method} ${shown(request.path)} with something else than expected${path ? ` at ${path}` : ''}`,
      {
        fields: { vendor: options.vendor, status: response.status },
      },
    )
  }

  return {
    call: (request) =>
      request.method === 'GET' || request.method === 'DELETE' ? retrySoon(() => once(request), retry) : once(request),
  }
}

const revealed = (headers: RestOptions['headers']) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()]),
  )

const jsonType = (body: unknown) => (body === undefined ? {} : { 'content-type': 'application/json' })

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

/** A vendor may repeat what it was sent: whatever could be part of a key or a token is left out. */
const quoted = (reason: string) => safeText(reason.replace(/[\w+/=]{48,}/g, '…')).slice(0, 300)

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
  { vendor, explain }: RestOptions,
): Failure {
  const { code, reason, fields } = explain?.(response.status, body) ?? {}
  const said = reason === undefined ? '' : `: ${quoted(reason)}`
  return new Failure(
    code ?? codeOf(response.status),
    `${vendor} answered ${method} ${shown(path)} with ${response.status}${said}`,
    {
      fields: { vendor, status: response.status, requestId: response.headers['x-request-id'], ...fields },
      retryAfter: retryAfter(response.headers, response.receivedAt),
    },
  )
}
